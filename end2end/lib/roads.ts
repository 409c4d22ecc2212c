/** All roads by which a room's words come to somebody. */

import { expect } from '@playwright/test';

import type { Person } from './person.ts';

interface Frames {
  received: string[];
  sent: string[];
}

/** People as they come, and what their sockets carry from the first page on: `heard[0]` is of the first one. */
export function overheard<Coming>(person: (options?: Coming) => Promise<Person>) {
  const heard: Frames[] = [];
  const coming = async (options?: Coming) => {
    const someone = await person(options);
    const frames: Frames = { received: [], sent: [] };
    someone.page.on('websocket', (socket) => {
      socket.on('framereceived', ({ payload }) => frames.received.push(payload.toString()));
      socket.on('framesent', ({ payload }) => frames.sent.push(payload.toString()));
    });
    heard.push(frames);
    return someone;
  };
  return { coming, heard };
}

/** All that a room tells somebody who asks for it: the page and the log as they are sent, and every page of history. */
export async function allThatIsTold(someone: Person): Promise<string> {
  const ask = async (address: string) => {
    const answer = await someone.context.request.get(address, { headers: { accept: 'text/html, application/json' } });
    expect(answer.status(), address).toBe(200);
    return answer.text();
  };
  const room = `/room/${someone.room()}`;
  const told = [await ask(room), await ask(`${room}/log`)];
  for (let before = 1_000_000, more = true; more; ) {
    const page = await ask(`/api/history?room=${someone.room()}&before=${before}`);
    told.push(page);
    ({ first: before, more } = JSON.parse(page) as { first: number; more: boolean });
  }
  return told.join('\n');
}
