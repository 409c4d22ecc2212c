import { EACH_INPUT, INPUTS } from '../lib/devices.ts';
import { typingNotice, whisperTo } from '../lib/messages.ts';
import { nameOf, threeInRoom } from '../lib/people.ts';
import { NODES, expect, test, type Person } from '../lib/test.ts';

/** How often this page has told the server that its person is typing. */
function timesTold(someone: Person): number {
  return someone.frames.sent.filter((frame) => frame.includes('"Typing"')).length;
}

test('one is named, then two, then there are several', async ({ person, title }) => {
  const [mina, sora, juno] = await threeInRoom(person, title, { juno: INPUTS.touch, sora: { locale: 'en-US' } });
  const reni = await person();
  await reni.enterByLink(mina.roomId());
  await sora.messageBox.pressSequentially('h');
  await expect(typingNotice(mina)).toHaveText(`${await nameOf(sora, mina)}님이 입력 중…`);
  await expect(typingNotice(juno)).toHaveText(`${await nameOf(sora, juno)}님이 입력 중…`);
  await expect(typingNotice(sora), 'one knows that oneself').toBeEmpty();
  await juno.messageBox.pressSequentially('ㅎ');
  await expect(typingNotice(mina)).toHaveText(`${await nameOf(sora, mina)}님, ${await nameOf(juno, mina)}님이 입력 중…`);
  await expect(typingNotice(sora)).toHaveText(`${await nameOf(juno, sora)} is typing…`);
  await reni.messageBox.pressSequentially('ㅎ');
  await expect(typingNotice(mina)).toHaveText('여러 명이 입력 중…');
  await expect(typingNotice(sora)).toHaveText(`${await nameOf(juno, sora)} and ${await nameOf(reni, sora)} are typing…`);
  await mina.messageBox.pressSequentially('ㅎ');
  await expect(typingNotice(sora)).toHaveText('Several people are typing…');
});

for (const [input, options] of EACH_INPUT) {
  test(`who writes is named to the others, and they to them: by ${input}`, NODES, async ({ person, title }) => {
    const [mina, sora, juno] = await threeInRoom(person, title, { mina: options });
    if (input === 'keyboard') await mina.tabTo(mina.messageBox);
    else await mina.press(mina.messageBox, input);
    await mina.page.keyboard.type('h');
    const expectNamed = async (writer: Person, reader: Person) => {
      await expect(typingNotice(reader)).toHaveText(new RegExp(`^${await nameOf(writer, reader)}(님이 입력 중…| is typing…)$`));
    };
    for (const reader of [sora, juno]) await expectNamed(mina, reader);
    await mina.page.keyboard.press('Enter');
    for (const reader of [sora, juno]) await expect(typingNotice(reader)).toBeEmpty();
    await sora.messageBox.pressSequentially('네');
    await expectNamed(sora, mina);
    await expect(typingNotice(mina)).toBeInViewport({ ratio: 1 });
  });
}

test('it ends by itself after five seconds', async ({ person, title }) => {
  const [mina, sora] = await threeInRoom(person, title);
  await sora.messageBox.pressSequentially('음');
  await expect(typingNotice(mina)).toContainText('입력 중…');
  const began = Date.now();
  await expect(typingNotice(mina)).toBeEmpty({ timeout: 7000 });
  const lasted = Date.now() - began;
  expect(lasted).toBeGreaterThan(4000);
  expect(lasted).toBeLessThan(6000);
});

test('it ends when the message is there, and begins again with the next one', async ({ person, title }) => {
  const [mina, sora] = await threeInRoom(person, title);
  await sora.messageBox.pressSequentially('네');
  await expect(typingNotice(mina)).toContainText('입력 중…');
  await sora.messageBox.press('Enter');
  await mina.expectMessage('네');
  await expect(typingNotice(mina)).toBeEmpty({ timeout: 1000 });
  // The page tells the server only every two seconds, so this text takes longer than that to type.
  await sora.messageBox.pressSequentially('그런데 말이에요 저는 오늘 점심에 국수를', { delay: 200 });
  await expect(typingNotice(mina)).toContainText('입력 중…', { timeout: 1000 });
});

test('it ends when who wrote has left', async ({ person, title }) => {
  const [mina, sora] = await threeInRoom(person, title);
  await sora.messageBox.pressSequentially('음');
  await expect(typingNotice(mina)).toContainText('입력 중…');
  await sora.leave();
  await expect(typingNotice(mina)).toBeEmpty({ timeout: 2000 });
});

test('it is told at most once in two seconds, however quickly one writes', async ({ person, title }) => {
  const [mina, sora] = await threeInRoom(person, title);
  const began = Date.now();
  for (const text of ['빠르게 쓰는 말', '또 쓰는 말', '그리고 또']) {
    await sora.messageBox.pressSequentially(text, { delay: 200 });
    await sora.messageBox.press('Enter');
  }
  await sora.messageBox.pressSequentially('이제 정말로 그만 쓸게요 여러분 안녕히', { delay: 200 });
  const seconds = (Date.now() - began) / 1000;
  await expect(typingNotice(mina)).toContainText('입력 중…');
  expect(seconds).toBeGreaterThan(4);
  expect(timesTold(sora)).toBeGreaterThanOrEqual(2);
  expect(timesTold(sora)).toBeLessThanOrEqual(Math.floor(seconds / 2) + 1);
});

test('nothing is told of a whisper, a command, or a draft that a reload brings back', async ({ person, title }) => {
  const [mina, sora, juno] = await threeInRoom(person, title);
  await sora.messageBox.pressSequentially(`/w ${await nameOf(mina, sora)} 비밀`);
  await sora.messageBox.press('Enter');
  await mina.expectMessage('비밀');
  await whisperTo(sora, mina);
  await sora.messageBox.pressSequentially('둘이서만');
  await sora.reload();
  await juno.say('anybody?');
  await sora.expectMessage('anybody?');
  expect(timesTold(sora)).toBe(0);
  for (const someone of [mina, juno]) await expect(typingNotice(someone)).toBeEmpty();
});

test('the line moves nothing when it comes and goes', async ({ person, title }) => {
  const [mina, sora] = await threeInRoom(person, title);
  const places = async () => [await mina.page.locator('.composer').boundingBox(), await mina.page.locator('.scroller').boundingBox()];
  const before = await places();
  await sora.messageBox.pressSequentially('음');
  await expect(typingNotice(mina)).toContainText('입력 중…');
  expect(await places()).toEqual(before);
});
