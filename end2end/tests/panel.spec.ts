/** The panel of GIFs: opening it, files before they are sent, and sending without an upload. */

import { EACH_INPUT, PHONE } from '../lib/devices.ts';
import { gif, gifOfBytes, pngNamedGif } from '../lib/gif.ts';
import { holdRequests } from '../lib/held-requests.ts';
import { expectDrawn, expectLooksRight } from '../lib/looks.ts';
import {
  captionField,
  countSent,
  describe,
  dropFiles,
  gifButton,
  openPanel,
  openSection,
  openTab,
  panelOf,
  panelSend,
  previewFiles,
  searchField,
  squares,
} from '../lib/panel.ts';
import { NODES, expect, test } from '../lib/test.ts';

const large = (name: string, tint: number) => gif(name, { width: 240, height: 160, frames: 6, tint });

for (const [input, options] of EACH_INPUT) {
  test(`the panel opens, takes the focus and gives it back: ${input}`, async ({ person, title }, info) => {
    const mina = await person(options);
    await mina.createRoom({ title });
    await mina.sendGif(gif());
    const panel = await openPanel(mina, input);
    await expect(squares(mina)).toHaveCount(1);
    const focused = input === 'touch' ? panel.getByRole('tab').first() : searchField(mina);
    await expect(focused).toBeFocused();
    await expectLooksRight(mina, info.outputPath('panel.png'));
    await mina.page.keyboard.press('Escape');
    await expect(panel).toBeHidden();
    if (input !== 'touch') await expect(gifButton(mina)).toBeFocused();

    await openPanel(mina, input);
    await mina.page.mouse.click(options.viewport!.width / 2, 40);
    await expect(panel).toBeHidden();
  });
}

test('a page loads nothing of the panel before somebody reaches for it', async ({ person, title }) => {
  const mina = await person();
  const asked: string[] = [];
  mina.page.on('request', (request) => void (request.url().includes('/pkg/panel') && asked.push(request.url())));
  await mina.createRoom({ title });
  await mina.say('아직이에요');
  expect(asked).toEqual([]);
  await gifButton(mina).hover();
  await expect.poll(() => asked.length).toBe(2);
});

test('several files go in their order, with a message after the last one', NODES, async ({ person, title }, info) => {
  const [mina, sora] = [await person(), await person({ viewport: PHONE })];
  await mina.createRoom({ title });
  await sora.enterRoom(title);
  await openPanel(mina);
  await previewFiles(mina, [1, 2, 3].map((tint) => gif(`${tint}.gif`, { width: 30 + tint, tint })));
  await expect(panelOf(mina).locator('.thumb')).toHaveCount(3);
  await captionField(mina).fill('세 개예요');
  await expectLooksRight(mina, info.outputPath('files.png'));
  await captionField(mina).press('Enter');
  await expect(panelOf(mina)).toBeHidden();
  await expect(mina.messageBox).toBeFocused();
  await sora.expectMessage('세 개예요');
  await expect(sora.gifs).toHaveCount(3);
  for (const [place, width] of [31, 32, 33].entries()) {
    await expectDrawn(sora.gifs.nth(place));
    expect(await sora.gifs.nth(place).locator('img').evaluate((img: HTMLImageElement) => img.naturalWidth)).toBe(width);
  }
  const entries = await sora.log.locator('li.msg').evaluateAll((all) => all.map((item) => !!item.querySelector('.gif')));
  expect(entries).toEqual([true, true, true, false]);
});

test('a message to a GIF does not go without it, and texts do not wait for either', async ({ person, title }) => {
  const [mina, sora] = [await person(), await person()];
  await mina.createRoom({ title });
  await sora.enterRoom(title);
  const uploads = await holdRequests(mina, '**/api/upload_gif*');
  await openPanel(mina);
  await previewFiles(mina, gif());
  await captionField(mina).fill('이건 안 가요');
  await panelSend(mina).click();
  await expect.poll(uploads.count).toBe(1);
  await mina.say('글은 먼저 가요');
  await sora.expectMessage('글은 먼저 가요');
  await mina.button(['올리기 취소', 'Cancel upload']).click();
  await expect(mina.log.locator('.pending li')).toHaveCount(0);
  await expect.poll(uploads.cancelled).toBe(1);
  uploads.release();
  await mina.say('끝');
  await sora.expectMessage('끝');
  await expect(sora.gifs).toHaveCount(0);
  await expect(sora.message('이건 안 가요')).toHaveCount(0);
});

test('a GIF that could not be sent is tried again, and its message follows', async ({ person, title }) => {
  const [mina, sora] = [await person(), await person()];
  await mina.createRoom({ title });
  await sora.enterRoom(title);
  let failures = 2;
  await mina.page.route('**/api/upload_gif*', (route) => (failures-- > 0 ? route.abort() : route.continue()));
  await openPanel(mina);
  await previewFiles(mina, gif());
  await captionField(mina).fill('다음에 와요');
  await panelSend(mina).click();
  await expect(sora.gifs).toHaveCount(1);
  await sora.expectMessage('다음에 와요');
});

test('dropped files are shown first, and one keystroke sends them', async ({ person, title }) => {
  const [mina, sora] = [await person(), await person()];
  await mina.createRoom({ title });
  await sora.enterRoom(title);
  await dropFiles(mina, [gif('하나.gif'), gif('둘.gif', { tint: 1 })]);
  await expect(panelOf(mina).locator('.thumb')).toHaveCount(2);
  await expect(captionField(mina)).toBeFocused();
  await expect(sora.gifs).toHaveCount(0);
  await dropFiles(mina, [gif('셋.gif', { tint: 2 })]);
  await expect(panelOf(mina).locator('.thumb')).toHaveCount(3);
  await mina.button(['둘.gif 빼기', 'Leave out 둘.gif'], panelOf(mina)).click();
  await expect(panelOf(mina).locator('.thumb')).toHaveCount(2);
  await captionField(mina).press('Enter');
  await expect(sora.gifs).toHaveCount(2);
});

test('what cannot be sent is named, and the others go', async ({ person, title }, info) => {
  const mina = await person({ locale: 'en-US' });
  await mina.createRoom({ title });
  await openPanel(mina);
  await previewFiles(mina, [
    { name: 'notes.txt', mimeType: 'text/plain', buffer: Buffer.from('x') },
    { ...gifOfBytes(0), name: 'empty.gif', buffer: Buffer.alloc(0) },
    gif('good.gif'),
  ]);
  const told = panelOf(mina).getByRole('alert').filter({ visible: true });
  await expect(told).toContainText('notes.txt');
  await expect(told).toContainText('empty.gif');
  await expect(panelOf(mina).locator('.thumb')).toHaveCount(1);
  await expectLooksRight(mina, info.outputPath('refused.png'));
  await panelSend(mina).click();
  await expect(mina.gifs).toHaveCount(1);
  // A file that only looks like a GIF is refused before it is sent.
  await openPanel(mina);
  await previewFiles(mina, pngNamedGif());
  await panelSend(mina).click();
  await expect(mina.log.getByText('not a GIF')).toBeVisible();
});

test('what was sent once goes again without an upload, from the panel and as a file', NODES, async ({ person, title }) => {
  const [mina, sora] = [await person(), await person()];
  await mina.createRoom({ title });
  await sora.enterRoom(title);
  await mina.sendGif(large('움짤.gif', 1));
  const sent = countSent(mina);
  await openPanel(mina);
  await squares(mina).first().click();
  await panelSend(mina).click();
  await expect(sora.gifs).toHaveCount(2);
  await mina.chooseGif(large('같은 움짤.gif', 1));
  await expect(sora.gifs).toHaveCount(3);
  await openPanel(mina);
  await searchField(mina).press('ArrowDown');
  await searchField(mina).press('Enter');
  await expect(sora.gifs).toHaveCount(4);
  await openPanel(mina);
  await squares(mina).first().dblclick();
  await expect(sora.gifs).toHaveCount(5);
  expect(sent()).toBeLessThan(5000);
});

test('what somebody else sent to the room is there to be sent on', async ({ person, title }) => {
  const [mina, sora] = [await person(), await person({ locale: 'en-US' })];
  await mina.createRoom({ title });
  await sora.enterRoom(title);
  await mina.sendGif(gif());
  await openPanel(sora);
  await expect(panelOf(sora).getByText('Nothing here yet.')).toBeVisible();
  await openSection(sora, ['이 방', 'This room']);
  await squares(sora).first().click();
  await describe(sora, 'a ball', true);
  await panelSend(sora).click();
  await expect(mina.gifs).toHaveCount(2);
  await expect(mina.gifs.last().locator('.veil')).toContainText('a ball');
});

test('where the panel cannot be loaded, files can still be sent, and trying again helps', async ({ person, title }) => {
  const mina = await person();
  await mina.createRoom({ title });
  await mina.page.route('**/pkg/panel*', (route) => route.abort());
  await gifButton(mina).click();
  await expect(panelOf(mina).getByText('GIF 창을 불러오지 못했어요')).toBeVisible();
  const chooser = mina.page.waitForEvent('filechooser');
  await mina.button(['파일 그대로 보내기', 'Send a file as it is']).click();
  await (await chooser).setFiles(gif());
  await expect(mina.gifs).toHaveCount(1);

  await mina.page.unroute('**/pkg/panel*');
  await gifButton(mina).click();
  await expect(squares(mina)).toHaveCount(1);
  await openTab(mina, 'file');
  await expect(panelOf(mina).getByText('여기로 끌어다')).toBeVisible();
});

test('offline the panel says so, and fetches again on request', async ({ person, title }, info) => {
  const mina = await person({ viewport: PHONE });
  await mina.createRoom({ title });
  await mina.page.route('**/api/my_gifs*', (route) => route.abort());
  await openPanel(mina);
  await expect(panelOf(mina).getByText('내 GIF를 불러오지 못했어요')).toBeVisible();
  await expectLooksRight(mina, info.outputPath('offline.png'));
  await mina.page.unroute('**/api/my_gifs*');
  await mina.button(['다시 시도', 'Try again'], panelOf(mina)).click();
  await expect(panelOf(mina).getByText('아직 아무것도 없어요')).toBeVisible();
});

test('a shelf of 5,000 is found through as fast as one types, and few of them are in the page', async ({ person, title }) => {
  const mina = await person();
  await mina.createRoom({ title });
  const items = Array.from({ length: 5000 }, (_, n) => ({
    gif: { sha: n.toString(16).padStart(64, '0'), width: 9, height: 9, frames: 2, duration_ms: 200, bytes: 900 },
    label: { name: `움짤 ${n} 고양이가 하품하는 아주 긴 이름`, tags: ['고양이', '하품'], folder: '동물' },
    kept: true,
    used_at: 1,
  }));
  // The server sends one page of GIFs at a time, and refuses too many requests in a row.
  const PAGE = 600;
  let hasRefused = false;
  await mina.page.route('**/api/my_gifs*', (route) => {
    const after = new URL(route.request().url()).searchParams.get('after');
    const from = after ? parseInt(after, 16) + 1 : 0;
    if (from === PAGE && !hasRefused) {
      hasRefused = true;
      return route.fulfill({ status: 429, json: { TooMany: { of: 'Search', retry_after: 1 } } });
    }
    const page = items.slice(from, from + PAGE);
    const next = from + PAGE < items.length ? page.at(-1)!.gif.sha : undefined;
    return route.fulfill({ json: { items: page, known: [], next } });
  });
  await mina.page.route('**/shelf/**', (route) => route.fulfill({ body: gif().buffer, contentType: 'image/gif' }));
  const loaded = mina.page.waitForResponse(/\/pkg\/.*\.wasm/);
  await gifButton(mina).hover();
  await loaded;
  const clicked = Date.now();
  await openPanel(mina);
  const usable = Date.now() - clicked;
  await expect(squares(mina).first()).toBeVisible();
  const listed = Date.now() - clicked;
  expect(await squares(mina).count()).toBeLessThan(60);
  /** Milliseconds from typing this text until the page has changed, and until that is drawn. */
  const types = (text: string): Promise<{ changed: number; drawn: number }> =>
    mina.page.evaluate(async (text) => {
      const field = document.querySelector<HTMLInputElement>('.panel-search input')!;
      const task = new MessageChannel();
      const done = new Promise((resolve) => (task.port1.onmessage = resolve));
      const began = performance.now();
      field.value = text;
      field.dispatchEvent(new Event('input', { bubbles: true }));
      // The search and all that it changes run before the next task.
      task.port2.postMessage(undefined);
      await done;
      const changed = performance.now() - began;
      await new Promise((drawn) => requestAnimationFrame(() => requestAnimationFrame(drawn)));
      return { changed, drawn: performance.now() - began };
    }, text);
  const keys = [];
  for (const text of ['ㅎ', 'ㅎㅍ', 'ㅎㅍㅎ', 'ㅎㅍㅎㄴ', '49', '499', '4999']) keys.push(await types(text));
  const [changed, drawn] = [keys.map(({ changed }) => changed), keys.map(({ drawn }) => drawn)];
  const said = (millis: number[]): string => millis.map((time) => time.toFixed(1)).join(', ');
  console.log(`usable after ${usable} ms, listed after ${listed} ms; keys: changed ${said(changed)}, drawn ${said(drawn)} ms`);
  await expect(squares(mina)).toHaveCount(1);
  // (This is the median. A single key may have been delayed by other work of the machine.)
  expect([...drawn].sort((a, b) => a - b)[3]).toBeLessThan(200);
  await types('');
  await searchField(mina).press('ArrowDown');
  for (let n = 0; n < 40; n++) await searchField(mina).press('PageDown');
  await expect(panelOf(mina).locator('.square.at')).toBeInViewport();
  expect(await squares(mina).count()).toBeLessThan(60);
});
