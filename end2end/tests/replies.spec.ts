import { gif } from '../lib/gif.ts';
import {
  EACH_HAND,
  boxOf,
  choose,
  gifs,
  logOf,
  message,
  nameOf,
  press,
  quoteIn,
  reload,
  remove,
  replyBar,
  say,
  sendGif,
  three,
  whisperBar,
  whisperTo,
} from '../lib/talk.ts';
import { expect, test, type Person } from '../lib/test.ts';

/** How many entries a page of history has. */
const PAGE = 50;

/** The message somebody has jumped to: in sight, focused, standing out. */
async function isFound(someone: Person, text: string): Promise<void> {
  const found = message(someone, text);
  await expect(found).toBeInViewport();
  await expect(found).toBeFocused();
  await expect(found).toHaveClass(/found/);
}

for (const [hand, options] of EACH_HAND) {
  test(`a reply quotes its message for everybody, and jumps to it: by ${hand}`, async ({ person, title }) => {
    const [mina, sora, juno] = await three(person, title, { mina: options });
    await say(sora, '점심 뭐 먹죠?');
    await choose(mina, message(mina, '점심 뭐 먹죠?'), 'reply', hand);
    await expect(replyBar(mina)).toContainText(await nameOf(sora, mina));
    await expect(replyBar(mina)).toContainText('점심 뭐 먹죠?');
    await expect(boxOf(mina)).toBeFocused();
    await say(mina, '국수요', hand);
    await expect(replyBar(mina), 'an answer is given once').toBeHidden();
    for (const someone of [mina, sora, juno]) {
      await expect(quoteIn(message(someone, '국수요'))).toContainText(await nameOf(sora, someone));
      await expect(quoteIn(message(someone, '국수요'))).toContainText('점심 뭐 먹죠?');
    }
    await say(mina, '답장이 아니에요', hand);
    await expect(quoteIn(message(mina, '답장이 아니에요'))).toHaveCount(0);

    for (let n = 0; n < 25; n++) await sora.sayUnseen(sora.room(), `사이 ${n}`);
    await say(sora, '국수 좋아요');
    await expect(message(mina, '국수 좋아요')).toBeInViewport();
    await choose(mina, message(mina, '국수 좋아요'), 'reply', hand);
    await press(mina, replyBar(mina).getByRole('button'), hand);
    await expect(replyBar(mina)).toBeHidden();
    await expect(boxOf(mina)).toBeFocused();
    await message(mina, '국수요').scrollIntoViewIfNeeded();
    await press(mina, quoteIn(message(mina, '국수요')), hand);
    await isFound(mina, '점심 뭐 먹죠?');
  });

  test(`a quote leads to a message that is not loaded: by ${hand}`, async ({ person, title }) => {
    const [mina, sora] = await three(person, title, { mina: options });
    await say(sora, '아주 오래된 말');
    for (let n = 0; n < 2 * PAGE + 20; n++) await sora.sayUnseen(sora.room(), `사이 ${n}`);
    await expect(message(sora, `사이 ${2 * PAGE + 19}`)).toBeVisible();
    await message(sora, '아주 오래된 말').scrollIntoViewIfNeeded();
    await choose(sora, message(sora, '아주 오래된 말'), 'reply');
    await say(sora, '아까 그 말이요');

    await reload(mina);
    const quote = quoteIn(message(mina, '아까 그 말이요'));
    await expect(quote).toContainText(await nameOf(sora, mina));
    await expect(message(mina, '아주 오래된 말')).toHaveCount(0);
    await press(mina, quote, hand);
    await isFound(mina, '아주 오래된 말');
    await expect(quote, 'what it says is known now').toContainText('아주 오래된 말');
  });
}

test('a reply to a GIF, by a GIF, quotes it as one', async ({ person, title }) => {
  const [mina, sora, juno] = await three(person, title);
  await sendGif(sora, gif('첫째.gif', { tint: 1 }));
  await choose(mina, gifs(mina).first(), 'reply');
  await expect(replyBar(mina)).toContainText('GIF');
  await sendGif(mina, gif('둘째.gif', { tint: 2 }));
  await expect(replyBar(mina)).toBeHidden();
  for (const someone of [mina, sora, juno]) {
    await expect(gifs(someone)).toHaveCount(2);
    await expect(quoteIn(gifs(someone).last())).toHaveText(`${await nameOf(sora, someone)} GIF`);
  }
});

test('a long message is quoted by its beginning', async ({ person, title }) => {
  const [mina, sora] = await three(person, title);
  const long = `처음 ${'길고 긴 이야기 '.repeat(30)}끝`;
  await say(sora, long);
  await choose(mina, message(mina, long), 'reply');
  await say(mina, '다 읽었어요');
  const quote = quoteIn(message(mina, '다 읽었어요'));
  await expect(quote).toContainText('처음 길고 긴');
  await expect(quote).not.toContainText('끝');
  expect((await quote.boundingBox())!.height, 'a line for the name, one for the text').toBeLessThan(50);
});

test('what people write stays text in a quote', async ({ person, title }) => {
  const [mina, sora] = await three(person, title);
  const wild = '<img src=x onerror=alert(1)> "&amp;"';
  await say(sora, wild);
  await choose(mina, message(mina, wild), 'reply');
  await say(mina, '뭐죠');
  await expect(quoteIn(message(sora, '뭐죠'))).toContainText(wild);
  await expect(quoteIn(message(mina, '뭐죠')).locator('img')).toHaveCount(0);
  await reload(mina);
  await expect(quoteIn(message(mina, '뭐죠'))).toContainText(wild);
});

test('the quote of a removed message says so on all screens, now and later', async ({ person, title }) => {
  const [mina, sora, juno] = await three(person, title);
  await say(sora, '잊어 주세요');
  await choose(mina, message(mina, '잊어 주세요'), 'reply');
  await say(mina, '못 잊어요');
  await remove(sora, message(sora, '잊어 주세요'));
  for (const someone of [mina, sora, juno]) {
    await expect(quoteIn(message(someone, '못 잊어요'))).toContainText(/지워진 메시지예요|This message was removed/);
    await expect(logOf(someone)).not.toContainText('잊어 주세요');
    await reload(someone);
    await expect(quoteIn(message(someone, '못 잊어요'))).toContainText(/지워진 메시지예요|This message was removed/);
    expect(await someone.page.content()).not.toContain('잊어 주세요');
  }
});

test('a reply to a whisper is a whisper, for both', async ({ person, title }) => {
  const [mina, sora, juno] = await three(person, title);
  await whisperTo(mina, sora);
  await say(mina, '우리끼리');
  await choose(sora, message(sora, '우리끼리'), 'reply');
  await expect(whisperBar(sora)).toContainText(await nameOf(mina, sora));
  await expect(replyBar(sora)).toContainText('우리끼리');
  await say(sora, '그래요');
  for (const someone of [mina, sora]) {
    await expect(message(someone, '그래요')).toHaveClass(/whisper/);
    await expect(quoteIn(message(someone, '그래요'))).toContainText('우리끼리');
  }
  await choose(mina, message(mina, '우리끼리'), 'reply');
  await expect(whisperBar(mina), 'an answer to oneself goes to the same person').toContainText(await nameOf(sora, mina));
  await say(mina, '덧붙이면');
  await expect(message(sora, '덧붙이면')).toHaveClass(/whisper/);
  await press(mina, whisperBar(mina).getByRole('button'), 'mouse');
  await say(mina, '모두에게');
  await expect(message(juno, '모두에게')).toHaveCount(1);
  for (const text of ['우리끼리', '그래요', '덧붙이면']) await expect(logOf(juno)).not.toContainText(text);
});

test('a public message is answered in a whisper as well', async ({ person, title }) => {
  const [mina, sora, juno] = await three(person, title);
  await say(sora, '누가 알아요?');
  await whisperTo(mina, sora);
  await say(mina, '저만 알아요');
  await choose(mina, message(mina, '누가 알아요?'), 'reply');
  await expect(whisperBar(mina), 'what all may read is answered to all').toBeHidden();
  await say(mina, '저요');
  await expect(quoteIn(message(juno, '저요'))).toContainText('누가 알아요?');
  await expect(message(juno, '저만 알아요')).toHaveCount(0);
});

test('what a hidden person said is not read in a quote either, but found by it', async ({ person, title }) => {
  const [mina, sora, juno] = await three(person, title);
  await say(juno, 'too loud');
  await choose(sora, message(sora, 'too loud'), 'reply');
  await say(sora, '조용히 해요');
  await expect(quoteIn(message(mina, '조용히 해요'))).toContainText('too loud');
  const hide = mina.page.getByRole('button', { name: `${await nameOf(juno, mina)}님의 메시지 가리기` });
  await hide.click();
  await expect(quoteIn(message(mina, '조용히 해요'))).toHaveText(`${await nameOf(juno, mina)} 이전 메시지`);
  await expect(logOf(mina)).not.toContainText('too loud');
  await quoteIn(message(mina, '조용히 해요')).click();
  await isFound(mina, 'too loud');
  await hide.click();
  await expect(quoteIn(message(mina, '조용히 해요'))).toContainText('too loud');
});
