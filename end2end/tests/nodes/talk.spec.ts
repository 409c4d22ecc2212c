import { gif } from '../../lib/gif.ts';
import {
  addressOf,
  chip,
  chips,
  chooseMessageAction,
  quoteIn,
  react,
  remove,
  removedMessages,
  removedText,
  typingNotice,
  whisperTo,
} from '../../lib/messages.ts';
import { nameOf, threeInRoom } from '../../lib/people.ts';
import { everythingServed } from '../../lib/served.ts';
import { NODES, expect, test } from '../../lib/test.ts';

// In each test Mina is on the first node, Sora on the second, and Juno comes through nginx.

test('a whisper crosses nodes to its target alone', NODES, async ({ person, title }) => {
  const [mina, sora, juno] = await threeInRoom(person, title);
  await whisperTo(mina, sora);
  await mina.say('건너편 비밀');
  const address = await addressOf(await mina.sendGif(gif('비밀.gif', { tint: 4 })));
  await expect(sora.message('건너편 비밀')).toHaveClass(/whisper/);
  await expect(sora.gifs).toHaveClass(/whisper/);
  await sora.say('들리는 말');
  await juno.expectMessage('들리는 말');
  await juno.reload();
  await juno.expectMessage('들리는 말');
  const known = [juno.frames.received.join('\n'), await juno.page.content(), await everythingServed(juno)].join('\n');
  for (const secret of ['비밀', address.split('/').at(-1)!]) expect(known).not.toContain(secret);
  expect((await juno.context.request.get(address)).status()).toBe(404);
  expect((await sora.context.request.get(address)).status()).toBe(200);
});

test('replies, reactions and removals of one node are those of the other', NODES, async ({ person, title }) => {
  const people = await threeInRoom(person, title);
  const [mina, sora, juno] = people;
  await mina.say('첫째 노드의 말');
  const address = await addressOf(await mina.sendGif(gif('움짤.gif', { tint: 1 })));
  await chooseMessageAction(sora, sora.message('첫째 노드의 말'), 'reply');
  await sora.say('둘째 노드의 답');
  await react(juno, juno.message('둘째 노드의 답'), '🎉');
  await react(mina, mina.message('둘째 노드의 답'), '👍');
  await expect(chips(sora.message('둘째 노드의 답'))).toHaveText(['👍 1', '🎉 1']);
  await chip(sora.message('둘째 노드의 답'), '🎉').click();
  for (const someone of people) {
    await expect(chips(someone.message('둘째 노드의 답'))).toHaveText(['👍 1', '🎉 2']);
    await expect(quoteIn(someone.message('둘째 노드의 답'))).toContainText(await nameOf(mina, someone));
    await expect(quoteIn(someone.message('둘째 노드의 답'))).toContainText('첫째 노드의 말');
  }
  await remove(mina, mina.message('첫째 노드의 말'));
  await remove(mina, mina.gifs);
  for (const someone of people) {
    await expect(removedMessages(someone)).toHaveCount(2);
    await expect(quoteIn(someone.message('둘째 노드의 답'))).toContainText(removedText(someone));
    await someone.reload();
    await expect(removedMessages(someone)).toHaveCount(2);
    expect(await everythingServed(someone)).not.toContain('첫째 노드의 말');
    expect((await someone.context.request.get(address)).status()).toBe(404);
    await expect(chips(someone.message('둘째 노드의 답'))).toHaveText(['👍 1', '🎉 2']);
  }
});

test('who writes on one node is seen to on the other', NODES, async ({ person, title }) => {
  const [mina, sora, juno] = await threeInRoom(person, title);
  await mina.messageBox.pressSequentially('음');
  await expect(typingNotice(sora)).toHaveText(`${await nameOf(mina, sora)}님이 입력 중…`);
  await expect(typingNotice(juno)).toHaveText(`${await nameOf(mina, juno)} is typing…`);
  await mina.messageBox.press('Enter');
  await sora.expectMessage('음');
  await expect(typingNotice(sora)).toBeEmpty({ timeout: 1000 });
  await sora.messageBox.pressSequentially('네');
  await expect(typingNotice(mina)).toContainText('입력 중…');
  await expect(typingNotice(mina)).toBeEmpty({ timeout: 7000 });
  await expect(mina.log).not.toContainText('입력 중');
});
