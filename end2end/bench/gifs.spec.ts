/** How much of the network and of the processor the GIFs of a room take. docs/bench.md says how each figure is taken. */

import { readFileSync } from 'node:fs';
import { readFile, readdir, writeFile } from 'node:fs/promises';
import path from 'node:path';

import type { Browser, Page } from '@playwright/test';

import { spread } from '../lib/corpus.ts';
import { countLoads } from '../lib/first-load.ts';
import type { Upload } from '../lib/gif.ts';
import { setVisibility } from '../lib/notifications.ts';
import { expect, test, type Person } from '../lib/test.ts';
import { drawnGif } from './drawn.ts';

/** How many GIFs the room has, at most. */
const GIFS = 30;

/** For how long the processor is watched, in milliseconds. */
const WATCHED = 10_000;

/** When nothing new was known of the GIFs for so many milliseconds, all copies are made. (Making one takes less.) */
const QUIET = 20_000;

/** How many texts push all GIFs off the screen. */
const TEXTS = 40;

/** How many ticks of the times in /proc are a second. */
const TICKS = 100;

type Play = 'always' | 'never';

/** The bytes of GIFs, in KiB, from the opening of the page until nothing more comes, and until all of the room was read. */
type Bytes = Record<'opened' | 'opened without copies' | 'read' | 'read without copies', number>;

test.use({ settings: { LIMIT_UPLOADS: '100000/1', LIMIT_MESSAGES: '100000/1', LIMIT_LOOKS: '100000/1' } });

/** What was measured, for the JSON file. */
const measured: Record<string, unknown> = {};

test.afterAll(async () => {
  const file = process.env['GIFCHAT_BENCH_JSON'];
  if (file) await writeFile(file, `${JSON.stringify(measured, null, 2)}\n`);
});

test('a room of GIFs', async ({ browser, person }) => {
  test.setTimeout(1_200_000);
  const owner = await person();
  await owner.openLobby();
  const room = await owner.createRoomByApi({ title: '움짤 방' });
  const entered = await owner.callApi('enter_room', { room });
  expect(entered.ok()).toBe(true);
  const lengths = await sendAll(owner, room);
  await owner.page.close();

  const bytes: Partial<Record<Play, Bytes>> = {};
  for (const play of ['always', 'never'] as const) {
    const reader = await readerOf(await person(), room, play);
    bytes[play] = await bytesOf(reader, room, lengths);
    console.log(`${play}: ${JSON.stringify(bytes[play])} KiB`);
    await reader.page.close();
  }

  const cpu: Record<string, number> = {};
  const watch = async (what: string): Promise<void> => {
    cpu[what] = await cpuOf(browser);
    console.log(`${what}: ${cpu[what]} CPU seconds in ${WATCHED / 1000} s`);
  };
  for (const play of ['never', 'always'] as const) {
    for (const copies of play === 'never' ? ['copies'] : ['no copies', 'copies']) {
      const reader = await readerOf(await person(), room, play);
      // Without light copies the page shows the GIFs themselves.
      if (copies === 'no copies') await reader.page.route('**/light', (route) => route.abort());
      await reader.openRoom(room);
      await settle(reader.page);
      await watch(`${play}, ${copies}: ${await inView(reader)} in view`);
      if (play === 'always' && copies === 'copies') {
        await setVisibility(reader, 'hidden');
        await watch(`${play}, ${copies}: hidden`);
        await setVisibility(reader, 'visible');
        for (let n = 0; n < TEXTS; n++) await reader.sayByApi(room, `${n}번째 말`);
        await reader.page.locator('.scroller').evaluate((log) => log.scrollTo(0, 0));
        await expect.poll(() => inView(reader)).toBe(0);
        await watch(`${play}, ${copies}: scrolled away`);
      }
      await reader.page.close();
    }
  }
  Object.assign(measured, { gifs: lengths.size, bytes, cpu });
});

/** The files that GIFCHAT_BENCH_GIFS names, or drawn ones. */
async function files(): Promise<Upload[]> {
  const folder = process.env['GIFCHAT_BENCH_GIFS'];
  if (!folder) return Array.from({ length: GIFS }, (_, number) => drawnGif(number));
  const names = spread((await readdir(folder)).filter((name) => name.endsWith('.gif')).sort(), GIFS);
  return Promise.all(names.map(async (name) => ({ name, mimeType: 'image/gif', buffer: await readFile(path.join(folder, name)) })));
}

/** The bytes of a GIF, of its light copy or itself if there is none, and of its two stills. */
interface Lengths {
  whole: number;
  light: number;
  firstFrame: number;
  still: number;
}

/** Sends all files, waits until their copies are there, and returns their lengths by the paths of the GIFs. */
async function sendAll(owner: Person, room: string): Promise<Map<string, Lengths>> {
  const shas: string[] = [];
  for (const file of await files()) {
    const answer = await owner.uploadByApi(room, file);
    if (answer.ok()) shas.push(((await answer.json()) as { what: { Gif: { sha: string } } }).what.Gif.sha);
    else console.log(`${file.name}: ${answer.status()}`);
  }
  // Whether a GIF flashes is found out before there is a light copy, and some get none: all is done when nothing is added any more.
  let [known, since] = ['', Date.now()];
  const isDone = async (): Promise<boolean> => {
    // The server's queue has no place for so many GIFs at once. It looks at the others when their messages are read.
    await owner.context.request.get(`/api/history?room=${room}&before=1000000`);
    const answer = await owner.context.request.get(`/api/known_gifs?room=${room}&gifs=${shas.join('+')}`);
    const now = await answer.text();
    if (now !== known) [known, since] = [now, Date.now()];
    return (now.match(/"flashes"/g) ?? []).length === new Set(shas).size && Date.now() - since > QUIET;
  };
  await expect.poll(isDone, { message: 'copies', timeout: 900_000, intervals: [1000] }).toBe(true);
  const lengths = new Map<string, Lengths>();
  for (const sha of shas) {
    const length = async (part: string, accept = '*/*'): Promise<number | undefined> => {
      const answer = await owner.context.request.get(`/gif/${room}/${sha}${part}`, { headers: { accept } });
      return answer.ok() ? (await answer.body()).length : undefined;
    };
    const whole = (await length(''))!;
    // A browser that knows no WebP gets the first frame as a GIF, as all did before there were copies.
    const firstFrame = (await length('/still', 'image/gif'))!;
    const [light, still] = [(await length('/light')) ?? whole, (await length('/still?webp', 'image/webp')) ?? firstFrame];
    lengths.set(`/gif/${room}/${sha}`, { whole, light, firstFrame, still });
  }
  const sum = (part: keyof Lengths): number => Math.round([...lengths.values()].reduce((sum, all) => sum + all[part], 0) / 1024);
  measured['KiB of all'] = { whole: sum('whole'), light: sum('light'), firstFrame: sum('firstFrame'), still: sum('still') };
  console.log(`${lengths.size} GIFs: ${JSON.stringify(measured['KiB of all'])} KiB`);
  return lengths;
}

/** Gives this person a seat in the room, and sets how GIFs play for them. */
async function readerOf(someone: Person, room: string, play: Play): Promise<Person> {
  await someone.openLobby();
  for (const answer of [await someone.callApi('enter_room', { room }), await someone.callApi('set_gifs', { play, veil: 'false' })]) {
    expect(answer.ok()).toBe(true);
  }
  return someone;
}

/** How much the page fetches of GIFs, and how much it would have fetched without copies. */
async function bytesOf(reader: Person, room: string, lengths: Map<string, Lengths>): Promise<Bytes> {
  const loads = await countLoads(reader.page);
  await reader.openRoom(room);
  await settle(reader.page);
  const kibibytes = (without: boolean): number => {
    let sum = 0;
    for (const [path, bytes] of loads) {
      const of = lengths.get(path.replace(/\/(light|still)$/, ''));
      if (of) sum += bytes + (without ? (path.endsWith('/still') ? of.firstFrame - of.still : of.whole - of.light) : 0);
    }
    return Math.round(sum / 1024);
  };
  const opened = { opened: kibibytes(false), 'opened without copies': kibibytes(true) };
  for (const gif of (await reader.gifs.all()).reverse()) {
    await gif.scrollIntoViewIfNeeded();
    await settle(reader.page);
  }
  return { ...opened, read: kibibytes(false), 'read without copies': kibibytes(true) };
}

/** Waits until every picture in view is there. */
async function settle(page: Page): Promise<void> {
  const isSettled = (): Promise<boolean> =>
    page.evaluate(async () => {
      const images = [...document.querySelectorAll<HTMLImageElement>('.log .gif:not(.veiled) img')].filter((image) => {
        const { top, bottom } = image.getBoundingClientRect();
        return bottom > 0 && top < innerHeight;
      });
      const addresses = images.map((image) => image.src).join(' ');
      await new Promise((done) => setTimeout(done, 300));
      return images.every((image) => image.complete && image.naturalWidth > 0) && addresses === images.map((image) => image.src).join(' ');
    });
  await expect.poll(isSettled, { timeout: 60_000 }).toBe(true);
}

/** How many GIFs are on the screen, at least in part. */
function inView({ page }: Person): Promise<number> {
  return page.evaluate(() => {
    const { top, bottom } = document.querySelector('.scroller')!.getBoundingClientRect();
    return [...document.querySelectorAll('.log .gif:not(.veiled) img')].filter((image) => {
      const box = image.getBoundingClientRect();
      return box.bottom > top && box.top < bottom;
    }).length;
  });
}

/** The CPU seconds that the pages and the painting of this browser take while it is watched. */
async function cpuOf(browser: Browser): Promise<number> {
  const devtools = await browser.newBrowserCDPSession();
  const { processInfo } = await devtools.send('SystemInfo.getProcessInfo');
  const processes = processInfo.filter(({ type }) => type === 'renderer' || type === 'GPU').map(({ id }) => id);
  const before = processes.map(ticksOf);
  await new Promise((over) => setTimeout(over, WATCHED));
  const ticks = processes.reduce((sum, process, n) => sum + ticksOf(process) - before[n]!, 0);
  return ticks / TICKS;
}

function ticksOf(process: number): number {
  const fields = readFileSync(`/proc/${process}/stat`, 'utf8').split(') ')[1]!.split(' ');
  return Number(fields[11]) + Number(fields[12]);
}
