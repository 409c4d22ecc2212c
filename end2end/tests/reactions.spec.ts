import { gif } from '../lib/gif.ts';
import {
  EACH_HAND,
  EMOJI,
  chip,
  chips,
  gifs,
  logOf,
  menuOf,
  message,
  nameOf,
  openMenu,
  press,
  react,
  reload,
  remove,
  say,
  sendGif,
  tabTo,
  three,
  whisperTo,
} from '../lib/talk.ts';
import { NODES, expect, test, type Person } from '../lib/test.ts';

/** What everybody reads under a message. */
async function reads(people: Person[], text: string, expected: string[]): Promise<void> {
  for (const someone of people) await expect(chips(message(someone, text))).toHaveText(expected);
}

for (const [hand, options] of EACH_HAND) {
  test(`reactions come and go by the menu and by their chip, live for all: by ${hand}`, async ({ person, title }) => {
    const people = await three(person, title, { mina: options });
    const [mina, sora, juno] = people;
    await say(sora, '어때요?');
    await react(mina, message(mina, '어때요?'), '👍', hand);
    await reads(people, '어때요?', ['👍 1']);
    await expect(chip(message(mina, '어때요?'), '👍')).toHaveAttribute('aria-pressed', 'true');
    await expect(chip(message(sora, '어때요?'), '👍')).toHaveAttribute('aria-pressed', 'false');

    // The others join in by the chip, the first one leaves again by it.
    for (const someone of [sora, juno]) await chip(message(someone, '어때요?'), '👍').click();
    await reads(people, '어때요?', ['👍 3']);
    await press(mina, chip(message(mina, '어때요?'), '👍'), hand);
    await reads(people, '어때요?', ['👍 2']);
    await press(mina, chip(message(mina, '어때요?'), '👍'), hand);
    await reads(people, '어때요?', ['👍 3']);
    await expect(chip(message(mina, '어때요?'), '👍')).toHaveAttribute('aria-pressed', 'true');

    await react(mina, message(mina, '어때요?'), '🎉', hand);
    await reads(people, '어때요?', ['👍 3', '🎉 1']);
    await react(mina, message(mina, '어때요?'), '👍', hand);
    await reads(people, '어때요?', ['👍 2', '🎉 1']);
    await press(mina, chip(message(mina, '어때요?'), '🎉'), hand);
    await reads(people, '어때요?', ['👍 2']);
    for (const someone of people) await reload(someone);
    await reads(people, '어때요?', ['👍 2']);
  });
}

test('all six can be felt about one message at once, always in the same order', async ({ person, title }) => {
  const people = await three(person, title);
  const [mina, sora] = people;
  await sendGif(sora, gif('움짤.gif', { tint: 1 }));
  for (const emoji of EMOJI.toReversed()) await react(mina, gifs(mina), emoji);
  const all = EMOJI.map((emoji) => `${emoji} 1`);
  for (const someone of people) await expect(chips(gifs(someone))).toHaveText(all);
  await openMenu(mina, gifs(mina));
  for (const emoji of EMOJI) {
    await expect(menuOf(mina).getByRole('button', { name: emoji, exact: true })).toHaveAttribute('aria-pressed', 'true');
  }
});

test('a chip that was pressed by keyboard keeps the focus', async ({ person, title }) => {
  const [mina, sora] = await three(person, title);
  await say(sora, '어때요?');
  for (const someone of [mina, sora]) await react(someone, message(someone, '어때요?'), '❤️');
  const heart = chip(message(mina, '어때요?'), '❤️');
  await expect(heart).toHaveText('❤️ 2');
  await tabTo(mina, heart);
  await mina.page.keyboard.press('Enter');
  await expect(heart).toHaveText('❤️ 1');
  await expect(heart).toBeFocused();
  await mina.page.keyboard.press('Space');
  await expect(heart).toHaveText('❤️ 2');
  await expect(heart).toBeFocused();
});

test('the menu says who feels so', async ({ person, title }) => {
  const [mina, sora, juno] = await three(person, title);
  await say(sora, '어때요?');
  for (const someone of [sora, juno]) await react(someone, message(someone, '어때요?'), '😂');
  await react(juno, message(juno, '어때요?'), '😮');
  await expect(chips(message(mina, '어때요?'))).toHaveText(['😂 2', '😮 1']);
  await openMenu(mina, message(mina, '어때요?'));
  const [ours, theirs] = [menuOf(mina).locator('p').filter({ hasText: '😂' }), menuOf(mina).locator('p').filter({ hasText: '😮' })];
  for (const someone of [sora, juno]) await expect(ours).toContainText(await nameOf(someone, mina));
  await expect(theirs).toHaveText(`😮 ${await nameOf(juno, mina)}`);
});

test('what was felt about an old message is there when it is loaded', async ({ person, title }) => {
  const [mina, sora] = await three(person, title);
  await say(sora, '오래된 말');
  for (let n = 0; n < 120; n++) await sora.sayUnseen(sora.room(), `사이 ${n}`);
  await reload(mina);
  await expect(message(mina, '오래된 말')).toHaveCount(0);
  // It has the message, who reads the newest only does not.
  await message(sora, '오래된 말').scrollIntoViewIfNeeded();
  await react(sora, message(sora, '오래된 말'), '😢');
  await expect(chips(message(sora, '오래된 말'))).toHaveText(['😢 1']);
  await expect(async () => {
    await logOf(mina).evaluate((log) => (log.scrollTop = -log.scrollHeight));
    await expect(message(mina, '오래된 말')).toHaveCount(1, { timeout: 500 });
  }).toPass();
  await expect(chips(message(mina, '오래된 말'))).toHaveText(['😢 1']);
});

test('nobody else learns what is felt about a whisper', async ({ person, title }) => {
  const [mina, sora, juno] = await three(person, title);
  await whisperTo(mina, sora);
  await say(mina, '비밀');
  await react(sora, message(sora, '비밀'), '❤️');
  await expect(chips(message(mina, '비밀'))).toHaveText(['❤️ 1']);
  await say(sora, '들리는 말');
  await expect(message(juno, '들리는 말')).toHaveCount(1);
  await expect(logOf(juno).locator('.reactions')).toHaveCount(0);
});

test('a removed message has no reactions, and none can be added', async ({ person, title }) => {
  const [mina, sora, juno] = await three(person, title);
  await say(sora, '지울 말');
  await react(mina, message(mina, '지울 말'), '👍');
  await expect(chips(message(juno, '지울 말'))).toHaveCount(1);
  await remove(sora, message(sora, '지울 말'));
  for (const someone of [mina, sora, juno]) {
    await expect(logOf(someone).locator('.bubble.removed')).toHaveCount(1);
    await expect(logOf(someone).locator('.reactions')).toHaveCount(0);
    await expect(logOf(someone).locator('.more')).toHaveCount(0);
  }
});

/** The log, line by line; but for where somebody has stopped reading. */
async function lines(someone: Person): Promise<string[]> {
  const rows = logOf(someone).locator('.rows > li:not(.unread-line)');
  return rows.evaluateAll((all) => all.map((row) => (row.querySelector('.bubble') ?? row).textContent ?? ''));
}

test('after a cut all is as for who was not cut', NODES, async ({ person, line, title }) => {
  const [mina, sora, juno] = await three(person, title, { sora: { line }, juno: { locale: 'ko-KR' } });
  for (const text of ['하나', '둘', '셋', '넷']) await say(juno, text);
  await react(mina, message(mina, '하나'), '👍');
  await react(juno, message(juno, '둘'), '🎉');
  await expect(chips(message(sora, '둘'))).toHaveText(['🎉 1']);

  line.cut();
  await expect(sora.page.getByText('연결이 끊겼어요.')).toBeVisible();
  await react(mina, message(mina, '하나'), '👍');
  await react(mina, message(mina, '하나'), '😂');
  await chip(message(mina, '둘'), '🎉').click();
  await react(juno, message(juno, '셋'), '😢');
  await remove(mina, message(mina, '넷'));
  await say(mina, '끊긴 사이');
  await react(juno, message(juno, '끊긴 사이'), '😮');
  await expect(chips(message(mina, '끊긴 사이'))).toHaveText(['😮 1']);
  const before = sora.joined;
  line.mend();

  await sora.isBack(before, 20_000);
  await expect(chips(message(sora, '끊긴 사이'))).toHaveText(['😮 1']);
  await expect(chips(message(mina, '둘'))).toHaveText(['🎉 2']);
  const told = await lines(mina);
  for (const part of ['😂 1', '🎉 2', '😢 1', '지워진 메시지예요']) expect(told).toContain(part);
  await expect.poll(() => lines(sora)).toEqual(told);
});
