/** What two engines, Chromium's and Firefox's, make of the same GIFs and of the same page. */

import { createHash } from 'node:crypto';
import { writeFile } from 'node:fs/promises';

import type { ElementHandle } from 'puppeteer-core';

import { faultsOf, look, readCorpus, spread, uploadOf, type Look, type Sample, type Size, type Stored } from '../lib/corpus.ts';
import { LESS_MOTION, test } from '../lib/firefox.ts';
import { FILMS, still } from '../lib/films.ts';
import { gif } from '../lib/gif.ts';
import { bytesOf, countFrames } from '../lib/make.ts';
import { addressOf, imageOf } from '../lib/messages.ts';
import { LONG, expect, type Person } from '../lib/test.ts';

// One test after the other: beside another Firefox on two cores, each press takes ten seconds.
test.describe.configure({ mode: 'default' });

/** How many GIFs one room gets. A page shows at least as many messages without scrolling back. */
const PER_ROOM = 20;

/** How long light copies may take here, while other tests run. */
const MADE = { timeout: 30_000 };

const MAX_BYTES = 5 * 1024 * 1024;

/** A colour that is not in the table is black in Chromium, and in Firefox the one that its lower bits name. */
const COLOURLESS = ['data-code-size-8', 'data-a-table-that-stays-full'];

/** Sends the files to a room, and returns what was stored of those that are to be shown. */
async function sendAll(author: Person, room: string, samples: Sample[], faults: string[]): Promise<[Stored, Size][]> {
  const stored: [Stored, Size][] = [];
  let taken = 0;
  for (const sample of samples) {
    const upload = await uploadOf(sample);
    const answer = await author.uploadByApi(room, upload);
    const expected = sample.shown ? 200 : sample.bytes > MAX_BYTES ? 413 : 415;
    if (answer.status() !== expected) faults.push(`${sample.file}: answered ${answer.status()} instead of ${expected}`);
    if (answer.ok()) {
      taken += 1;
      const { seq, what } = (await answer.json()) as { seq: number; what: { Gif: { sha: string } } };
      if (sample.shown) stored.push([{ seq, sha: what.Gif.sha, file: sample.file, name: sample.name }, sample.shown]);
    } else {
      const sha = createHash('sha256').update(upload.buffer).digest('hex');
      const found = await author.context.request.get(`/gif/${room}/${sha}`);
      if (found.status() !== 404) faults.push(`${sample.file}: refused, and then served with ${found.status()}`);
    }
  }
  const history = await author.context.request.get(`/api/history?room=${room}&before=1000000`);
  expect((await history.text()).match(/"Gif":/g) ?? [], 'messages of what was taken').toHaveLength(taken);
  return stored;
}

test('both engines show the GIFs of the corpus in their sizes, with all their frames', async ({ person, firefoxPerson, nodes }) => {
  // Several nodes store the same bytes as one.
  const isWhole = LONG && !nodes;
  if (isWhole) test.setTimeout(1_800_000);
  const corpus = await readCorpus();
  const samples = isWhole ? corpus : spread(corpus, PER_ROOM);
  const [mina, sora] = [await person(), await firefoxPerson()];
  await mina.openLobby();
  const faults: string[] = [];
  let count = 0;
  for (let from = 0; from < samples.length; from += PER_ROOM) {
    const room = await mina.createRoomByApi({ title: `견본 ${from}` });
    await mina.callApi('enter_room', { room });
    const stored = await sendAll(mina, room, samples.slice(from, from + PER_ROOM), faults);
    await mina.openRoom(room);
    await sora.enterByLink(room);
    for (const [gif, shown] of stored) {
      const looks: [string, Look | string][] = [
        ['Chromium', await mina.page.evaluate(look, gif)],
        ['Firefox', await sora.page.evaluate(look, gif)],
      ];
      for (const [engine, seen] of looks) {
        const wrong = typeof seen === 'string' ? [seen] : faultsOf(shown, seen);
        faults.push(...wrong.map((fault) => `${gif.file}: ${engine}: ${fault}`));
      }
      const pixels = looks.map(([, seen]) => (typeof seen === 'string' ? '' : seen.last));
      if (pixels[0] !== pixels[1] && !COLOURLESS.includes(gif.name)) faults.push(`${gif.file}: the last frames differ: ${pixels.join(', ')}`);
      count += 1;
    }
  }
  expect(faults).toEqual([]);
  expect(count).toBe(samples.filter(({ shown }) => shown).length);
});

test('in Firefox people make rooms, talk, and see GIFs as those in Chromium do', async ({ person, firefoxPerson, title }, info) => {
  const [mina, sora] = [await person(), await firefoxPerson()];
  const room = await sora.createRoom(title);
  await mina.enterRoom(title);
  await sora.say('불여우에서 왔어요');
  await mina.expectMessage('불여우에서 왔어요');
  await mina.say('크로뮴이에요');
  await expect.poll(() => sora.texts()).toEqual(['불여우에서 왔어요', '크로뮴이에요']);

  const fromMina = await addressOf(await mina.sendGif(gif('움짤.gif', { width: 320, height: 240, frames: 12 })));
  await expect.poll(() => sora.addressesOfGifs(), MADE).toEqual([`${fromMina}/light`]);
  const file = info.outputPath('불여우.gif');
  await writeFile(file, gif('불여우.gif', { width: 240, height: 180, frames: 8, tint: 2 }).buffer);
  await sora.chooseGif(file);
  await expect(imageOf(mina.gifs.nth(1))).toHaveAttribute('src', /\/light$/, MADE);
  const fromSora = await addressOf(mina.gifs.nth(1));
  await expect.poll(() => sora.addressesOfGifs(), MADE).toEqual([`${fromMina}/light`, `${fromSora}/light`]);

  const juno = await firefoxPerson(LESS_MOTION);
  await juno.enterByLink(room);
  await expect.poll(() => juno.addressesOfGifs()).toEqual([`${fromMina}/still`, `${fromSora}/still`]);
  await juno.press('GIF 재생');
  await expect.poll(() => juno.addressesOfGifs()).toEqual([`${fromMina}/light`, `${fromSora}/still`]);
});

test('in Firefox a page that needs the rest of its WASM early loads it at once', async ({ person, firefoxPerson, title }, info) => {
  const [mina, sora] = [await person(), await firefoxPerson()];
  const room = await mina.createRoom({ title });
  await sora.enterByLink(room);
  // The request with which a page usually loads the rest never ends.
  await sora.page.evaluateOnNewDocument(() => {
    const load = window.fetch;
    window.fetch = (file, ...more) => (String(file).includes('.deferred.') ? new Promise(() => {}) : load(file, ...more));
  });
  await sora.page.reload();
  await sora.waitUntilLive();
  const file = info.outputPath('불여우.gif');
  await writeFile(file, gif('불여우.gif').buffer);
  await sora.chooseGif(file);
  await expect(mina.gifs).toHaveCount(1);
  const texts = Array.from({ length: 5 }, (_, n) => `${n}번째 말`);
  for (const text of texts) await mina.callApi('send_text', { room, text });
  await expect.poll(() => sora.texts()).toEqual(texts);
  const early = await sora.page.evaluate(() => {
    const files = performance.getEntriesByType('resource') as PerformanceResourceTiming[];
    return files.filter(({ name, initiatorType }) => name.includes('.deferred.') && initiatorType === 'xmlhttprequest').length;
  });
  expect(early).toBe(1);
  await sora.say('불여우에서도');
  await mina.expectMessage('불여우에서도');
});

test('in Firefox films and pictures become GIFs, and what is on the shelf is sent again', async ({ person, firefoxPerson, title }, info) => {
  test.setTimeout(120_000);
  const [mina, sora] = [await person(), await firefoxPerson()];
  await sora.createRoom(title);
  await mina.enterRoom(title);
  for (const [made, film] of [FILMS.webm, FILMS.apng, FILMS.webp, still()].entries()) {
    const file = info.outputPath(film.name);
    await writeFile(file, film.buffer);
    await sora.press('GIF 고르기 (내 GIF, 파일)');
    await sora.press('만들기', 'tab');
    const input = await sora.page.waitForSelector('.make input[type=file]');
    await (input as ElementHandle<HTMLInputElement>).uploadFile(file);
    await sora.press('GIF 만들기');
    await sora.page.locator('.panel-draft .accent').click();
    await expect(mina.gifs).toHaveCount(made + 1, MADE);
    const bytes = await bytesOf(mina, mina.gifs.nth(made));
    expect(countFrames(bytes) > 1, film.name).toBe(made < 3);
  }
  await sora.press('GIF 고르기 (내 GIF, 파일)');
  await sora.page.locator('.panel-inside .square').click();
  await sora.page.locator('.panel-draft .accent').click();
  await expect(mina.gifs).toHaveCount(5, MADE);
});
