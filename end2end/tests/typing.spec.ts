import type { Locator } from '@playwright/test';

import { overheard } from '../lib/roads.ts';
import { EACH_HAND, HANDS, boxOf, comeIn, message, nameOf, press, say, tabTo, three, whisperTo } from '../lib/talk.ts';
import { NODES, expect, test, type Person } from '../lib/test.ts';

function line(someone: Person): Locator {
  return someone.page.locator('.typing');
}

/** How often a page has told that its person writes. */
function told(sent: string[]): number {
  return sent.filter((frame) => frame.includes('"Typing"')).length;
}

test('one is named, then two, then there are several', async ({ person, title }) => {
  const [mina, sora, juno] = await three(person, title, { juno: HANDS.touch, sora: { locale: 'en-US' } });
  const reni = await person();
  await comeIn(reni, mina.room());
  await boxOf(sora).pressSequentially('h');
  await expect(line(mina)).toHaveText(`${await nameOf(sora, mina)}님이 입력 중…`);
  await expect(line(juno)).toHaveText(`${await nameOf(sora, juno)}님이 입력 중…`);
  await expect(line(sora), 'one knows that oneself').toBeEmpty();
  await boxOf(juno).pressSequentially('ㅎ');
  await expect(line(mina)).toHaveText(`${await nameOf(sora, mina)}님, ${await nameOf(juno, mina)}님이 입력 중…`);
  await expect(line(sora)).toHaveText(`${await nameOf(juno, sora)} is typing…`);
  await boxOf(reni).pressSequentially('ㅎ');
  await expect(line(mina)).toHaveText('여러 명이 입력 중…');
  await expect(line(sora)).toHaveText(`${await nameOf(juno, sora)} and ${await nameOf(reni, sora)} are typing…`);
  await boxOf(mina).pressSequentially('ㅎ');
  await expect(line(sora)).toHaveText('Several people are typing…');
});

for (const [hand, options] of EACH_HAND) {
  test(`who writes is named to the others, and they to them: by ${hand}`, NODES, async ({ person, title }) => {
    const [mina, sora, juno] = await three(person, title, { mina: options });
    if (hand === 'keyboard') await tabTo(mina, boxOf(mina));
    else await press(mina, boxOf(mina), hand);
    await mina.page.keyboard.type('h');
    const isNamed = async (writer: Person, reader: Person) => {
      await expect(line(reader)).toHaveText(new RegExp(`^${await nameOf(writer, reader)}(님이 입력 중…| is typing…)$`));
    };
    for (const reader of [sora, juno]) await isNamed(mina, reader);
    await mina.page.keyboard.press('Enter');
    for (const reader of [sora, juno]) await expect(line(reader)).toBeEmpty();
    await boxOf(sora).pressSequentially('네');
    await isNamed(sora, mina);
    await expect(line(mina)).toBeInViewport({ ratio: 1 });
  });
}

test('it ends by itself after five seconds', async ({ person, title }) => {
  const [mina, sora] = await three(person, title);
  await boxOf(sora).pressSequentially('음');
  await expect(line(mina)).toContainText('입력 중…');
  const began = Date.now();
  await expect(line(mina)).toBeEmpty({ timeout: 7000 });
  const lasted = Date.now() - began;
  expect(lasted).toBeGreaterThan(4000);
  expect(lasted).toBeLessThan(6000);
});

test('it ends when the message is there, and begins again with the next one', async ({ person, title }) => {
  const [mina, sora] = await three(person, title);
  await boxOf(sora).pressSequentially('네');
  await expect(line(mina)).toContainText('입력 중…');
  await boxOf(sora).press('Enter');
  await expect(message(mina, '네')).toHaveCount(1);
  await expect(line(mina)).toBeEmpty({ timeout: 1000 });
  // Not before its two seconds are over.
  await boxOf(sora).pressSequentially('그런데 말이에요 저는 오늘 점심에 국수를', { delay: 200 });
  await expect(line(mina)).toContainText('입력 중…', { timeout: 1000 });
});

test('it ends when who wrote has left', async ({ person, title }) => {
  const [mina, sora] = await three(person, title);
  await boxOf(sora).pressSequentially('음');
  await expect(line(mina)).toContainText('입력 중…');
  await sora.leave();
  await expect(line(mina)).toBeEmpty({ timeout: 2000 });
});

test('it is told at most once in two seconds, however quickly one writes', async ({ person, title }) => {
  const { coming, heard } = overheard(person);
  const [mina, sora] = await three(coming, title);
  const began = Date.now();
  for (const text of ['빠르게 쓰는 말', '또 쓰는 말', '그리고 또']) {
    await boxOf(sora).pressSequentially(text, { delay: 200 });
    await boxOf(sora).press('Enter');
  }
  await boxOf(sora).pressSequentially('이제 정말로 그만 쓸게요 여러분 안녕히', { delay: 200 });
  const seconds = (Date.now() - began) / 1000;
  await expect(line(mina)).toContainText('입력 중…');
  expect(seconds).toBeGreaterThan(4);
  expect(told(heard[1]!.sent)).toBeGreaterThanOrEqual(2);
  expect(told(heard[1]!.sent)).toBeLessThanOrEqual(Math.floor(seconds / 2) + 1);
});

test('nothing is told of a whisper, a command, or a draft that a reload brings back', async ({ person, title }) => {
  const { coming, heard } = overheard(person);
  const [mina, sora, juno] = await three(coming, title);
  await boxOf(sora).pressSequentially(`/w ${await nameOf(mina, sora)} 비밀`);
  await boxOf(sora).press('Enter');
  await expect(message(mina, '비밀')).toHaveCount(1);
  await whisperTo(sora, mina);
  await boxOf(sora).pressSequentially('둘이서만');
  await sora.page.reload();
  await sora.isInside();
  await say(juno, 'anybody?');
  await expect(message(sora, 'anybody?')).toHaveCount(1);
  expect(told(heard[1]!.sent)).toBe(0);
  for (const someone of [mina, juno]) await expect(line(someone)).toBeEmpty();
});

test('the line moves nothing when it comes and goes', async ({ person, title }) => {
  const [mina, sora] = await three(person, title);
  const places = async () => [await mina.page.locator('.composer').boundingBox(), await mina.page.locator('.scroller').boundingBox()];
  const before = await places();
  await boxOf(sora).pressSequentially('음');
  await expect(line(mina)).toContainText('입력 중…');
  expect(await places()).toEqual(before);
});
