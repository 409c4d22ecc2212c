/** When GIFs move: only where a person may be looking, and as the person chooses by keyboard. */

import type { Locator } from '@playwright/test';

import { gif } from '../lib/gif.ts';
import { setFocus } from '../lib/notifications.ts';
import { NODES, expect, test, type Person } from '../lib/test.ts';

/** How long light copies may take here, while other tests run. */
const MADE = { timeout: 30_000 };

/** The address of what plays: the light copy, or the GIF itself if no copy is much smaller. */
const PLAYING = /\/[0-9a-f]{64}(\/light)?$/;

/** How long GIFs go on playing in a window without the focus, in milliseconds. */
const UNTIL_REST = 60_000;

const PLAY = 'GIF 재생';
const PAUSE = 'GIF 멈추기';

function imageOf(message: Locator): Locator {
  return message.locator('.gif img');
}

function toggleOf(message: Locator): Locator {
  return message.locator('.gif').getByRole('button');
}

async function expectPlaying(message: Locator): Promise<void> {
  await expect(imageOf(message)).toHaveAttribute('src', PLAYING, MADE);
}

async function expectStill(message: Locator): Promise<void> {
  await expect(imageOf(message)).toHaveAttribute('src', /\/still\?webp$/, MADE);
}

/** How many frames the file has that the page shows. */
async function framesShown(message: Locator): Promise<number> {
  // Until Chromium has read the size of a new file, it says that the image has none.
  await expect(imageOf(message)).not.toHaveJSProperty('currentSrc', '');
  return imageOf(message).evaluate(async (image: HTMLImageElement) => {
    const answer = await fetch(image.currentSrc);
    const decoder = new ImageDecoder({ data: await answer.arrayBuffer(), type: answer.headers.get('content-type')! });
    await Promise.all([decoder.completed, decoder.tracks.ready]);
    return decoder.tracks.selectedTrack!.frameCount;
  });
}

/** Whether a person with a GIF in view sees it move. */
async function seesItMove(message: Locator): Promise<boolean> {
  const [before, after] = [await imageOf(message).screenshot(), await imageOf(message).screenshot()];
  return !before.equals(after);
}

/** Two people in a room with a GIF that plays. */
async function withGif(mina: Person, sora: Person, title: string): Promise<Locator> {
  const room = await mina.createRoom({ title });
  await mina.sendGif(gif('움짤.gif', { width: 320, height: 240, frames: 12 }));
  await sora.enterByLink(room);
  await expectPlaying(sora.gifs.first());
  return sora.gifs.first();
}

test('in a window that has been without the focus for a minute, nothing moves until it has the focus', NODES, async ({ person, title }) => {
  const [mina, sora] = [await person(), await person()];
  await sora.page.clock.install();
  const seen = await withGif(mina, sora, title);
  await expect.poll(() => seesItMove(seen)).toBe(true);
  // For a person who comes back in between, a whole minute begins again.
  for (let round = 0; round < 2; round++) {
    await setFocus(sora, false);
    await sora.page.clock.fastForward(UNTIL_REST - 20_000);
    await expectPlaying(seen);
    await setFocus(sora, true);
  }
  await setFocus(sora, false);
  await sora.page.clock.fastForward(UNTIL_REST - 20_000);
  await expectPlaying(seen);
  await sora.page.clock.fastForward(20_000);
  await expectStill(seen);
  expect(await framesShown(seen)).toBe(1);
  // A GIF that arrives meanwhile does not move either.
  await mina.sendGif(gif('또.gif', { width: 320, height: 240, frames: 12, tint: 2 }));
  await expectPlaying(mina.gifs.nth(1));
  await expectStill(sora.gifs.nth(1));
  await setFocus(sora, true);
  for (const message of await sora.gifs.all()) await expectPlaying(message);
  expect(await framesShown(seen)).toBe(12);
  await expect.poll(() => seesItMove(seen)).toBe(true);
});

test('GIFs that are scrolled away stand still', async ({ person, title }) => {
  const [mina, sora] = [await person(), await person()];
  const room = await mina.createRoom({ title });
  for (let tint = 0; tint < 6; tint++) {
    const answer = await mina.uploadByApi(room, gif(`${tint}.gif`, { width: 320, height: 240, frames: 12, tint }));
    expect(answer.status()).toBe(200);
  }
  await sora.enterByLink(room);
  await expect(sora.gifs).toHaveCount(6);
  const [first, last] = [sora.gifs.first(), sora.gifs.last()];
  for (const [shown, hidden] of [[last, first], [first, last], [last, first]] as const) {
    await shown.scrollIntoViewIfNeeded();
    await expectPlaying(shown);
    await expectStill(hidden);
  }
});

test('a GIF is played and stopped by Space and by Enter, and its button says what it does', NODES, async ({ person, title }) => {
  const [mina, sora] = [await person(), await person()];
  const seen = await withGif(mina, sora, title);
  const toggle = toggleOf(seen);
  await expect(toggle).toHaveAccessibleName(PAUSE);
  await sora.tabTo(toggle);
  for (const key of ['Space', 'Enter']) {
    await sora.page.keyboard.press(key);
    await expectStill(seen);
    await expect(toggle).toHaveAccessibleName(PLAY);
    await expect(toggle).toBeFocused();
    await sora.page.keyboard.press(key);
    await expectPlaying(seen);
    await expect(toggle).toHaveAccessibleName(PAUSE);
    await expect(toggle).toBeFocused();
  }
});

test('which way GIFs play is chosen by the keyboard, and said as pressed', async ({ person, title }) => {
  const [mina, sora] = [await person(), await person()];
  const seen = await withGif(mina, sora, title);
  const choices = sora.page.locator('.people .gif-settings');
  const [always, never] = [choices.getByRole('button', { name: '늘 재생' }), choices.getByRole('button', { name: '멈춰 두기' })];
  await never.focus();
  await sora.page.keyboard.press('Space');
  await expect(never).toHaveAttribute('aria-pressed', 'true');
  await expect(always).toHaveAttribute('aria-pressed', 'false');
  await expectStill(seen);
  await expect(toggleOf(seen)).toHaveAccessibleName(PLAY);
  await always.focus();
  await sora.page.keyboard.press('Enter');
  await expect(always).toHaveAttribute('aria-pressed', 'true');
  await expect(never).toHaveAttribute('aria-pressed', 'false');
  await expectPlaying(seen);
});

test('a screen reader is told what a GIF shows, and nothing of its mark', async ({ person, title }) => {
  const [mina, sora] = [await person(), await person({ locale: 'en-US' })];
  const room = await mina.createRoom({ title });
  for (const description of ['하품하는 고양이', '']) {
    const file = gif('움짤.gif', { width: 320, height: 240, frames: 12, tint: description.length });
    const answer = await mina.uploadByApi(room, file, description ? { description } : {});
    expect(answer.status()).toBe(200);
  }
  await sora.enterByLink(room);
  await expectPlaying(sora.gifs.last());
  const [described, plain] = await Promise.all([sora.gifs.first(), sora.gifs.last()].map((message) => message.locator('.gif').ariaSnapshot()));
  expect(described!.split('\n')).toEqual(['- img "하품하는 고양이"', '- button "Pause GIF"']);
  expect(plain!.split('\n')).toEqual([expect.stringMatching(/^- img "GIF (by|from) .+"$/), '- button "Pause GIF"']);
});
