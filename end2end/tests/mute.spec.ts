import { AxeBuilder } from '@axe-core/playwright';
import type { Locator } from '@playwright/test';

import { gif } from '../lib/gif.ts';
import { look, noteOutside, told } from '../lib/tab.ts';
import { expect, test, type Person } from '../lib/test.ts';

async function nameOf(someone: Person): Promise<string> {
  return someone.page.locator('.people li').filter({ hasText: '(나)' }).locator('.name').innerText();
}

/** The button on someone's place in the list. */
async function hideButton(reader: Person, other: Person): Promise<Locator> {
  return reader.page.getByRole('button', { name: `${await nameOf(other)}님의 메시지 가리기` });
}

async function hide(reader: Person, other: Person): Promise<Locator> {
  const button = await hideButton(reader, other);
  await button.click();
  await expect(button).toHaveAttribute('aria-pressed', 'true');
  return button;
}

function fold(someone: Person, count: number): Locator {
  return someone.log.getByRole('button', { name: `가린 메시지 ${count}개`, exact: true });
}

/** Mina made the room, Sora reads, Juno is the one who is too loud. */
async function three(person: () => Promise<Person>, title: string): Promise<[Person, Person, Person]> {
  const [mina, sora, juno] = [await person(), await person(), await person()];
  await mina.createRoom({ title });
  await sora.enterRoom(title);
  await juno.enterRoom(title);
  await expect(sora.page.locator('.people li')).toHaveCount(3);
  return [mina, sora, juno];
}

test("someone's messages and GIFs fold into one line, in this browser only, and come back", async ({ person, title }) => {
  const [mina, sora, juno] = await three(person, title);
  await juno.say('시끄러운 말');
  await juno.sendGif(gif('시끄러운.gif', { width: 60, height: 40, tint: 3 }));
  await sora.expectMessage('시끄러운 말');
  await expect(sora.gifs).toHaveCount(1);

  const button = await hide(sora, juno);
  await expect(fold(sora, 2)).toBeVisible();
  await expect(sora.message('시끄러운 말')).toHaveCount(0);
  await expect(sora.gifs).toHaveCount(0);
  await mina.expectMessage('시끄러운 말');
  await juno.say('또 왔어요');
  await expect(fold(sora, 3)).toBeVisible();
  await mina.say('이건 보여요');
  await sora.expectMessage('이건 보여요');
  await juno.say('그 뒤에도');
  await expect(fold(sora, 1)).toBeVisible();

  await sora.page.reload();
  await sora.isInside();
  await expect(fold(sora, 3)).toBeVisible();
  await expect(button).toHaveAttribute('aria-pressed', 'true');

  await button.click();
  await expect(button).toHaveAttribute('aria-pressed', 'false');
  await sora.expectMessage('또 왔어요');
  await sora.expectMessage('그 뒤에도');
  await expect(sora.gifs).toHaveCount(1);
  await expect(sora.log.getByText(/가린 메시지/)).toHaveCount(0);
});

test('the folded line opens and shuts by keyboard, and keeps the focus', async ({ person, title }) => {
  const [, sora, juno] = await three(person, title);
  await juno.say('숨은 말');
  await sora.expectMessage('숨은 말');
  const button = await hideButton(sora, juno);
  await button.focus();
  await sora.page.keyboard.press('Space');
  await expect(button).toHaveAttribute('aria-pressed', 'true');
  await expect(button).toBeFocused();

  await fold(sora, 1).focus();
  await sora.page.keyboard.press('Enter');
  await sora.expectMessage('숨은 말');
  await expect(fold(sora, 1)).toBeFocused();
  await expect(fold(sora, 1)).toHaveAttribute('aria-expanded', 'true');
  await juno.say('하나 더');
  await sora.expectMessage('하나 더');
  await fold(sora, 2).focus();
  await sora.page.keyboard.press('Enter');
  await expect(sora.message('숨은 말')).toHaveCount(0);
  await expect(fold(sora, 2)).toBeFocused();
});

test('who is hidden is not counted, not notified, gets no line; facts about them stay', async ({ person, title }) => {
  const [mina, sora, juno] = [await person(), await person(), await person()];
  await noteOutside(sora);
  await mina.createRoom({ title });
  await sora.enterRoom(title);
  await juno.enterRoom(title);
  await sora.page.getByRole('button', { name: '새 메시지 알림' }).click();
  await hide(sora, juno);

  await look(sora, 'elsewhere');
  await juno.say('안 보이는 말');
  await expect(fold(sora, 1)).toHaveCount(1);
  await expect(sora.page).toHaveTitle(`${title} · gifchat`);
  await mina.say('보이는 말');
  await expect(sora.page).toHaveTitle(`(1) ${title} · gifchat`);
  await expect.poll(() => told(sora)).toHaveLength(1);
  expect((await told(sora))[0]?.body).toMatch(/: 보이는 말$/);
  await look(sora, 'here');
  const rows = await sora.log.locator('.rows > li').allInnerTexts();
  const line = rows.findIndex((row) => row.includes('여기부터 안 읽은 메시지'));
  expect(rows[line - 1]).toContain('가린 메시지 1개');
  expect(rows[line + 1]).toContain('보이는 말');

  const name = await nameOf(juno);
  await juno.leave();
  await expect(sora.log.getByText(`${name}님이 퇴장하셨습니다.`)).toBeVisible();
});

test('nobody learns of it: nothing leaves the browser', async ({ person, title }) => {
  const [, sora, juno] = await three(person, title);
  await juno.say('말');
  await sora.expectMessage('말');
  const left: string[] = [];
  sora.page.on('request', (request) => left.push(request.url()));
  const button = await hide(sora, juno);
  await fold(sora, 1).click();
  await sora.expectMessage('말');
  await button.click();
  await expect(button).toHaveAttribute('aria-pressed', 'false');
  expect(left).toEqual([]);
});

test('it holds in every room and in a tab that is open already', async ({ person, title }) => {
  const [, sora, juno] = await three(person, title);
  const other = await sora.secondTab();
  await other.page.goto(sora.page.url());
  await other.isInside();
  await juno.say('말');
  await other.expectMessage('말');
  await hide(sora, juno);
  await expect(fold(other, 1)).toBeVisible();

  const room = await juno.createRoom({ title: `${title} 2` });
  await juno.say('다른 방에서');
  await sora.page.goto(`/room/${room}`);
  await sora.page.getByRole('button', { name: '입장' }).click();
  await sora.isInside();
  await expect(fold(sora, 1)).toBeVisible();
});

const SIZES = { wide: { width: 1280, height: 800 }, phone: { width: 390, height: 844 } };

for (const [size, viewport] of Object.entries(SIZES)) {
  for (const colorScheme of ['light', 'dark'] as const) {
    test(`the list and the folded line look right: ${size}, ${colorScheme}`, async ({ person, title }, info) => {
      const [mina, juno] = [await person(), await person()];
      const sora = await person({ viewport, colorScheme, reducedMotion: 'reduce', locale: size === 'wide' ? 'ko-KR' : 'en-US' });
      const room = await mina.createRoom({ title });
      await juno.enterRoom(title);
      await juno.say('하나');
      await juno.say('둘');
      await mina.say('셋');
      await sora.page.goto(`/room/${room}`);
      await sora.page.getByRole('button', { name: /^(입장|Enter)$/ }).click();
      await expect(sora.page.getByRole('log').getByText('셋', { exact: true })).toBeVisible();
      await sora.isLive();
      if (size === 'phone') {
        await sora.page.getByRole('button', { name: 'People' }).focus();
        await sora.page.keyboard.press('Enter');
      }
      const people = sora.page.locator('.people');
      await expect(people).toBeVisible();
      const button = people.getByRole('button', { name: /메시지 가리기|Hide messages/ }).nth(1);
      await button.click();
      await expect(button).toHaveAttribute('aria-pressed', 'true');
      await sora.page.screenshot({ path: info.outputPath('people.png') });
      const { violations } = await new AxeBuilder({ page: sora.page }).analyze();
      expect(violations.flatMap(({ id, nodes }) => nodes.map((node) => `${id}: ${node.target.join(' ')}`))).toEqual([]);
      if (size === 'phone') {
        await sora.page.keyboard.press('Escape');
        await expect(people).toBeHidden();
        await expect(sora.page.getByRole('button', { name: 'People' })).toBeFocused();
      }
      await expect(sora.page.getByRole('button', { name: /가린 메시지 2개|2 hidden messages/ })).toBeVisible();
      await sora.page.screenshot({ path: info.outputPath('folded.png') });
      const again = await new AxeBuilder({ page: sora.page }).analyze();
      expect(again.violations.flatMap(({ id, nodes }) => nodes.map((node) => `${id}: ${node.target.join(' ')}`))).toEqual([]);
    });
  }
}
