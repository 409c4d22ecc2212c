/** The WASM of the pages: an entry for the lobby, one for what leads into rooms and one for rooms, or one for everything. */

import { copyFile, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';

import { BINARY } from '../lib/server.ts';
import { SingleServer } from '../lib/site.ts';
import { expect, test, type Person } from '../lib/test.ts';
import { WITH_WORKER, waitForWorker } from '../lib/worker.ts';

/** What a page outside of rooms has fetched after a while: everything that the pages of rooms need, too. */
const ALL = ['door', 'door.deferred', 'lobby', 'lobby.deferred', 'room', 'room.deferred'];

/** The WASM files that this page has fetched, each with the bytes that came over the network. */
function fetched({ page }: Person): Promise<Record<string, number>> {
  return page.evaluate(() => {
    const files = performance.getEntriesByType('resource') as PerformanceResourceTiming[];
    const wasm = files.filter(({ name }) => name.endsWith('.wasm'));
    return Object.fromEntries(wasm.map(({ name, transferSize }) => [name.replace(/.*\/(\w+(\.deferred)?)\..*/, '$1'), transferSize]));
  });
}

test('each page has the code of its own kind, and the lobby brings what the room will need', async ({ person, title }) => {
  const [mina, sora] = [await person(), await person()];
  const room = await mina.createRoomByApi({ title });
  await sora.openLobby();
  await expect.poll(async () => Object.keys(await fetched(sora)).sort()).toEqual(ALL);
  expect((await fetched(sora))['lobby']).toBeLessThan((await fetched(sora))['room'] ?? 0);
  await sora.enterRoom(title);
  expect(await fetched(sora)).toEqual({ room: 0, 'room.deferred': 0 });
  await sora.say('벌써 왔어요');

  // Juno comes through the door, which brings what the room will need, too.
  const juno = await person();
  await juno.visitRoom(room);
  await expect.poll(async () => Object.keys(await fetched(juno)).sort()).toEqual(ALL);
  expect((await fetched(juno))['door']).toBeLessThan((await fetched(juno))['lobby'] ?? 0);
  await juno.enterByLink(room);
  expect(await fetched(juno)).toEqual({ room: 0, 'room.deferred': 0 });
  await juno.say('문으로 왔어요');
});

for (const who of ['who saves data', 'whose service worker keeps all files']) {
  test(`the page of somebody ${who} fetches nothing ahead`, async ({ person }) => {
    const savesData = who === 'who saves data';
    const [mina, sora] = [await person(savesData ? {} : WITH_WORKER), await person()];
    if (savesData) {
      await mina.page.addInitScript(() => Object.defineProperty(navigator, 'connection', { value: { saveData: true } }));
    } else {
      await mina.openLobby();
      await waitForWorker(mina);
      // This page came without a worker, so it may just now begin to fetch.
      await mina.page.goto('about:blank');
    }
    const asked = new Set<string>();
    mina.page.on('request', (request) => asked.add(request.url().replace(/.*\//, '')));
    const script = mina.page.waitForResponse(/installed\.js/);
    await mina.openLobby();
    // A second import ends when the script has run to its end, and Playwright reports a fetch when it begins.
    await mina.page.evaluate((url) => import(url), (await script).url());
    // Another page, which was opened later, fetches what the next page needs by then.
    await sora.openLobby();
    await expect.poll(async () => Object.keys(await fetched(sora)).sort()).toEqual(ALL);
    // This request comes after all others.
    await mina.page.evaluate(() => fetch('/favicon.svg?last'));
    await expect.poll(() => [...asked]).toContain('favicon.svg?last');
    expect([...asked].filter((file) => file.endsWith('.wasm'))).toEqual([
      expect.stringMatching(/^lobby\.[^.]+\.wasm/),
      expect.stringMatching(/^lobby\.deferred\./),
    ]);
  });
}

test('a build with one entry for all pages is a whole site', async ({ person, title }) => {
  const folder = await mkdtemp(path.join(tmpdir(), 'gifchat-whole-'));
  const binary = path.join(folder, 'gifchat');
  await copyFile(BINARY, binary);
  const hashes = (await readFile(path.join(path.dirname(BINARY), 'hash.txt'), 'utf8')).split('\n');
  await writeFile(path.join(folder, 'hash.txt'), hashes.filter((line) => /^\w+:/.test(line)).join('\n'));
  const site = await SingleServer.start({}, binary);
  try {
    const [mina, sora] = [await person({ url: site.url }), await person({ url: site.url })];
    await mina.createRoom({ title, password: '참깨' });
    expect(Object.keys(await fetched(mina))).toEqual(['gifchat']);
    await sora.enterRoom(title, '참깨');
    await sora.say('한 파일에 다 있어요');
    await mina.expectMessage('한 파일에 다 있어요');
    expect(Object.keys(await fetched(sora))).toEqual(['gifchat']);
    await Promise.all([mina.page.goto('about:blank'), sora.page.goto('about:blank')]);
  } finally {
    await site.remove();
    await rm(folder, { recursive: true });
  }
});
