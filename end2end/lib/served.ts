/** What a server gives to a person besides the frames of the socket, which are in `Person.frames`. */

import { expect } from '@playwright/test';

import type { Person } from './person.ts';

/** Everything of this person's room that they can ask for: the page and the log as HTML, and every page of its history. */
export async function everythingServed(someone: Person): Promise<string> {
  const get = async (address: string) => {
    const answer = await someone.context.request.get(address, { headers: { accept: 'text/html, application/json' } });
    expect(answer.status(), address).toBe(200);
    return answer.text();
  };
  const room = `/room/${someone.roomId()}`;
  const served = [await get(room), await get(`${room}/log`)];
  for (let before = 1_000_000, more = true; more; ) {
    const page = await get(`/api/history?room=${someone.roomId()}&before=${before}`);
    served.push(page);
    ({ first: before, more } = JSON.parse(page) as { first: number; more: boolean });
  }
  return served.join('\n');
}
