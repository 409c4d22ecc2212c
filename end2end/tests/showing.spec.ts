/** How GIFs are shown: their descriptions, their veils, and how they play for each reader. */

import type { Locator, Page } from '@playwright/test';

import { gif, type Upload } from '../lib/gif.ts';
import { chooseMessageAction, remove } from '../lib/messages.ts';
import { describe, openPanel, panelSend, previewFiles } from '../lib/panel.ts';
import { NODES, expect, test, type Person } from '../lib/test.ts';

/** The veil over a GIF: a link that shows it. */
function veilOf(message: Locator): Locator {
  return message.locator('.veil');
}

/** The addresses of GIFs that a page requests from now on. */
function requestsForGifs(page: Page): string[] {
  const asked: string[] = [];
  page.on('request', (request) => {
    const { pathname } = new URL(request.url());
    if (pathname.startsWith('/gif/')) asked.push(pathname);
  });
  return asked;
}

/** Sends a GIF with a description, and behind a veil if `veiled`. */
async function sendShown(someone: Person, file: Upload, description: string, veiled: boolean): Promise<void> {
  const before = await someone.gifs.count();
  await openPanel(someone);
  await previewFiles(someone, file);
  await describe(someone, description, veiled);
  await panelSend(someone).click();
  await expect(someone.gifs).toHaveCount(before + 1);
  await expect(someone.log.locator('.pending li')).toHaveCount(0);
}

async function choosePlayback(someone: Person, label: [string, string]): Promise<void> {
  const kept = someone.page.waitForResponse('**/api/set_gifs*');
  await someone.button(label, someone.page.locator('.people .gif-settings')).click();
  await kept;
}

const NEVER: [string, string] = ['멈춰 두기', 'Never'];
const ONCE: [string, string] = ['한 번만', 'Once'];
const VEIL_ALL: [string, string] = ['모두 가려 두기', 'Hide all until tapped'];

test('what a GIF shows is said to who cannot see it, and its author and the owner can change that', NODES, async ({ person, title }) => {
  const [mina, sora, juno] = [await person(), await person({ locale: 'en-US' }), await person()];
  const room = await mina.createRoom({ title });
  for (const other of [sora, juno]) {
    await other.enterByLink(room);
    await other.waitUntilLive();
  }
  await sendShown(sora, gif('움짤.gif', { width: 240, height: 160 }), 'a cat <b>yawns</b>', false);
  for (const someone of [mina, sora, juno]) {
    await expect(someone.page.getByRole('img', { name: 'a cat <b>yawns</b>' })).toBeVisible();
  }

  await chooseMessageAction(mina, mina.gifs.first(), 'showing');
  const field = mina.dialog.locator('input[name=description]');
  await expect(field).toHaveValue('a cat <b>yawns</b>');
  await field.fill('하품하는 고양이');
  await mina.button(['저장', 'Save'], mina.dialog).click();
  await expect(mina.dialog).toBeHidden();
  for (const someone of [mina, sora, juno]) {
    await expect(someone.page.getByRole('img', { name: '하품하는 고양이' })).toBeVisible();
  }
  await juno.page.reload();
  await expect(juno.page.getByRole('img', { name: '하품하는 고양이' })).toBeVisible();
  // Another person than the author and the owner may not change it.
  await juno.gifs.first().hover();
  await juno.button(['메시지 메뉴', 'Message menu'], juno.gifs.first()).click();
  await expect(juno.menu).toBeVisible();
  await expect(juno.menu.getByRole('button', { name: '설명·가리기' })).toHaveCount(0);
  await juno.page.keyboard.press('Escape');

  await remove(mina, mina.gifs.first());
  await expect(juno.page.getByRole('img', { name: '하품하는 고양이' })).toHaveCount(0);
  const page = await (await juno.context.request.get(`/room/${room}`)).text();
  expect(page).not.toContain('하품하는');
});

test('a veiled GIF is not even fetched before somebody asks for it', NODES, async ({ person, title }) => {
  const [mina, sora] = [await person(), await person()];
  const room = await mina.createRoom({ title });
  await sora.enterByLink(room);
  await sora.waitUntilLive();
  const asked = requestsForGifs(sora.page);
  await sendShown(mina, gif('움짤.gif', { width: 240, height: 160 }), '결말이 나오는 장면', true);
  const veil = veilOf(sora.gifs.first());
  await expect(veil).toBeVisible();
  await expect(veil).toContainText('결말이 나오는 장면');
  await sora.page.reload();
  await sora.waitUntilLive();
  await expect(veil).toBeVisible();
  expect(asked).toEqual([]);
  await veil.focus();
  await sora.page.keyboard.press('Enter');
  await expect(veil).toBeHidden();
  await expect(sora.gifs.first().getByRole('img', { name: '결말이 나오는 장면' })).toBeVisible();
  await expect.poll(() => asked.length).toBeGreaterThan(0);
  // The others still have not seen it.
  await expect(veilOf(mina.gifs.first())).toBeVisible();
});

test('who wants that sees every GIF veiled, and so does a room whose owner wants it', async ({ person, title }) => {
  const [mina, sora] = [await person(), await person()];
  const room = await mina.createRoom({ title });
  await sora.enterByLink(room);
  await sora.waitUntilLive();
  await mina.sendGif(gif('움짤.gif', { width: 240, height: 160 }));
  await expect(veilOf(sora.gifs.first())).toHaveCount(0);
  await choosePlayback(sora, VEIL_ALL);
  await expect(veilOf(sora.gifs.first())).toBeVisible();
  await expect(veilOf(mina.gifs.first())).toHaveCount(0);
  const asked = requestsForGifs(sora.page);
  await sora.page.reload();
  await sora.waitUntilLive();
  await expect(veilOf(sora.gifs.first())).toBeVisible();
  expect(asked).toEqual([]);
  await choosePlayback(sora, VEIL_ALL);
  await expect(veilOf(sora.gifs.first())).toHaveCount(0);

  await mina.button(['방 설정', 'Room settings']).click();
  await mina.dialog.locator('select[name=veil]').selectOption('true');
  await mina.button(['저장', 'Save'], mina.dialog).click();
  await expect(mina.dialog).toBeHidden();
  await expect(veilOf(sora.gifs.first())).toBeVisible();
  await expect(sora.log.getByText('GIF 가려 두기')).toBeVisible();
});

test('a reader for whom GIFs never play fetches only stills, until they play one', async ({ person, title }) => {
  const [mina, sora] = [await person(), await person()];
  const room = await mina.createRoom({ title });
  await mina.sendGif(gif('움짤.gif', { width: 240, height: 160 }));
  await sora.enterByLink(room);
  await sora.waitUntilLive();
  await choosePlayback(sora, NEVER);
  await sora.page.evaluate(() => caches.keys().then((names) => Promise.all(names.map((name) => caches.delete(name)))).catch(() => undefined));
  const asked = requestsForGifs(sora.page);
  await sora.page.reload();
  await sora.waitUntilLive();
  const image = sora.gifs.first().getByRole('img');
  await expect(image).toHaveAttribute('src', /\/still/);
  await mina.sendGif(gif('또.gif', { width: 240, height: 160, tint: 2 }));
  await expect(sora.gifs).toHaveCount(2);
  await expect(sora.gifs.nth(1).getByRole('img')).toHaveAttribute('src', /\/still/);
  expect(asked.filter((path) => !path.endsWith('/still'))).toEqual([]);
  await sora.button(['GIF 재생', 'Play GIF'], sora.gifs.first()).press(' ');
  await expect(image).not.toHaveAttribute('src', /\/still/);
});

test('a reader who saves data fetches only stills at first', async ({ person, title }) => {
  const mina = await person();
  const room = await mina.createRoom({ title });
  await mina.sendGif(gif('움짤.gif', { width: 240, height: 160 }));
  const sora = await person({ extraHTTPHeaders: { 'Save-Data': 'on' } });
  const asked = requestsForGifs(sora.page);
  await sora.enterByLink(room);
  await sora.waitUntilLive();
  await expect(sora.gifs.first().getByRole('img')).toHaveAttribute('src', /\/still/);
  expect(asked.filter((path) => !path.endsWith('/still'))).toEqual([]);
});

test('a GIF that plays once stands still after its loop, and plays once more when asked', async ({ person, title }) => {
  const [mina, sora] = [await person(), await person()];
  const room = await mina.createRoom({ title });
  await mina.sendGif(gif('움짤.gif', { width: 240, height: 160 }));
  await sora.enterByLink(room);
  await sora.waitUntilLive();
  await choosePlayback(sora, ONCE);
  const image = sora.gifs.first().getByRole('img');
  await sora.page.reload();
  await sora.waitUntilLive();
  await expect(image).toHaveAttribute('src', /\/still/);
  await sora.button(['GIF 재생', 'Play GIF'], sora.gifs.first()).click();
  await expect(image).not.toHaveAttribute('src', /\/still/);
  await expect(image).toHaveAttribute('src', /\/still/);
});

test('without JavaScript a veil is a link, and the choices are kept', async ({ person, title }) => {
  const mina = await person();
  const room = await mina.createRoom({ title });
  await sendShown(mina, gif('움짤.gif', { width: 240, height: 160 }), '결말', true);
  const plain = await person({ javaScriptEnabled: false });
  await plain.page.goto(`/room/${room}`);
  const enter = plain.page.locator('form[action*=enter_room] button');
  if (await enter.count()) await enter.first().click();
  const log = plain.page.frameLocator('.log-frame');
  await expect(log.locator('.veil')).toBeVisible();
  await expect(log.locator('.veil')).toHaveAttribute('href', /^\/gif\//);
  await expect(log.locator('.gif img')).not.toHaveAttribute('src', /./);
  await plain.page.goto('/');
  await plain.page.locator('.me').click();
  await plain.button(NEVER, plain.page.locator('.me-card')).click();
  await plain.page.locator('.me').click();
  await expect(plain.button(NEVER, plain.page.locator('.me-card'))).toHaveAttribute('aria-pressed', 'true');
});
