/** How long a slow phone takes to show a page and to bring it to life. docs/bench.md says how each figure is taken. */

import { writeFile } from 'node:fs/promises';

import type { Browser, BrowserContext, Page } from '@playwright/test';

import { prepareHouse } from '../lib/first-load.ts';
import { expect, test } from '../lib/test.ts';

/** How often each page is opened, each time by a browser that has nothing of it yet. */
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

test.use({ settings: { LIMIT_NEW_ROOMS: '100000/1' } });

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
  const file = process.env['GIFCHAT_BENCH_JSON'];
  if (file) await writeFile(file, `${JSON.stringify(figures, null, 2)}\n`);
});

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
