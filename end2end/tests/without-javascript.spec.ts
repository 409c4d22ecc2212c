import type { FrameLocator } from '@playwright/test';

import { gif, truncatedGif } from '../lib/gif.ts';
import { LEFT } from '../lib/person.ts';
import { NODES, expect, test, type Person } from '../lib/test.ts';

const NO_SCRIPT = { javaScriptEnabled: false };

// Without scripts the log is in a frame that reloads itself, so these steps differ from those of lib/person.ts.

function logFrame(someone: Person): FrameLocator {
  return someone.page.frameLocator('iframe');
}

async function expectInside(someone: Person): Promise<void> {
  await expect(logFrame(someone).getByRole('log', { name: '채팅 내용' })).toBeVisible();
}

async function createRoom(someone: Person, title: string, password = ''): Promise<void> {
  await someone.openLobby();
  await someone.clickNewRoom();
  await someone.fillInRoom({ title, capacity: 5, password });
  await someone.submitRoom();
  await expectInside(someone);
}

async function say(someone: Person, text: string): Promise<void> {
  await someone.send(text);
  await expect(logFrame(someone).getByText(text, { exact: true })).toHaveCount(1);
}

async function sendGif(someone: Person, file: ReturnType<typeof gif>): Promise<void> {
  await someone.chooseGif(file);
  await someone.page.locator('.gif-form button:not([type=button])').click();
}

test('rooms are listed, found, and entered with a password', NODES, async ({ person, title }) => {
  const [mina, sora] = [await person(), await person(NO_SCRIPT)];
  await mina.createRoom({ title, password: '참깨' });
  await mina.say('어서 오세요');

  await sora.openLobby();
  await sora.searchBox.fill(title);
  await sora.searchBox.press('Enter');
  await expect(sora.page).toHaveURL(/\?q=/);
  await expect(sora.card(title)).toContainText('비밀방');

  await sora.clickEnterOnCard(title);
  await sora.tryPassword('들깨');
  await expect(sora.page.getByText('비밀번호가 틀렸습니다.')).toBeVisible();
  await expect(sora.formField('password')).toHaveValue('');
  expect(await sora.page.content()).not.toContain('들깨');
  await sora.tryPassword('참깨');
  await expectInside(sora);
  await expect(logFrame(sora).getByText('어서 오세요')).toBeVisible();
});

test('a room is made, talked in with text and a GIF, and left', NODES, async ({ person, title }) => {
  const [mina, sora] = [await person(NO_SCRIPT), await person()];
  await createRoom(mina, title);
  await sora.enterRoom(title);
  await say(mina, '스크립트 없이도 돼요');
  await sora.expectMessage('스크립트 없이도 돼요');

  await sora.say('정말이네요');
  await mina.page.reload();
  await expect(logFrame(mina).getByText('정말이네요')).toBeVisible();

  await sendGif(mina, gif());
  await expect(sora.gifs).toHaveCount(1);
  await expect(logFrame(mina).getByRole('img', { name: /GIF/ })).toHaveCount(1);

  await mina.leave();
  await expect(sora.log).toContainText(LEFT);
});

test('an open room is entered from the list', async ({ person, title }) => {
  const [mina, sora] = [await person(), await person(NO_SCRIPT)];
  await mina.createRoom({ title });
  await sora.openLobby();
  await sora.clickEnterOnCard(title);
  await expectInside(sora);
  await expect(mina.log.getByText(/입장하셨습니다/)).toHaveCount(2);
});

test('wrong values are told at their fields; what was typed stays, the password does not', async ({ person, title }) => {
  const mina = await person(NO_SCRIPT);
  await mina.openRoomForm();
  await mina.fillInRoom({ title, capacity: 1, password: '기억하지 마' });
  await mina.page.locator('form').evaluateAll((forms) => forms.forEach((form) => ((form as HTMLFormElement).noValidate = true)));
  await mina.submitRoom();
  await expect(mina.formField('capacity')).toHaveAccessibleDescription(/2명부터 1,000명까지/);
  await expect(mina.formField('capacity')).toHaveValue('1');
  await expect(mina.formField('title')).toHaveValue(title);
  await expect(mina.formField('password')).toHaveValue('');
  expect(await mina.page.content()).not.toContain('기억하지 마');

  await mina.page.reload();
  await expect(mina.page.locator('[aria-invalid=true]')).toHaveCount(0);
});

test('a full room and a broken GIF say so', NODES, async ({ person, title }) => {
  const [mina, sora, late] = [await person(NO_SCRIPT), await person(), await person(NO_SCRIPT)];
  await createRoom(mina, title);
  await sendGif(mina, truncatedGif());
  await expect(mina.page.getByText(/중간에 끊겨/)).toBeVisible();

  const room = await sora.createRoomByApi({ title: `${title} 2`, capacity: 2 });
  await mina.visitRoom(room);
  await late.visitRoom(room);
  await mina.clickEnter();
  await expectInside(mina);
  await late.clickEnter();
  await expect(late.page.getByText('허용 인원이 초과하였습니다.')).toBeVisible();
});

test('older rooms are a page further', async ({ person, title }) => {
  const [mina, sora] = [await person(), await person(NO_SCRIPT)];
  await mina.openLobby();
  for (let n = 1; n <= 51; n++) await mina.createRoomByApi({ title: `${title} ${n}` });
  await sora.page.goto(`/?q=${encodeURIComponent(title)}`);
  await expect(sora.card(`${title} 51`)).toBeVisible();
  await expect(sora.card(`${title} 1`)).toHaveCount(0);
  await sora.page.getByRole('link', { name: /더 보기/ }).click();
  await expect(sora.card(`${title} 1`)).toBeVisible();
});

test('the language is switched by a plain form', async ({ person }) => {
  const mina = await person(NO_SCRIPT);
  await mina.openLobby();
  await mina.switchLanguage('English');
  await expect(mina.page.locator('html')).toHaveAttribute('lang', 'en');
});
