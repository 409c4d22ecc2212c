/** The rooms and messages with which the figures of first loads are taken, and a count of what a page loads over the network. */

import { expect, type Page } from '@playwright/test';

import { type Person } from './person.ts';

export const ROOMS = 300;
export const MESSAGES = 50;

/** Makes the rooms and the messages, and returns the room that has the messages. */
export async function prepareHouse(owner: Person): Promise<string> {
  await owner.openLobby();
  let room = '';
  for (let n = 0; n < ROOMS; n += 1) {
    room = await owner.createRoomByApi({ title: `${n}번째 방, 이런저런 이야기를 나눠요`, capacity: 100 });
  }
  for (let n = 0; n < MESSAGES; n += 1) {
    const text = `${n}번째 말: 사람들이 보통 쓰는 만큼의 길이로 씁니다.`;
    expect((await owner.callApi('send_text', { room, text })).ok()).toBe(true);
  }
  return room;
}

/** Counts what a Chromium page loads: for each path the bytes that travelled, heads included. */
export async function countLoads(page: Page): Promise<Map<string, number>> {
  const devtools = await page.context().newCDPSession(page);
  const [paths, bytes] = [new Map<string, string>(), new Map<string, number>()];
  devtools.on('Network.requestWillBeSent', ({ requestId, request }) => {
    if (request.url.startsWith('http')) paths.set(requestId, new URL(request.url).pathname);
  });
  devtools.on('Network.loadingFinished', ({ requestId, encodedDataLength }) => {
    const path = paths.get(requestId);
    if (path) bytes.set(path, (bytes.get(path) ?? 0) + encodedDataLength);
  });
  await devtools.send('Network.enable');
  return bytes;
}
