/** Clocks of people's devices, and of the server as their pages hear of it. */

import type { BrowserContext } from '@playwright/test';

import type { Person } from './person.ts';

export const DAY = 86_400_000;

/** The server's clock as one person's pages hear it: as much ahead as the test says. */
export class HeardClock {
  #ahead = 0;

  static async of(context: BrowserContext): Promise<HeardClock> {
    const clock = new HeardClock();
    await context.routeWebSocket(/\/ws$/, (socket) => {
      const server = socket.connectToServer();
      server.onMessage((frame) => {
        socket.send(frame.toString().replace(/(\{"Time":\{"now":)(\d+)/, (_, start, now) => start + (Number(now) + clock.#ahead)));
      });
    });
    return clock;
  }

  /** So much time passes for this person at once, as while their device sleeps. */
  async pass(someone: Person, millis: number): Promise<void> {
    this.#ahead += millis;
    await someone.page.clock.fastForward(millis);
  }
}

/** A time as a browser of this language writes it in Seoul. */
export function written(locale: string, at: number, parts: Intl.DateTimeFormatOptions): string {
  return new Intl.DateTimeFormat(locale, { timeZone: 'Asia/Seoul', ...parts }).format(at);
}

/** A time zone where it is this hour now, from one hour at Greenwich to the next. */
export function zoneWhereItIs(hour: number): string {
  const ahead = ((hour - new Date().getUTCHours() + 36) % 24) - 12;
  // The names of these zones have the sign that ships used: those in the east have a minus.
  return `Etc/GMT${ahead > 0 ? '-' : '+'}${Math.abs(ahead)}`;
}
