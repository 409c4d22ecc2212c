/** What the server makes of GIFs after they were sent: stills, light copies, and the fact whether they flash. */

import type { Locator } from '@playwright/test';

import { gif, gifOfFrames } from '../lib/gif.ts';
import { addressOf, whisperTo } from '../lib/messages.ts';
import { threeInRoom } from '../lib/people.ts';
import { NODES, expect, test } from '../lib/test.ts';

/** How long all of it may take here, while other tests run. */
const MADE = { timeout: 30_000 };

function imageOf(message: Locator): Locator {
  return message.locator('.gif img');
}

/** The colour in the middle of a picture that is shown. */
async function middleOf(image: Locator): Promise<number[]> {
  return image.evaluate(async (image: HTMLImageElement) => {
    await image.decode();
    const canvas = document.createElement('canvas');
    [canvas.width, canvas.height] = [image.naturalWidth, image.naturalHeight];
    const context = canvas.getContext('2d')!;
    context.drawImage(image, 0, 0);
    return [...context.getImageData(canvas.width / 2, canvas.height / 2, 1, 1).data];
  });
}

test('a GIF is shown by its light copy as soon as there is one, also after a reload', NODES, async ({ person, title }) => {
  const [mina, sora] = [await person(), await person()];
  const room = await mina.createRoom({ title });
  await sora.enterByLink(room);
  await sora.waitUntilLive();
  await mina.sendGif(gif('움짤.gif', { width: 320, height: 240, frames: 12 }));
  for (const someone of [mina, sora]) {
    await expect(imageOf(someone.gifs.first())).toHaveAttribute('src', /\/light$/, MADE);
  }
  const fetched: string[] = [];
  sora.page.on('request', (request) => {
    const { pathname } = new URL(request.url());
    if (pathname.startsWith('/gif/')) fetched.push(pathname);
  });
  await sora.page.reload();
  await sora.waitUntilLive();
  await expect(imageOf(sora.gifs.first())).toHaveAttribute('src', /\/light$/);
  expect(fetched.every((path) => path.endsWith('/light')), fetched.join(' ')).toBe(true);
  const address = (await imageOf(sora.gifs.first()).getAttribute('src'))!;
  const [light, whole] = [await sora.context.request.get(address), await sora.context.request.get(address.replace('/light', ''))];
  expect(light.headers()['content-type']).toBe('image/webp');
  expect(whole.headers()['content-type']).toBe('image/gif');
  expect((await light.body()).length).toBeLessThan(0.8 * (await whole.body()).length);
});

test('the two people of a whisper hear of its GIF, and nobody else does', NODES, async ({ person, title }) => {
  const [mina, sora, juno] = await threeInRoom(person, title);
  await whisperTo(mina, sora);
  const address = await addressOf(await mina.sendGif(gif('비밀.gif', { width: 320, height: 240, frames: 12, tint: 3 })));
  for (const someone of [mina, sora]) {
    await expect(imageOf(someone.gifs.first())).toHaveAttribute('src', /\/light$/, MADE);
  }
  await sora.say('들리는 말');
  await juno.expectMessage('들리는 말');
  const [told, sha] = [juno.frames.received.join('\n'), address.split('/').at(-1)!];
  expect(sha).toMatch(/^[0-9a-f]{64}$/);
  expect(told).toContain('들리는 말');
  expect(told).not.toContain(sha);
  expect(sora.frames.received.join('\n')).toContain(sha);
});

test('a page that was cut off while a GIF was looked at asks when it is back', NODES, async ({ person, relay, title }) => {
  const [mina, sora] = [await person(), await person({ relay })];
  const room = await mina.createRoom({ title });
  await sora.enterByLink(room);
  await sora.waitUntilLive();
  relay.cut();
  await mina.sendGif(gif('움짤.gif', { width: 320, height: 240, frames: 12, tint: 4 }));
  await expect(imageOf(mina.gifs.first())).toHaveAttribute('src', /\/light$/, MADE);
  await expect(sora.gifs).toHaveCount(0);
  relay.restore();
  await expect(imageOf(sora.gifs.first())).toHaveAttribute('src', /\/light$/, MADE);
});

test('the still is of the first frame that shows something', async ({ person, title }) => {
  const mina = await person();
  await mina.createRoom({ title });
  await mina.page.emulateMedia({ reducedMotion: 'reduce' });
  await mina.sendGif(gifOfFrames(['black', 'black', 'picture', 'picture']));
  const image = imageOf(mina.gifs.first());
  await mina.page.reload();
  await mina.waitUntilLive();
  await expect(image).toHaveAttribute('src', /\/still\?webp$/, MADE);
  expect((await middleOf(image)).slice(0, 3).reduce((sum, part) => sum + part)).toBeGreaterThan(100);
});

test('a GIF that flashes is veiled until somebody asks for it, and a calm one is not', async ({ person, title }) => {
  const [mina, sora] = [await person(), await person()];
  const room = await mina.createRoom({ title });
  await sora.enterByLink(room);
  await sora.waitUntilLive();
  await mina.sendGif(gifOfFrames(['black', 'white'], 8));
  const flashing = sora.gifs.first();
  await expect(flashing.locator('.veil')).toContainText('번쩍', MADE);
  await expect(imageOf(flashing)).not.toHaveAttribute('src', /./);
  await mina.sendGif(gif('움짤.gif', { width: 320, height: 240, frames: 12, tint: 1 }));
  await expect(imageOf(sora.gifs.nth(1))).toHaveAttribute('src', /\/light$/, MADE);
  await sora.page.reload();
  await sora.waitUntilLive();
  await expect(flashing.locator('.veil')).toContainText('번쩍');
  await flashing.locator('.veil').click();
  await expect(flashing.locator('.veil')).toHaveCount(0);
  await expect(imageOf(flashing)).toHaveAttribute('src', /^\/gif\//);
});
