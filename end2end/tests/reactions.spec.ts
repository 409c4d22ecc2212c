import { EACH_INPUT } from '../lib/devices.ts';
import { gif } from '../lib/gif.ts';
import { EMOJI, chip, chips, openMessageMenu, react, remove, removedMessages, whisperTo } from '../lib/messages.ts';
import { expectLooksRight } from '../lib/looks.ts';
import { panelOf, searchField, squares } from '../lib/panel.ts';
import { nameOf, threeInRoom } from '../lib/people.ts';
import { NODES, expect, test, type Person } from '../lib/test.ts';

/** All of these people see the same reactions under a message. */
async function expectReactions(people: Person[], text: string, expected: string[]): Promise<void> {
  for (const someone of people) await expect(chips(someone.message(text))).toHaveText(expected);
}

for (const [input, options] of EACH_INPUT) {
  test(`reactions come and go by the menu and by their chip, live for all: by ${input}`, async ({ person, title }) => {
    const people = await threeInRoom(person, title, { mina: options });
    const [mina, sora, juno] = people;
    await sora.say('어때요?');
    await react(mina, mina.message('어때요?'), '👍', input);
    await expectReactions(people, '어때요?', ['👍 1']);
    await expect(chip(mina.message('어때요?'), '👍')).toHaveAttribute('aria-pressed', 'true');
    await expect(chip(sora.message('어때요?'), '👍')).toHaveAttribute('aria-pressed', 'false');

    // The others react too by pressing the chip, and Mina takes her reaction back in the same way.
    for (const someone of [sora, juno]) await chip(someone.message('어때요?'), '👍').click();
    await expectReactions(people, '어때요?', ['👍 3']);
    await mina.press(chip(mina.message('어때요?'), '👍'), input);
    await expectReactions(people, '어때요?', ['👍 2']);
    await mina.press(chip(mina.message('어때요?'), '👍'), input);
    await expectReactions(people, '어때요?', ['👍 3']);
    await expect(chip(mina.message('어때요?'), '👍')).toHaveAttribute('aria-pressed', 'true');

    await react(mina, mina.message('어때요?'), '🎉', input);
    await expectReactions(people, '어때요?', ['👍 3', '🎉 1']);
    await react(mina, mina.message('어때요?'), '👍', input);
    await expectReactions(people, '어때요?', ['👍 2', '🎉 1']);
    await mina.press(chip(mina.message('어때요?'), '🎉'), input);
    await expectReactions(people, '어때요?', ['👍 2']);
    for (const someone of people) await someone.reload();
    await expectReactions(people, '어때요?', ['👍 2']);
  });
}

test('all six can be felt about one message at once, always in the same order', async ({ person, title }) => {
  const people = await threeInRoom(person, title);
  const [mina, sora] = people;
  await sora.sendGif(gif('움짤.gif', { tint: 1 }));
  for (const emoji of EMOJI.toReversed()) await react(mina, mina.gifs, emoji);
  const all = EMOJI.map((emoji) => `${emoji} 1`);
  for (const someone of people) await expect(chips(someone.gifs)).toHaveText(all);
  await openMessageMenu(mina, mina.gifs);
  for (const emoji of EMOJI) {
    await expect(mina.menu.getByRole('button', { name: emoji, exact: true })).toHaveAttribute('aria-pressed', 'true');
  }
});

for (const [input, options] of EACH_INPUT) {
  test(`three see a GIF as a reaction, and one takes it back: by ${input}`, async ({ person, title }, info) => {
    const people = await threeInRoom(person, title, { mina: options });
    const [mina, sora] = people;
    await sora.say('어때요?');
    await mina.sendGif(gif('좋아.gif', { width: 60, height: 40, tint: 2 }));
    await openMessageMenu(mina, mina.message('어때요?'), input);
    await mina.press(mina.button(['GIF로 반응하기', 'React with a GIF'], mina.menu), input);
    const panel = panelOf(mina);
    await expect(panel.getByRole('heading')).toHaveText(mina.words(['반응할 GIF를 고르세요', 'React with a GIF']));
    await expect(squares(mina)).toHaveCount(1);
    await expectLooksRight(mina, info.outputPath('choosing.png'));
    if (input === 'keyboard') {
      await searchField(mina).press('ArrowDown');
      await searchField(mina).press('Enter');
    } else await mina.press(squares(mina).first(), input);
    await expect(panel).toBeHidden();
    for (const someone of people) {
      const felt = chips(someone.message('어때요?'));
      await expect(felt).toHaveText(['1']);
      await expect.poll(() => felt.locator('img').evaluate((img: HTMLImageElement) => img.naturalWidth)).toBe(60);
    }
    await expect(mina.gifs).toHaveCount(1);
    await expectLooksRight(mina, info.outputPath('felt.png'));
    await chips(sora.message('어때요?')).click();
    for (const someone of people) await expect(chips(someone.message('어때요?'))).toHaveText(['2']);
    await openMessageMenu(sora, sora.message('어때요?'));
    await expect(sora.menu.getByText(/^GIF .*, /)).toBeVisible();
    await sora.page.keyboard.press('Escape');
    for (const someone of people.slice(0, 2)) await chips(someone.message('어때요?')).click();
    for (const someone of people) await expect(chips(someone.message('어때요?'))).toHaveCount(0);
  });
}

test('where GIFs are veiled, one that somebody reacts with is not fetched', async ({ person, title }) => {
  const [mina, sora] = await threeInRoom(person, title);
  await sora.say('어때요?');
  await mina.sendGif(gif('좋아.gif', { tint: 2 }));
  await openMessageMenu(mina, mina.message('어때요?'));
  await mina.button(['GIF로 반응하기', 'React with a GIF'], mina.menu).click();
  await squares(mina).first().click();
  const felt = chips(sora.message('어때요?')).locator('img');
  await expect(felt).toHaveAttribute('src', /still/);
  await sora.button(['모두 가려 두기', 'Hide all until tapped'], sora.page.locator('.people .gif-settings')).click();
  await expect(felt).not.toHaveAttribute('src', /.*/);
});

test('a chip that was pressed by keyboard keeps the focus', async ({ person, title }) => {
  const [mina, sora] = await threeInRoom(person, title);
  await sora.say('어때요?');
  for (const someone of [mina, sora]) await react(someone, someone.message('어때요?'), '❤️');
  const heart = chip(mina.message('어때요?'), '❤️');
  await expect(heart).toHaveText('❤️ 2');
  await mina.tabTo(heart);
  await mina.page.keyboard.press('Enter');
  await expect(heart).toHaveText('❤️ 1');
  await expect(heart).toBeFocused();
  await mina.page.keyboard.press('Space');
  await expect(heart).toHaveText('❤️ 2');
  await expect(heart).toBeFocused();
});

test('a press counts as soon as the one before is shown, also while its answer is on its way', async ({ person, title }) => {
  const [mina, sora] = await threeInRoom(person, title);
  await sora.say('어때요?');
  await react(sora, sora.message('어때요?'), '❤️');
  const heart = chip(mina.message('어때요?'), '❤️');
  let answer = () => {};
  const answered = new Promise<void>((resolve) => (answer = resolve));
  await mina.page.route('**/api/react*', async (route) => {
    const response = await route.fetch();
    await answered;
    await route.fulfill({ response });
  });
  for (const text of ['❤️ 2', '❤️ 1', '❤️ 2']) {
    await heart.click();
    await expect(heart).toHaveText(text);
  }
  answer();
});

test('the menu says who feels so', async ({ person, title }) => {
  const [mina, sora, juno] = await threeInRoom(person, title);
  await sora.say('어때요?');
  for (const someone of [sora, juno]) await react(someone, someone.message('어때요?'), '😂');
  await react(juno, juno.message('어때요?'), '😮');
  await expect(chips(mina.message('어때요?'))).toHaveText(['😂 2', '😮 1']);
  await openMessageMenu(mina, mina.message('어때요?'));
  const [laughing, amazed] = [mina.menu.locator('p').filter({ hasText: '😂' }), mina.menu.locator('p').filter({ hasText: '😮' })];
  for (const someone of [sora, juno]) await expect(laughing).toContainText(await nameOf(someone, mina));
  await expect(amazed).toHaveText(`😮 ${await nameOf(juno, mina)}`);
});

test('what was felt about an old message is there when it is loaded', async ({ person, title }) => {
  const [mina, sora] = await threeInRoom(person, title);
  await sora.say('오래된 말');
  for (let n = 0; n < 120; n++) await sora.sayByApi(sora.roomId(), `사이 ${n}`);
  await mina.reload();
  await expect(mina.message('오래된 말')).toHaveCount(0);
  // Sora's page has the old message loaded, unlike Mina's.
  await sora.message('오래된 말').scrollIntoViewIfNeeded();
  await react(sora, sora.message('오래된 말'), '😢');
  await expect(chips(sora.message('오래된 말'))).toHaveText(['😢 1']);
  await expect(async () => {
    await mina.log.evaluate((log) => (log.scrollTop = -log.scrollHeight));
    await expect(mina.message('오래된 말')).toHaveCount(1, { timeout: 500 });
  }).toPass();
  await expect(chips(mina.message('오래된 말'))).toHaveText(['😢 1']);
});

test('nobody else learns what is felt about a whisper', async ({ person, title }) => {
  const [mina, sora, juno] = await threeInRoom(person, title);
  await whisperTo(mina, sora);
  await mina.say('비밀');
  await react(sora, sora.message('비밀'), '❤️');
  await expect(chips(mina.message('비밀'))).toHaveText(['❤️ 1']);
  await sora.say('들리는 말');
  await juno.expectMessage('들리는 말');
  await expect(juno.log.locator('.reactions')).toHaveCount(0);
});

test('a removed message has no reactions, and none can be added', async ({ person, title }) => {
  const [mina, sora, juno] = await threeInRoom(person, title);
  await sora.say('지울 말');
  await react(mina, mina.message('지울 말'), '👍');
  await expect(chips(juno.message('지울 말'))).toHaveCount(1);
  await remove(sora, sora.message('지울 말'));
  for (const someone of [mina, sora, juno]) {
    await expect(removedMessages(someone)).toHaveCount(1);
    await expect(someone.log.locator('.reactions')).toHaveCount(0);
    await expect(someone.log.locator('.more')).toHaveCount(0);
  }
});

/** The log without the unread line, which only some people have. */
async function sharedEntries(someone: Person): Promise<string[]> {
  return (await someone.entries()).filter((entry) => entry !== '여기부터 안 읽은 메시지');
}

test('after a cut all is as for who was not cut', NODES, async ({ person, relay, title }) => {
  const [mina, sora, juno] = await threeInRoom(person, title, { sora: { relay }, juno: { locale: 'ko-KR' } });
  for (const text of ['하나', '둘', '셋', '넷']) await juno.say(text);
  await react(mina, mina.message('하나'), '👍');
  await react(juno, juno.message('둘'), '🎉');
  await expect(chips(sora.message('둘'))).toHaveText(['🎉 1']);

  relay.cut();
  await expect(sora.offlineNotice).toBeVisible();
  await react(mina, mina.message('하나'), '👍');
  await react(mina, mina.message('하나'), '😂');
  await chip(mina.message('둘'), '🎉').click();
  await react(juno, juno.message('셋'), '😢');
  await remove(mina, mina.message('넷'));
  await mina.say('끊긴 사이');
  await react(juno, juno.message('끊긴 사이'), '😮');
  await expect(chips(mina.message('끊긴 사이'))).toHaveText(['😮 1']);
  const before = sora.catchUps;
  relay.restore();

  await sora.waitForReconnect(before);
  await expect(chips(sora.message('끊긴 사이'))).toHaveText(['😮 1']);
  await expect(chips(mina.message('둘'))).toHaveText(['🎉 2']);
  const expected = await sharedEntries(mina);
  for (const part of ['😂 1', '🎉 2', '😢 1', '지워진 메시지예요']) expect(expected).toContain(part);
  await expect.poll(() => sharedEntries(sora)).toEqual(expected);
});
