import { EACH_INPUT } from '../lib/devices.ts';
import { gif } from '../lib/gif.ts';
import {
  MESSAGE_ACTIONS,
  addressOf,
  chooseMessageAction,
  openMessageMenu,
  remove,
  removedMessages,
  whisperTo,
} from '../lib/messages.ts';
import { pressInDialog, threeInRoom } from '../lib/people.ts';
import { everythingServed } from '../lib/served.ts';
import { expect, test, type Person } from '../lib/test.ts';

/** Neither this person's page nor anything that the room serves them contains `secret`. */
async function expectNoTraceOf(someone: Person, secret: string): Promise<void> {
  await expect(someone.log).not.toContainText(secret);
  expect(await someone.page.content()).not.toContain(secret);
  expect(await everythingServed(someone)).not.toContain(secret);
}

for (const [input, options] of EACH_INPUT) {
  test(`one's own text and GIF are taken back from all screens: by ${input}`, async ({ person, title }) => {
    const [mina, sora, juno] = await threeInRoom(person, title, { sora: options });
    await sora.say('실수로 쓴 말', input);
    const address = await addressOf(await sora.sendGif(gif('실수.gif', { tint: 3 })));
    for (const someone of [mina, juno]) await expect(someone.gifs).toHaveCount(1);
    await remove(sora, sora.message('실수로 쓴 말'), input);
    for (const someone of [mina, sora, juno]) await expect(removedMessages(someone)).toHaveCount(1);
    await remove(sora, sora.gifs, input);
    for (const someone of [mina, sora, juno]) {
      await expect(removedMessages(someone)).toHaveCount(2);
      await expect(someone.gifs).toHaveCount(0);
      await expectNoTraceOf(someone, '실수로 쓴 말');
      await expectNoTraceOf(someone, address.split('/').at(-1)!);
      await someone.reload();
      await expect(removedMessages(someone)).toHaveCount(2);
      expect(await someone.page.content()).not.toContain('실수로 쓴 말');
      for (const path of [address, `${address}/still`]) expect((await someone.context.request.get(path)).status(), path).toBe(404);
    }
  });

  test(`the owner takes back what anybody said: by ${input}`, async ({ person, title }) => {
    const [mina, sora, juno] = await threeInRoom(person, title, { mina: options });
    await sora.say('심한 말');
    const address = await addressOf(await juno.sendGif(gif('심한.gif', { tint: 3 })));
    await remove(mina, mina.message('심한 말'), input);
    await expect(mina.gifs).toHaveCount(1);
    await remove(mina, mina.gifs, input);
    for (const someone of [mina, sora, juno]) {
      await expect(removedMessages(someone)).toHaveCount(2);
      await expectNoTraceOf(someone, '심한 말');
      expect((await someone.context.request.get(address)).status()).toBe(404);
    }
  });
}

test('what others said is not offered, nor done when asked for all the same', async ({ person, title }) => {
  const [mina, sora, juno] = await threeInRoom(person, title);
  await mina.say('방장의 말');
  await juno.say('my own words');
  await openMessageMenu(sora, sora.message('방장의 말'));
  await expect(sora.button(MESSAGE_ACTIONS.reply, sora.menu)).toBeVisible();
  await expect(sora.button(MESSAGE_ACTIONS.remove, sora.menu)).toHaveCount(0);
  await sora.page.keyboard.press('Escape');
  await openMessageMenu(juno, juno.message('my own words'));
  await expect(juno.button(MESSAGE_ACTIONS.remove, juno.menu)).toBeVisible();

  const seq = (await sora.message('방장의 말').getAttribute('id'))!.slice(1);
  const refused = await sora.callApi('remove_message', { room: sora.roomId(), seq });
  expect([refused.status(), await refused.text()]).toEqual([403, '"NotOwner"']);
  await juno.expectMessage('방장의 말');
});

test('the dialog asks first, and nothing is gone without a yes', async ({ person, title }) => {
  const [mina, sora] = await threeInRoom(person, title);
  await mina.say('남을 말');
  await chooseMessageAction(mina, mina.message('남을 말'), 'remove');
  await expect(mina.dialog).toContainText('모두의 화면에서 사라지고, 되돌릴 수 없어요.');
  await pressInDialog(mina, 'cancel');
  await expect(mina.dialog).toBeHidden();
  await chooseMessageAction(mina, mina.message('남을 말'), 'remove');
  await mina.page.keyboard.press('Escape');
  await expect(mina.dialog).toBeHidden();
  await mina.say('그 다음');
  await sora.expectMessage('그 다음');
  await sora.expectMessage('남을 말');
  await expect(removedMessages(sora)).toHaveCount(0);
});

test('a GIF that stands there twice stays for the other message', async ({ person, title }) => {
  const [mina, sora, juno] = await threeInRoom(person, title);
  const same = gif('같은.gif', { tint: 5 });
  const address = await addressOf(await sora.sendGif(same));
  await juno.sendGif(same);
  await expect(sora.gifs).toHaveCount(2);
  expect(await addressOf(sora.gifs.last())).toBe(address);
  await remove(sora, sora.gifs.first());
  for (const someone of [mina, sora, juno]) {
    await expect(someone.gifs).toHaveCount(1);
    expect((await someone.context.request.get(address)).status()).toBe(200);
  }
  await remove(juno, juno.gifs);
  for (const someone of [mina, sora, juno]) {
    await expect(someone.gifs).toHaveCount(0);
    expect((await someone.context.request.get(address)).status()).toBe(404);
  }
});

test('a whisper is taken back from the two, and the third does not even learn that', async ({ person, title }) => {
  const [mina, sora, juno] = await threeInRoom(person, title, { mina: { locale: 'ko-KR' } });
  await whisperTo(sora, mina);
  await sora.say('비밀이었어요');
  await mina.expectMessage('비밀이었어요');
  await remove(sora, sora.message('비밀이었어요'));
  for (const someone of [mina, sora]) {
    await expect(removedMessages(someone)).toHaveCount(1);
    await expectNoTraceOf(someone, '비밀이었어요');
  }
  await mina.say('들리는 말');
  await juno.expectMessage('들리는 말');
  await expect(removedMessages(juno)).toHaveCount(0);
  for (const word of ['비밀이었어요', 'Removal', 'Removed']) expect(juno.frames.received.join('\n')).not.toContain(word);
  expect(await everythingServed(juno)).not.toContain('Removed');
});
