import { EACH_INPUT } from '../lib/devices.ts';
import { gif } from '../lib/gif.ts';
import {
  chooseMessageAction,
  quoteIn,
  remove,
  removedText,
  replyBar,
  stopWhispering,
  whisperBar,
  whisperTo,
} from '../lib/messages.ts';
import { hideButton, nameOf, threeInRoom } from '../lib/people.ts';
import { expect, test, type Person } from '../lib/test.ts';

/** How many entries one page of the history has. */
const PAGE = 50;

/** The person has jumped to this message: it is visible, focused and highlighted. */
async function expectFound(someone: Person, text: string): Promise<void> {
  const found = someone.message(text);
  await expect(found).toBeInViewport();
  await expect(found).toBeFocused();
  await expect(found).toHaveClass(/found/);
}

for (const [input, options] of EACH_INPUT) {
  test(`a reply quotes its message for everybody, and jumps to it: by ${input}`, async ({ person, title }) => {
    const [mina, sora, juno] = await threeInRoom(person, title, { mina: options });
    await sora.say('점심 뭐 먹죠?');
    await chooseMessageAction(mina, mina.message('점심 뭐 먹죠?'), 'reply', input);
    await expect(replyBar(mina)).toContainText(await nameOf(sora, mina));
    await expect(replyBar(mina)).toContainText('점심 뭐 먹죠?');
    await expect(mina.messageBox).toBeFocused();
    await mina.say('국수요', input);
    await expect(replyBar(mina), 'an answer is given once').toBeHidden();
    for (const someone of [mina, sora, juno]) {
      await expect(quoteIn(someone.message('국수요'))).toContainText(await nameOf(sora, someone));
      await expect(quoteIn(someone.message('국수요'))).toContainText('점심 뭐 먹죠?');
    }
    await mina.say('답장이 아니에요', input);
    await expect(quoteIn(mina.message('답장이 아니에요'))).toHaveCount(0);

    for (let n = 0; n < 25; n++) await sora.sayByApi(sora.roomId(), `사이 ${n}`);
    await sora.say('국수 좋아요');
    await expect(mina.message('국수 좋아요')).toBeInViewport();
    await chooseMessageAction(mina, mina.message('국수 좋아요'), 'reply', input);
    await mina.press(replyBar(mina).getByRole('button'), input);
    await expect(replyBar(mina)).toBeHidden();
    await expect(mina.messageBox).toBeFocused();
    await mina.message('국수요').scrollIntoViewIfNeeded();
    await mina.press(quoteIn(mina.message('국수요')), input);
    await expectFound(mina, '점심 뭐 먹죠?');
  });

  test(`a quote leads to a message that is not loaded: by ${input}`, async ({ person, title }) => {
    const [mina, sora] = await threeInRoom(person, title, { mina: options });
    await sora.say('아주 오래된 말');
    for (let n = 0; n < 2 * PAGE + 20; n++) await sora.sayByApi(sora.roomId(), `사이 ${n}`);
    await sora.expectMessage(`사이 ${2 * PAGE + 19}`);
    await sora.message('아주 오래된 말').scrollIntoViewIfNeeded();
    await chooseMessageAction(sora, sora.message('아주 오래된 말'), 'reply');
    await sora.say('아까 그 말이요');

    await mina.reload();
    const quote = quoteIn(mina.message('아까 그 말이요'));
    await expect(quote).toContainText(await nameOf(sora, mina));
    await expect(mina.message('아주 오래된 말')).toHaveCount(0);
    await mina.press(quote, input);
    await expectFound(mina, '아주 오래된 말');
    await expect(quote, 'what it says is known now').toContainText('아주 오래된 말');
  });
}

test('a reply to a GIF, by a GIF, quotes it as one', async ({ person, title }) => {
  const [mina, sora, juno] = await threeInRoom(person, title);
  await sora.sendGif(gif('첫째.gif', { tint: 1 }));
  await chooseMessageAction(mina, mina.gifs.first(), 'reply');
  await expect(replyBar(mina)).toContainText('GIF');
  await mina.sendGif(gif('둘째.gif', { tint: 2 }));
  await expect(replyBar(mina)).toBeHidden();
  for (const someone of [mina, sora, juno]) {
    await expect(someone.gifs).toHaveCount(2);
    await expect(quoteIn(someone.gifs.last())).toHaveText(`${await nameOf(sora, someone)} GIF`);
  }
});

test('a long message is quoted by its beginning', async ({ person, title }) => {
  const [mina, sora] = await threeInRoom(person, title);
  const long = `처음 ${'길고 긴 이야기 '.repeat(30)}끝`;
  await sora.say(long);
  await chooseMessageAction(mina, mina.message(long), 'reply');
  await mina.say('다 읽었어요');
  const quote = quoteIn(mina.message('다 읽었어요'));
  await expect(quote).toContainText('처음 길고 긴');
  await expect(quote).not.toContainText('끝');
  expect((await quote.boundingBox())!.height, 'a line for the name, one for the text').toBeLessThan(50);
});

test('what people write stays text in a quote', async ({ person, title }) => {
  const [mina, sora] = await threeInRoom(person, title);
  const wild = '<img src=x onerror=alert(1)> "&amp;"';
  await sora.say(wild);
  await chooseMessageAction(mina, mina.message(wild), 'reply');
  await mina.say('뭐죠');
  await expect(quoteIn(sora.message('뭐죠'))).toContainText(wild);
  await expect(quoteIn(mina.message('뭐죠')).locator('img')).toHaveCount(0);
  await mina.reload();
  await expect(quoteIn(mina.message('뭐죠'))).toContainText(wild);
});

test('the quote of a removed message says so on all screens, now and later', async ({ person, title }) => {
  const [mina, sora, juno] = await threeInRoom(person, title);
  await sora.say('잊어 주세요');
  await chooseMessageAction(mina, mina.message('잊어 주세요'), 'reply');
  await mina.say('못 잊어요');
  await remove(sora, sora.message('잊어 주세요'));
  for (const someone of [mina, sora, juno]) {
    await expect(quoteIn(someone.message('못 잊어요'))).toContainText(removedText(someone));
    await expect(someone.log).not.toContainText('잊어 주세요');
    await someone.reload();
    await expect(quoteIn(someone.message('못 잊어요'))).toContainText(removedText(someone));
    expect(await someone.page.content()).not.toContain('잊어 주세요');
  }
});

test('a reply to a whisper is a whisper, for both', async ({ person, title }) => {
  const [mina, sora, juno] = await threeInRoom(person, title);
  await whisperTo(mina, sora);
  await mina.say('우리끼리');
  await chooseMessageAction(sora, sora.message('우리끼리'), 'reply');
  await expect(whisperBar(sora)).toContainText(await nameOf(mina, sora));
  await expect(replyBar(sora)).toContainText('우리끼리');
  await sora.say('그래요');
  for (const someone of [mina, sora]) {
    await expect(someone.message('그래요')).toHaveClass(/whisper/);
    await expect(quoteIn(someone.message('그래요'))).toContainText('우리끼리');
  }
  await chooseMessageAction(mina, mina.message('우리끼리'), 'reply');
  await expect(whisperBar(mina), 'an answer to oneself goes to the same person').toContainText(await nameOf(sora, mina));
  await mina.say('덧붙이면');
  await expect(sora.message('덧붙이면')).toHaveClass(/whisper/);
  await stopWhispering(mina);
  await mina.say('모두에게');
  await juno.expectMessage('모두에게');
  for (const text of ['우리끼리', '그래요', '덧붙이면']) await expect(juno.log).not.toContainText(text);
});

test('a public message is answered in a whisper as well', async ({ person, title }) => {
  const [mina, sora, juno] = await threeInRoom(person, title);
  await sora.say('누가 알아요?');
  await whisperTo(mina, sora);
  await mina.say('저만 알아요');
  await chooseMessageAction(mina, mina.message('누가 알아요?'), 'reply');
  await expect(whisperBar(mina), 'what all may read is answered to all').toBeHidden();
  await mina.say('저요');
  await expect(quoteIn(juno.message('저요'))).toContainText('누가 알아요?');
  await expect(juno.message('저만 알아요')).toHaveCount(0);
});

test('what a hidden person said is not read in a quote either, but found by it', async ({ person, title }) => {
  const [mina, sora, juno] = await threeInRoom(person, title);
  await juno.say('too loud');
  await chooseMessageAction(sora, sora.message('too loud'), 'reply');
  await sora.say('조용히 해요');
  await expect(quoteIn(mina.message('조용히 해요'))).toContainText('too loud');
  const hide = await hideButton(mina, juno);
  await hide.click();
  await expect(quoteIn(mina.message('조용히 해요'))).toHaveText(`${await nameOf(juno, mina)} 이전 메시지`);
  await expect(mina.log).not.toContainText('too loud');
  await quoteIn(mina.message('조용히 해요')).click();
  await expectFound(mina, 'too loud');
  await hide.click();
  await expect(quoteIn(mina.message('조용히 해요'))).toContainText('too loud');
});
