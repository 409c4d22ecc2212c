import type { FrameLocator } from '@playwright/test';

import { cutGif, gif } from '../lib/gif.ts';
import { NODES, expect, test, type Person } from '../lib/test.ts';

const plain = { javaScriptEnabled: false };

/** The frame that shows the room's log and reloads itself. */
function frame(someone: Person): FrameLocator {
  return someone.page.frameLocator('iframe');
}

async function isInside(someone: Person): Promise<void> {
  await expect(frame(someone).getByRole('log', { name: '채팅 내용' })).toBeVisible();
}

async function createRoom(someone: Person, title: string, password = ''): Promise<void> {
  await someone.openLobby();
  await someone.page.getByRole('link', { name: '채팅방 생성' }).first().click();
  await someone.fillInRoom({ title, capacity: 5, password });
  await someone.page.getByRole('button', { name: '생성' }).click();
  await isInside(someone);
}

async function say(someone: Person, text: string): Promise<void> {
  await someone.messageBox.fill(text);
  await someone.page.getByRole('button', { name: '전송', exact: true }).click();
  await expect(frame(someone).getByText(text, { exact: true })).toHaveCount(1);
}

async function sendGif(someone: Person, file: ReturnType<typeof gif>): Promise<void> {
  const input = someone.page.locator('input[type=file]');
  await input.setInputFiles(file);
  await someone.page.locator('form', { has: input }).locator('button:not([type=button])').click();
}

test('rooms are listed, found, and entered with a password', NODES, async ({ person, title }) => {
  const [mina, sora] = [await person(), await person(plain)];
  await mina.createRoom({ title, password: '참깨' });
  await mina.say('어서 오세요');

  await sora.openLobby();
  await sora.page.getByRole('searchbox').fill(title);
  await sora.page.getByRole('searchbox').press('Enter');
  await expect(sora.page).toHaveURL(/\?q=/);
  await expect(sora.card(title)).toContainText('비밀방');

  await sora.pressEnter(title);
  await sora.tryPassword('들깨');
  await expect(sora.page.getByText('비밀번호가 틀렸습니다.')).toBeVisible();
  await expect(sora.page.getByLabel('비밀번호', { exact: true })).toHaveValue('');
  expect(await sora.page.content()).not.toContain('들깨');
  await sora.tryPassword('참깨');
  await isInside(sora);
  await expect(frame(sora).getByText('어서 오세요')).toBeVisible();
});

test('a room is made, talked in with text and a GIF, and left', NODES, async ({ person, title }) => {
  const [mina, sora] = [await person(plain), await person()];
  await createRoom(mina, title);
  await sora.enterRoom(title);
  await say(mina, '스크립트 없이도 돼요');
  await sora.expectMessage('스크립트 없이도 돼요');

  await sora.say('정말이네요');
  await mina.page.reload();
  await expect(frame(mina).getByText('정말이네요')).toBeVisible();

  await sendGif(mina, gif());
  await expect(sora.gifs).toHaveCount(1);
  await expect(frame(mina).getByRole('img', { name: /GIF/ })).toHaveCount(1);

  await mina.page.getByRole('button', { name: '방 나가기' }).click();
  await expect(mina.page).toHaveURL('/');
  await expect(sora.log).toContainText('님이 퇴장하셨습니다.');
});

test('an open room is entered from the list', async ({ person, title }) => {
  const [mina, sora] = [await person(), await person(plain)];
  await mina.createRoom({ title });
  await sora.openLobby();
  await sora.pressEnter(title);
  await isInside(sora);
  await expect(mina.log.getByText(/입장하셨습니다/)).toHaveCount(2);
});

test('wrong values are told at their fields; what was typed stays, the password does not', async ({ person, title }) => {
  const mina = await person(plain);
  await mina.page.goto('/room');
  await mina.fillInRoom({ title, capacity: 1, password: '기억하지 마' });
  await mina.page.locator('form').evaluateAll((forms) => forms.forEach((form) => ((form as HTMLFormElement).noValidate = true)));
  await mina.page.getByRole('button', { name: '생성' }).click();
  await expect(mina.page.getByLabel('수용 인원', { exact: true })).toHaveAccessibleDescription(/2명부터 1,000명까지/);
  await expect(mina.page.getByLabel('수용 인원', { exact: true })).toHaveValue('1');
  await expect(mina.page.getByLabel('방 제목', { exact: true })).toHaveValue(title);
  await expect(mina.page.getByLabel('비밀번호', { exact: true })).toHaveValue('');
  expect(await mina.page.content()).not.toContain('기억하지 마');

  await mina.page.reload();
  await expect(mina.page.locator('[aria-invalid=true]')).toHaveCount(0);
});

test('a full room and a broken GIF say so', NODES, async ({ person, title }) => {
  const [mina, sora, late] = [await person(plain), await person(), await person(plain)];
  await createRoom(mina, title);
  await sendGif(mina, cutGif());
  await expect(mina.page.getByText(/중간에 끊겨/)).toBeVisible();

  const room = await sora.createRoomUnseen({ title: `${title} 2`, capacity: 2 });
  await mina.page.goto(`/room/${room}`);
  await late.page.goto(`/room/${room}`);
  await mina.page.getByRole('button', { name: '입장' }).click();
  await isInside(mina);
  await late.page.getByRole('button', { name: '입장' }).click();
  await expect(late.page.getByText('허용 인원이 초과하였습니다.')).toBeVisible();
});

test('older rooms are a page further', async ({ person, title }) => {
  const [mina, sora] = [await person(), await person(plain)];
  await mina.openLobby();
  for (let n = 1; n <= 51; n++) await mina.createRoomUnseen({ title: `${title} ${n}` });
  await sora.page.goto(`/?q=${encodeURIComponent(title)}`);
  await expect(sora.card(`${title} 51`)).toBeVisible();
  await expect(sora.card(`${title} 1`)).toHaveCount(0);
  await sora.page.getByRole('link', { name: /더 보기/ }).click();
  await expect(sora.card(`${title} 1`)).toBeVisible();
});

test('the language is switched by a plain form', async ({ person }) => {
  const mina = await person(plain);
  await mina.openLobby();
  await mina.switchLanguage('English');
  await expect(mina.page.locator('html')).toHaveAttribute('lang', 'en');
});
