/** A person's own GIFs: keeping, naming, finding, saving and loading them. */

import { readFile } from 'node:fs/promises';

import { gif } from '../lib/gif.ts';
import { expectLooksRight } from '../lib/looks.ts';
import { chooseMessageAction, remove } from '../lib/messages.ts';
import { label, openPanel, openSection, panelOf, panelSend, searchField, squares } from '../lib/panel.ts';
import { NODES, expect, test, type Person } from '../lib/test.ts';

const FAVOURITES = ['즐겨찾기', 'Favourites'] as const;
const GIF_OF_64_KIB = { width: 200, height: 160, frames: 2 };

async function close(someone: Person): Promise<void> {
  await someone.page.keyboard.press('Escape');
  await expect(panelOf(someone)).toBeHidden();
}

/** The pictures of the panel have loaded. */
async function expectPictures(someone: Person): Promise<void> {
  await expect
    .poll(() => squares(someone).locator('img').evaluateAll((all) => (all as HTMLImageElement[]).every((img) => img.naturalWidth > 0)))
    .toBe(true);
}

test('a GIF of somebody else is kept, named, and found by what was typed', NODES, async ({ person, title }, info) => {
  const [mina, sora] = [await person(), await person()];
  await mina.createRoom({ title });
  await sora.enterRoom(title);
  for (const tint of [0, 1, 2]) await mina.sendGif(gif(`${tint}.gif`, { tint }));
  await chooseMessageAction(sora, sora.gifs.nth(1), 'keep');
  await expect(sora.page.getByText('내 GIF에 담았어요.')).toBeVisible();

  await openPanel(sora);
  await openSection(sora, FAVOURITES);
  await expect(squares(sora)).toHaveCount(1);
  await squares(sora).first().click();
  await label(sora, '귀여워', '고양이, #하품', '동물');
  await expect(squares(sora).first()).toHaveAccessibleName('귀여워');
  await expectPictures(sora);
  await expectLooksRight(sora, info.outputPath('named.png'));
  await openSection(sora, ['동물', '동물']);
  await expect(squares(sora)).toHaveCount(1);
  for (const query of ['ㄱㅇㅇ', '귀엽'.slice(0, 1), '하품', '동물', '귀여ㅇ']) {
    await searchField(sora).fill(query);
    await expect(squares(sora), query).toHaveCount(1);
  }
  await searchField(sora).fill('ㅋㅋㅋ');
  await expect(panelOf(sora).getByText('맞는 GIF가 없어요.')).toBeVisible();
  await searchField(sora).fill('ㄱㅇㅇ');
  await expect(squares(sora)).toHaveCount(1);
  await searchField(sora).press('Enter');
  await expect(mina.gifs).toHaveCount(4);
});

test('/gif finds them while one types, and sends the marked one', async ({ person, title }, info) => {
  const [mina, sora] = [await person(), await person()];
  await mina.createRoom({ title });
  await sora.enterRoom(title);
  for (const tint of [0, 1]) await mina.sendGif(gif(`${tint}.gif`, { tint }));
  await openPanel(mina);
  await squares(mina).first().click();
  await label(mina, '신나는 춤', '', '');
  await close(mina);

  await mina.messageBox.fill('/gif ');
  const strip = mina.page.locator('.strip');
  await expect(strip.getByRole('button')).toHaveCount(2);
  await mina.messageBox.fill('/gif ㅅㄴ');
  await expect(strip.getByRole('button')).toHaveCount(1);
  await expectLooksRight(mina, info.outputPath('strip.png'));
  await mina.messageBox.press('Enter');
  await expect(sora.gifs).toHaveCount(3);
  await expect(strip).toBeHidden();
  await expect(mina.messageBox).toHaveValue('');
  await expect(mina.messageBox).toBeFocused();

  await mina.messageBox.fill('/gif 없는 것');
  await expect(strip.getByText('맞는 GIF가 없어요.')).toBeVisible();
  await mina.messageBox.press('Enter');
  await expect(mina.messageBox).toHaveValue('/gif 없는 것');
  await mina.messageBox.press('Escape');
  await expect(strip).toBeHidden();

  await mina.messageBox.fill('/gif');
  await expect(strip.getByRole('button')).toHaveCount(2);
  await mina.messageBox.press('ArrowRight');
  await expect(strip.getByRole('button').nth(1)).toHaveClass(/at/);
  await mina.messageBox.press('Enter');
  await expect(sora.gifs).toHaveCount(4);
  await expect(sora.message('/gif')).toHaveCount(0);
});

test('a favourite outlives its room, and taking it off can be undone', async ({ person, title }) => {
  const mina = await person();
  await mina.createRoom({ title });
  const sent = await mina.sendGif(gif());
  await chooseMessageAction(mina, sent, 'keep');
  await expect(mina.page.getByText('내 GIF에 담았어요.')).toBeVisible();
  await mina.leaveAsLast();
  await mina.createRoom({ title: `${title} 2` });
  await openPanel(mina);
  await expect(squares(mina)).toHaveCount(1);
  await expectPictures(mina);
  await squares(mina).first().click();
  await mina.button(['내 GIF에서 빼기', 'Remove from my GIFs'], panelOf(mina)).click();
  await expect(squares(mina)).toHaveCount(0);
  await mina.button(['되돌리기', 'Undo'], panelOf(mina)).click();
  await expect(squares(mina)).toHaveCount(1);
  await squares(mina).first().click();
  await panelSend(mina).click();
  await expect(mina.gifs).toHaveCount(1);

  await openPanel(mina);
  await squares(mina).first().click();
  const dropped = mina.page.waitForResponse('**/api/drop_gif*');
  await mina.button(['내 GIF에서 빼기', 'Remove from my GIFs'], panelOf(mina)).click();
  await close(mina);
  await dropped;
  await openPanel(mina);
  await expect(panelOf(mina).getByText('아직 아무것도 없어요')).toBeVisible();
});

test('a removed message takes its GIF off all shelves', NODES, async ({ person, title }) => {
  const [mina, sora] = [await person(), await person()];
  await mina.createRoom({ title });
  await sora.enterRoom(title);
  const sent = await mina.sendGif(gif());
  await openPanel(mina);
  await expect(squares(mina)).toHaveCount(1);
  await close(mina);
  await remove(mina, sent);
  for (const someone of [mina, sora]) {
    await openPanel(someone);
    await expect(panelOf(someone).getByText('아직 아무것도 없어요')).toBeVisible();
    await expect(squares(someone)).toHaveCount(0);
  }
});

test('a shelf is saved to a file, and loaded by another browser', async ({ person, title }, info) => {
  const [mina, sora] = [await person(), await person()];
  await mina.createRoom({ title });
  for (const tint of [0, 1, 2]) await mina.sendGif(gif(`${tint}.gif`, { tint }));
  await openPanel(mina);
  await squares(mina).first().click();
  await label(mina, '춤추는 공', '공', '놀이');
  await close(mina);
  await openPanel(mina);
  const download = mina.page.waitForEvent('download');
  await panelOf(mina).getByRole('link', { name: '파일로 저장' }).click();
  const file = await (await download).path();
  expect((await readFile(file, 'utf8')).split('\n')[0]).toContain('gifchat shelf');

  await sora.createRoom({ title: `${title} 2` });
  await openPanel(sora);
  // One line is broken, and the server is busy once.
  let refusals = 1;
  const busy = { status: 429, json: { TooMany: { of: 'Upload', retry_after: 1 } } };
  await sora.page.route('**/api/shelve_gif*', (route) => (refusals-- > 0 ? route.fulfill(busy) : route.continue()));
  const lines = `${(await readFile(file, 'utf8')).trimEnd()}\n{"gif":"R0lG","name":"깨진 것"}\n`;
  const saved = { name: '내 GIF.gifs', mimeType: 'application/octet-stream', buffer: Buffer.from(lines) };
  await panelOf(sora).getByLabel('파일에서 불러오기').setInputFiles(saved);
  await expect(panelOf(sora).getByText('3개를 불러왔고 1개는 안 됐어요.')).toBeVisible();
  await expect(panelOf(sora).getByText(/^깨진 것: /)).toBeVisible();
  await searchField(sora).fill('ㅊㅊㄴ');
  await expect(squares(sora)).toHaveCount(1);
  await expectPictures(sora);
  await expectLooksRight(sora, info.outputPath('loaded.png'));
  await searchField(sora).fill('');
  await panelOf(sora).getByLabel('파일에서 불러오기').setInputFiles({ name: 'x.gifs', mimeType: 'text/plain', buffer: Buffer.from('{}\n') });
  await expect(panelOf(sora).getByText('gifchat에서 저장한 파일이 아니에요.')).toBeVisible();
});

test.describe('a shelf that is full', () => {
  test.use({ settings: { SHELF_VISITOR_BYTES: String(100 * 1024) } });

  test('is told when one more is kept', async ({ person, title }) => {
    const [mina, sora] = [await person(), await person()];
    await mina.createRoom({ title });
    await sora.enterRoom(title);
    for (const tint of [0, 1]) await mina.sendGif(gif(`${tint}.gif`, { ...GIF_OF_64_KIB, tint }));
    await chooseMessageAction(sora, sora.gifs.first(), 'keep');
    await expect(sora.page.getByText('내 GIF에 담았어요.')).toBeVisible();
    await chooseMessageAction(sora, sora.gifs.last(), 'keep');
    await expect(sora.page.locator('.composer-notice').filter({ visible: true })).not.toContainText('담았어요');
  });
});
