/** The installed app: its manifest, its worker over builds, and the way to install it. */

import { Front } from '../lib/front.ts';
import { LONG, expect, test as base, type Person } from '../lib/test.ts';
import { WITH_WORKER, countWorkers, keptFiles, reloadOffline, updateBar, waitForWorker } from '../lib/worker.ts';

const test = base.extend<{ front: Front }>({
  front: async ({ site }, use) => {
    const front = await Front.to(site.url);
    await use(front);
    await front.close();
  },
});

interface Manifest {
  id: string;
  lang: string;
  icons: { src: string }[];
  shortcuts: { name: string; url: string }[];
  screenshots: { src: string; sizes: string; form_factor: string; label: string }[];
}

/** Width and height of a PNG. */
function sizeOf(png: Buffer): string {
  return `${png.readUInt32BE(16)}x${png.readUInt32BE(20)}`;
}

test('the manifest is complete in both languages, for one app', async ({ person }) => {
  const manifests: Manifest[] = [];
  for (const locale of ['ko-KR', 'en-US']) {
    const someone = await person({ locale });
    await someone.openLobby();
    const session = await someone.context.newCDPSession(someone.page);
    const { data, errors } = await session.send('Page.getAppManifest');
    expect(errors).toEqual([]);
    const manifest = JSON.parse(data ?? '') as Manifest;
    expect(manifest.lang).toBe(locale.slice(0, 2));
    for (const { src, sizes } of manifest.screenshots) {
      const picture = await someone.context.request.get(src);
      expect([picture.status(), sizeOf(await picture.body())], src).toEqual([200, sizes]);
    }
    expect(new Set(manifest.screenshots.map((picture) => picture.form_factor))).toEqual(new Set(['wide', 'narrow']));
    expect(manifest.shortcuts.length).toBeGreaterThan(0);
    for (const { url } of manifest.shortcuts) expect((await someone.context.request.get(url)).status(), url).toBe(200);
    manifests.push(manifest);
  }
  // The manifests differ in words alone.
  const [korean, english] = manifests.map((manifest) => JSON.stringify(manifest).replace(/\.(ko|en)\.png/g, '.png'));
  const wordless = (json: string) => json.replace(/"(lang|description|name|label)":"[^"]*"/g, '');
  expect(wordless(english!)).toBe(wordless(korean!));
  expect(/[가-힣]/.test(english!)).toBe(false);
});

test('where the browser can install the page, there is a button for it', async ({ person }) => {
  const mina = await person();
  await mina.openLobby();
  const menu = mina.button(['내 얼굴과 색', 'My face and colour']);
  const install = mina.button(['앱으로 설치', 'Install as an app']);
  await menu.click();
  await expect(install).toBeHidden();
  const prompts = await mina.page.evaluateHandle(() => {
    const prompts: string[] = [];
    const offer = new Event('beforeinstallprompt', { cancelable: true });
    dispatchEvent(Object.assign(offer, { prompt: () => prompts.push(`${offer.defaultPrevented}`) }));
    return prompts;
  });
  // The script with the button's meaning comes when the browser is idle.
  const isLoaded = () => performance.getEntriesByType('resource').some(({ name }) => name.includes('/installed.js'));
  await mina.page.waitForFunction(isLoaded);
  await install.click();
  await expect(install).toBeHidden();
  expect(await prompts.jsonValue()).toEqual(['true']);
});

test('the worker keeps the files of its build and nothing that anybody received', async ({ person, title }) => {
  const mina = await person(WITH_WORKER);
  await mina.createRoom({ title });
  await waitForWorker(mina);
  await mina.reload();
  await mina.say('남지 않아요');
  const kept = await keptFiles(mina);
  const built = kept.filter((file) => file.startsWith('/pkg/')).map((file) => file.replace(/\.[\w-]{22}\./, '.')).sort();
  expect(built).toEqual([
    '/pkg/door.css',
    '/pkg/door.deferred.wasm',
    '/pkg/door.js',
    '/pkg/door.wasm',
    '/pkg/gifchat.css',
    '/pkg/judge.js',
    '/pkg/judge.wasm',
    '/pkg/later.css',
    '/pkg/lobby.css',
    '/pkg/lobby.deferred.wasm',
    '/pkg/lobby.js',
    '/pkg/lobby.wasm',
    '/pkg/panel.js',
    '/pkg/panel.wasm',
    '/pkg/room.css',
    '/pkg/room.deferred.wasm',
    '/pkg/room.js',
    '/pkg/room.wasm',
  ]);
  const others = kept.filter((file) => !file.startsWith('/pkg/'));
  expect(others).toEqual([
    '/favicon.svg',
    '/icon-192.png',
    '/manifest.en.webmanifest',
    '/manifest.webmanifest',
    '/offline.css',
    '/offline.html',
    '/offline.js',
    '/panel.css',
  ]);
  const fromWorker = await mina.page.evaluate(() => {
    const entries = performance.getEntriesByType('resource') as PerformanceResourceTiming[];
    return entries.filter(({ name }) => name.endsWith('.wasm')).map(({ workerStart }) => workerStart > 0);
  });
  expect(fromWorker).toContain(true);
});

test('for a data saver the worker fetches no file of the build in advance, and shows its page without a network', async ({ person, front }) => {
  const saves = `Object.defineProperty(navigator, 'connection', { value: { saveData: true } });\n`;
  front.alter('/sw.js', (script) => saves + script);
  const mina = await person({ url: front.url, ...WITH_WORKER });
  await mina.openLobby();
  await waitForWorker(mina);
  const kept = await keptFiles(mina);
  expect(kept).toContain('/offline.html');
  expect(kept.filter((file) => file.startsWith('/pkg/'))).toEqual([]);
  await mina.openLobby();
  await mina.waitUntilLive();
  front.cut();
  await reloadOffline(mina);
});

test('a new version is offered, and what is being written is kept', async ({ person, front, title }) => {
  const mina = await person({ url: front.url, ...WITH_WORKER });
  await mina.createRoom({ title });
  await waitForWorker(mina);
  await mina.messageBox.fill('쓰던 글');
  front.alter('/sw.js', (script) => script.replace(/BUILD = "\w+"/, 'BUILD = "another"'));
  // A new version begins with a new server, for which the socket comes back.
  const before = mina.catchUps;
  front.cut();
  front.restore();
  await mina.waitForReconnect(before);
  await expect(updateBar(mina)).toContainText('새 버전이 나왔어요', { timeout: 20_000 });
  await expect(mina.messageBox).toHaveValue('쓰던 글');
  await mina.say('아직 그대로 써요');
  await mina.messageBox.fill('이어 쓰던 글');
  await mina.button(['새로고침', 'Reload'], updateBar(mina)).click();
  await mina.expectInside();
  await expect(updateBar(mina)).toHaveCount(0);
  await expect(mina.messageBox).toHaveValue('이어 쓰던 글');
  const caches = await mina.page.evaluate(() => window.caches.keys());
  expect(caches).toEqual(['gifchat another']);
});

/** What a worker may do wrong, as the script at its address. Each takes over at once. */
const BROKEN = {
  'answers everything with an error': `event.respondWith(new Response('broken', { status: 500 }))`,
  'fails at everything': `event.respondWith(Promise.reject(new Error('broken')))`,
  'throws at everything': `throw new Error('broken')`,
  'keeps documents': `if (event.request.mode === 'navigate') event.respondWith(new Response('yesterday'))`,
} as const;

function brokenWorker(onFetch: string): string {
  return `addEventListener('install', () => skipWaiting());
    addEventListener('activate', (event) => event.waitUntil(clients.claim()));
    addEventListener('fetch', (event) => { ${onFetch} });`;
}

/** Opens the lobby again and again, as people do, until it is there. */
async function openUntilLive({ page }: Person): Promise<void> {
  await expect(async () => {
    await page.goto('/').catch(() => {});
    await expect(page.locator('.lobby')).toBeVisible({ timeout: 1000 });
  }).toPass({ timeout: 30_000 });
}

for (const [what, onFetch] of Object.entries(BROKEN).slice(LONG ? 0 : 1, LONG ? undefined : 2)) {
  test(`a worker that ${what} is replaced by the next good one`, async ({ front, person }) => {
    front.alter('/sw.js', () => brokenWorker(onFetch));
    const mina = await person({ url: front.url, ...WITH_WORKER });
    await mina.openLobby();
    await waitForWorker(mina);
    front.restoreAll();
    await openUntilLive(mina);
    await expect.poll(async () => (await keptFiles(mina)).length, { timeout: 20_000 }).toBeGreaterThan(5);
    mina.complaints.length = 0;
    await mina.watchLobby();
  });
}

test('a page whose program a worker has spoiled starts without that worker, by itself', async ({ front, person }) => {
  const spoil = `if (event.request.url.endsWith('.wasm')) event.respondWith(new Response('old'))`;
  front.alter('/sw.js', () => brokenWorker(spoil));
  const mina = await person({ url: front.url, ...WITH_WORKER });
  await mina.openLobby();
  await waitForWorker(mina);
  front.restoreAll();
  await mina.page.goto('/');
  // The page has to find out, to ask the server, and to load once more.
  await mina.waitUntilLive(15_000);
  await expect(mina.page.locator('.why-plain')).toHaveCount(0);
});

test('a host can switch the worker off: it goes, with all it kept', async ({ front, person, startSite }) => {
  const mina = await person({ url: front.url, ...WITH_WORKER });
  await mina.openLobby();
  await waitForWorker(mina);
  expect((await keptFiles(mina)).length).toBeGreaterThan(5);
  const without = await startSite({ SERVICE_WORKER: '0' });
  front.target = without.url;
  await mina.openLobby();
  await expect.poll(() => countWorkers(mina), { timeout: 20_000 }).toBe(0);
  expect(await keptFiles(mina)).toEqual([]);
  await mina.openLobby();
  await mina.waitUntilLive();
  await without.remove();
});
