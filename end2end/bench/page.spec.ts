/** How long a slow phone takes until a page is painted, and until it is live. docs/bench.md says how each figure is taken. */

import { readFileSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';

import type { Browser, BrowserContext, CDPSession, Page } from '@playwright/test';

import { prepareHouse } from '../lib/first-load.ts';
import { expect, test } from '../lib/test.ts';

/** How often each page is opened, each time with an empty cache. */
const ROUNDS = 5;

/** 1.6 Mbit/s down and half of it up, 150 ms there and back, a quarter of this machine's core. */
const LINE = { offline: false, downloadThroughput: 200_000, uploadThroughput: 100_000, latency: 150 };
const CPU_SLOWDOWN = 4;

/** Milliseconds from the navigation, and the bytes that travelled until the page was live. */
interface Load {
  painted: number;
  live: number;
  bytes: number;
}

/** How many messages of a long room are read, and how many keys are pressed then. */
const READ = 5000;
const KEYS = 40;

test.use({ settings: { LIMIT_NEW_ROOMS: '100000/1', LIMIT_MESSAGES: '100000/1', LIMIT_LOOKS: '100000/1' } });

/** What was measured, for the JSON file. */
const measured: Record<string, unknown> = {};

test.afterAll(async () => {
  const file = process.env['GIFCHAT_BENCH_JSON'];
  if (file) await writeFile(file, `${JSON.stringify(measured, null, 2)}\n`);
});

test('first loads of a slow phone', async ({ browser, person }) => {
  const owner = await person();
  const room = await prepareHouse(owner);
  const figures = {
    lobby: await measure(browser, owner.url, '/', async () => {}),
    room: await measure(browser, owner.url, `/room/${room}`, async (context) => {
      const answer = await context.request.post('/api/enter_room', { form: { room }, headers: { origin: owner.url } });
      expect(answer.ok()).toBe(true);
    }),
  };
  for (const [page, { painted, live, bytes }] of Object.entries(figures)) {
    console.log(`${page}: painted after ${painted} ms, live after ${live} ms, ${(bytes / 1024).toFixed(1)} KiB`);
  }
  Object.assign(measured, figures);
});

test('a room that was read far back', async ({ person }) => {
  test.setTimeout(300_000);
  const [owner, reader] = [await person(), await person()];
  const room = await owner.createRoom({ title: '긴 방' });
  for (let sent = 0; sent < READ; ) {
    const batch = Array.from({ length: 20 }, () => owner.callApi('send_text', { room, text: `${sent++}번째 말이에요. 조금 긴 것도 있어요.` }));
    for (const answer of await Promise.all(batch)) expect(answer.ok()).toBe(true);
  }
  await reader.enterByLink(room);
  await reader.waitUntilLive();
  await owner.page.close();
  const devtools = await reader.context.newCDPSession(reader.page);
  const figures: Record<string, number> = {};
  const look = async (when: string): Promise<void> => {
    Object.assign(figures, await memoryOf(reader.page, devtools, when), await keysOf(reader.page, devtools, when));
  };
  await look('50 messages');
  // The oldest message is at the top when everything was read.
  const begun = Date.now();
  await expect
    .poll(
      async () => {
        await reader.page.locator('.scroller').evaluate((log) => log.scrollTo(0, -log.scrollHeight));
        return reader.log.getByText('방이 열렸어요').count();
      },
      { timeout: 100_000, intervals: [50] },
    )
    .toBe(1);
  figures['seconds to read all'] = Math.round((Date.now() - begun) / 1000);
  await look(`${READ} messages`);
  for (const [what, figure] of Object.entries(figures)) console.log(`${what}: ${figure}`);
  measured['read'] = figures;
});

/** The memory of a tab after its garbage is collected, in MiB. */
async function memoryOf(page: Page, devtools: CDPSession, when: string): Promise<Record<string, number>> {
  await devtools.send('HeapProfiler.collectGarbage');
  const { usedSize } = await devtools.send('Runtime.getHeapUsage');
  const { nodes } = await devtools.send('Memory.getDOMCounters');
  const browser = page.context().browser();
  const processes = await (await browser!.newBrowserCDPSession()).send('SystemInfo.getProcessInfo');
  // The tab that has read everything is the largest. (WebAssembly's memory is no part of JavaScript's.)
  const tabs = processes.processInfo.filter(({ type }) => type === 'renderer').map(({ id }) => residentOf(id));
  const mebibytes = (bytes: number): number => Math.round((bytes / 1024 / 1024) * 10) / 10;
  const rows = await page.locator('.log .rows > li').count();
  return {
    [`MiB resident, ${when}`]: mebibytes(Math.max(...tabs)),
    [`MiB of JavaScript, ${when}`]: mebibytes(usedSize),
    [`nodes, ${when}`]: nodes,
    [`rows, ${when}`]: rows,
  };
}

/** The memory of a process, in bytes. */
function residentOf(process: number): number {
  const lines = readFileSync(`/proc/${process}/status`, 'utf8');
  return 1024 * Number(/^VmRSS:\s+(\d+)/m.exec(lines)?.[1]);
}

/** Milliseconds from a key to the paint that shows it, on a slow phone: the median and the longest. */
async function keysOf(page: Page, devtools: CDPSession, when: string): Promise<Record<string, number>> {
  await devtools.send('Emulation.setCPUThrottlingRate', { rate: CPU_SLOWDOWN });
  await page.getByRole('textbox').first().focus();
  await page.evaluate(() => {
    const seen: number[] = [];
    Object.assign(window, { seen });
    // A message that is posted in an animation frame arrives after the paint of that frame.
    const pressed = ({ timeStamp }: KeyboardEvent): void => {
      requestAnimationFrame(() => {
        const { port1, port2 } = new MessageChannel();
        port1.onmessage = () => seen.push(performance.now() - timeStamp);
        port2.postMessage(null);
      });
    };
    document.addEventListener('keydown', pressed, { capture: true });
  });
  await page.keyboard.type('a'.repeat(KEYS), { delay: 120 });
  const painted = (): Promise<number[]> => page.evaluate(() => (window as unknown as { seen: number[] }).seen);
  await expect.poll(async () => (await painted()).length).toBe(KEYS);
  const seen = await painted();
  await page.getByRole('textbox').first().fill('');
  await devtools.send('Emulation.setCPUThrottlingRate', { rate: 1 });
  const all = seen.sort((a, b) => a - b).map(Math.round);
  return { [`ms from key to paint, ${when}`]: all[Math.floor(KEYS / 2)] ?? 0, [`ms at most, ${when}`]: all.at(-1) ?? 0 };
}

/** Opens the page several times, and returns the median of each figure. */
async function measure(
  browser: Browser,
  url: string,
  path: string,
  arrive: (context: BrowserContext) => Promise<void>,
): Promise<Load> {
  const loads: Load[] = [];
  for (let round = 0; round < ROUNDS; round += 1) {
    const context = await browser.newContext({ baseURL: url, viewport: { width: 390, height: 844 }, isMobile: true });
    await context.request.get('/');
    await arrive(context);
    loads.push(await load(await context.newPage(), path));
    await context.close();
  }
  const median = (figures: number[]): number => figures.sort((a, b) => a - b)[Math.floor(figures.length / 2)] ?? NaN;
  return {
    painted: median(loads.map(({ painted }) => painted)),
    live: median(loads.map(({ live }) => live)),
    bytes: median(loads.map(({ bytes }) => bytes)),
  };
}

async function load(page: Page, path: string): Promise<Load> {
  const devtools = await page.context().newCDPSession(page);
  await devtools.send('Network.enable');
  await devtools.send('Network.emulateNetworkConditions', LINE);
  await devtools.send('Emulation.setCPUThrottlingRate', { rate: CPU_SLOWDOWN });
  let bytes = 0;
  devtools.on('Network.loadingFinished', ({ encodedDataLength }) => (bytes += encodedDataLength));
  // The page is live when its socket has told it where things stand.
  const live = new Promise<void>((resolve) => {
    page.on('websocket', (socket) => {
      socket.on('framereceived', ({ payload }) => {
        if (/"CaughtUp"|"Lobby"/.test(payload.toString())) resolve();
      });
    });
  });
  const began = Date.now();
  await page.goto(path, { waitUntil: 'commit', timeout: 60_000 });
  await live;
  const liveAfter = Date.now() - began;
  const painted = await page.evaluate(() => performance.getEntriesByName('first-contentful-paint')[0]?.startTime);
  expect(painted, 'nothing was painted').toBeDefined();
  return { painted: Math.round(painted ?? 0), live: liveAfter, bytes };
}
