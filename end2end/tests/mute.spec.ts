import type { Locator } from '@playwright/test';

import { EACH_SIZE } from '../lib/devices.ts';
import { gif } from '../lib/gif.ts';
import { expectLooksRight } from '../lib/looks.ts';
import { bell, notificationsOf, setVisibility, stubNotifications } from '../lib/notifications.ts';
import { hideButton, listOfPeople, nameOf, openPeople, peopleButton, threeInRoom } from '../lib/people.ts';
import { expect, test, type Person } from '../lib/test.ts';
import { hiddenFold } from '../lib/unread.ts';

async function hide(reader: Person, other: Person): Promise<Locator> {
  const button = await hideButton(reader, other);
  await button.click();
  await expect(button).toHaveAttribute('aria-pressed', 'true');
  return button;
}

test("someone's messages and GIFs fold into one line, in this browser only, and come back", async ({ person, title }) => {
  const [mina, sora, juno] = await threeInRoom(person, title, { juno: { locale: 'ko-KR' } });
  await juno.say('시끄러운 말');
  await juno.sendGif(gif('시끄러운.gif', { width: 60, height: 40, tint: 3 }));
  await sora.expectMessage('시끄러운 말');
  await expect(sora.gifs).toHaveCount(1);

  const button = await hide(sora, juno);
  await expect(hiddenFold(sora, 2)).toBeVisible();
  await expect(sora.log).not.toContainText('시끄러운 말');
  await expect(sora.gifs).toHaveCount(0);
  await mina.expectMessage('시끄러운 말');
  await juno.say('또 왔어요');
  await expect(hiddenFold(sora, 3)).toBeVisible();
  await mina.say('이건 보여요');
  await sora.expectMessage('이건 보여요');
  await juno.say('그 뒤에도');
  await expect(hiddenFold(sora, 1)).toBeVisible();

  await sora.reload();
  await expect(hiddenFold(sora, 3)).toBeVisible();
  await expect(button).toHaveAttribute('aria-pressed', 'true');

  await button.click();
  await expect(button).toHaveAttribute('aria-pressed', 'false');
  await sora.expectMessage('또 왔어요');
  await sora.expectMessage('그 뒤에도');
  await expect(sora.gifs).toHaveCount(1);
  await expect(sora.log.getByText(/가린 메시지/)).toHaveCount(0);
});

test('the folded line opens and shuts by keyboard, and keeps the focus', async ({ person, title }) => {
  const [, sora, juno] = await threeInRoom(person, title, { juno: { locale: 'ko-KR' } });
  await juno.say('숨은 말');
  await sora.expectMessage('숨은 말');
  const button = await hideButton(sora, juno);
  await button.focus();
  await sora.page.keyboard.press('Space');
  await expect(button).toHaveAttribute('aria-pressed', 'true');
  await expect(button).toBeFocused();

  await hiddenFold(sora, 1).focus();
  await sora.page.keyboard.press('Enter');
  await sora.expectMessage('숨은 말');
  await expect(hiddenFold(sora, 1)).toBeFocused();
  await expect(hiddenFold(sora, 1)).toHaveAttribute('aria-expanded', 'true');
  await juno.say('하나 더');
  await sora.expectMessage('하나 더');
  await hiddenFold(sora, 2).focus();
  await sora.page.keyboard.press('Enter');
  await expect(sora.log).not.toContainText('숨은 말');
  await expect(hiddenFold(sora, 2)).toBeFocused();
});

test('who is hidden is not counted, not notified, gets no line; facts about them stay', async ({ person, title }) => {
  const [mina, sora, juno] = [await person(), await person(), await person()];
  await stubNotifications(sora);
  await mina.createRoom({ title });
  await sora.enterRoom(title);
  await juno.enterRoom(title);
  await bell(sora).click();
  await hide(sora, juno);

  await setVisibility(sora, 'hidden');
  await juno.say('안 보이는 말');
  await expect(hiddenFold(sora, 1)).toHaveCount(1);
  await expect(sora.page).toHaveTitle(`${title} · gifchat`);
  await mina.say('보이는 말');
  await expect(sora.page).toHaveTitle(`(1) ${title} · gifchat`);
  await expect.poll(() => notificationsOf(sora)).toHaveLength(1);
  expect((await notificationsOf(sora))[0]?.body).toMatch(/: 보이는 말$/);
  await setVisibility(sora, 'visible');
  const rows = await sora.log.locator('.rows > li').allInnerTexts();
  const line = rows.findIndex((row) => row.includes('여기부터 안 읽은 메시지'));
  expect(rows[line - 1]).toContain('가린 메시지 1개');
  expect(rows[line + 1]).toContain('보이는 말');

  const name = await nameOf(juno);
  await juno.leave();
  await expect(sora.log.getByText(`${name}님이 퇴장하셨습니다.`)).toBeVisible();
});

test('nobody learns of it: nothing leaves the browser', async ({ person, title }) => {
  const [, sora, juno] = await threeInRoom(person, title, { juno: { locale: 'ko-KR' } });
  await juno.say('말');
  await sora.expectMessage('말');
  const left: string[] = [];
  sora.page.on('request', (request) => left.push(request.url()));
  const button = await hide(sora, juno);
  await hiddenFold(sora, 1).click();
  await sora.expectMessage('말');
  await button.click();
  await expect(button).toHaveAttribute('aria-pressed', 'false');
  expect(left).toEqual([]);
});

test('it holds in every room and in a tab that is open already', async ({ person, title }) => {
  const [, sora, juno] = await threeInRoom(person, title, { juno: { locale: 'ko-KR' } });
  const other = await sora.newTab();
  await other.openRoom(sora.roomId());
  await juno.say('말');
  await other.expectMessage('말');
  await hide(sora, juno);
  await expect(hiddenFold(other, 1)).toBeVisible();

  const room = await juno.createRoom({ title: `${title} 2` });
  await juno.say('다른 방에서');
  await sora.enterByLink(room);
  await expect(hiddenFold(sora, 1)).toBeVisible();
});

for (const [size, viewport, schemes] of EACH_SIZE) {
  for (const colorScheme of schemes) {
    test(`the list and the folded line look right: ${size}, ${colorScheme}`, async ({ person, title }, info) => {
      const [mina, juno] = [await person(), await person()];
      const sora = await person({ viewport, colorScheme, reducedMotion: 'reduce', locale: size === 'wide' ? 'ko-KR' : 'en-US' });
      const room = await mina.createRoom({ title });
      await juno.enterRoom(title);
      await juno.say('하나');
      await juno.say('둘');
      await mina.say('셋');
      await sora.enterByLink(room);
      await sora.expectMessage('셋');
      await openPeople(sora, 'keyboard');
      await hide(sora, juno);
      await expectLooksRight(sora, info.outputPath('people.png'));
      if (size === 'phone') {
        await sora.page.keyboard.press('Escape');
        await expect(listOfPeople(sora)).toBeHidden();
        await expect(peopleButton(sora)).toBeFocused();
      }
      await expect(hiddenFold(sora, 2)).toBeVisible();
      await expectLooksRight(sora, info.outputPath('folded.png'));
    });
  }
}
