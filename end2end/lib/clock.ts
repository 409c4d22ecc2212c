/** Clocks of people's devices, and of the server as their pages hear of it. */

import type { BrowserContext } from '@playwright/test';

import type { Person } from './person.ts';

export const DAY = 86_400_000;

/** The server's clock as one person's pages hear it: as much ahead as the test says. */
export class HeardClock {
  #ahead: number;

  private constructor(ahead: number) {
    this.#ahead = ahead;
  }

  static async of(context: BrowserContext, ahead = 0): Promise<HeardClock> {
    const clock = new HeardClock(ahead);
    await context.routeWebSocket(/\/ws$/, (socket) => {
      const server = socket.connectToServer();
      server.onMessage((frame) => {
        socket.send(frame.toString().replace(/(\{"Time":\{"now":)(\d+)/, (_, start, now) => start + (Number(now) + clock.#ahead)));
      });
    });
    return clock;
  }

  /** Lets this time pass for this person at once, as while their device sleeps. */
  async pass(someone: Person, millis: number): Promise<void> {
    this.#ahead += millis;
    await someone.page.clock.fastForward(millis);
  }
}

/** A time as a browser of this language writes it in Seoul. */
export function written(locale: string, at: number, parts: Intl.DateTimeFormatOptions): string {
  return new Intl.DateTimeFormat(locale, { timeZone: 'Asia/Seoul', ...parts }).format(at);
}

/** A time zone in which it is this hour now, until the next full hour in UTC. */
export function zoneWhereItIs(hour: number): string {
  const ahead = ((hour - new Date().getUTCHours() + 36) % 24) - 12;
  // The signs in the names of these zones are inverted: those east of Greenwich have a minus.
  return `Etc/GMT${ahead > 0 ? '-' : '+'}${Math.abs(ahead)}`;
}
