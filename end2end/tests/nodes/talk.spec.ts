import { gif } from '../../lib/gif.ts';
import { allThatIsTold, overheard } from '../../lib/roads.ts';
import {
  addressOf,
  boxOf,
  chip,
  chips,
  choose,
  gifs,
  logOf,
  message,
  nameOf,
  quoteIn,
  react,
  reload,
  remove,
  removed,
  say,
  sendGif,
  three,
  whisperTo,
} from '../../lib/talk.ts';
import { NODES, expect, test } from '../../lib/test.ts';

// The three of a test come by the first node, by the second, and through nginx.

test('a whisper crosses nodes to its target alone', NODES, async ({ person, title }) => {
  const { coming, heard } = overheard(person);
  const [mina, sora, juno] = await three(coming, title);
  await whisperTo(mina, sora);
  await say(mina, '건너편 비밀');
  const address = await addressOf(await sendGif(mina, gif('비밀.gif', { tint: 4 })));
  await expect(message(sora, '건너편 비밀')).toHaveClass(/whisper/);
  await expect(gifs(sora)).toHaveClass(/whisper/);
  await say(sora, '들리는 말');
  await expect(message(juno, '들리는 말')).toHaveCount(1);
  await reload(juno);
  await expect(message(juno, '들리는 말')).toHaveCount(1);
  const known = [heard[2]!.received.join('\n'), await juno.page.content(), await allThatIsTold(juno)].join('\n');
  for (const secret of ['비밀', address.split('/').at(-1)!]) expect(known).not.toContain(secret);
  expect((await juno.context.request.get(address)).status()).toBe(404);
  expect((await sora.context.request.get(address)).status()).toBe(200);
});

test('replies, reactions and removals of one node are those of the other', NODES, async ({ person, title }) => {
  const people = await three(person, title);
  const [mina, sora, juno] = people;
  await say(mina, '첫째 노드의 말');
  const address = await addressOf(await sendGif(mina, gif('움짤.gif', { tint: 1 })));
  await choose(sora, message(sora, '첫째 노드의 말'), 'reply');
  await say(sora, '둘째 노드의 답');
  await react(juno, message(juno, '둘째 노드의 답'), '🎉');
  await react(mina, message(mina, '둘째 노드의 답'), '👍');
  await expect(chips(message(sora, '둘째 노드의 답'))).toHaveText(['👍 1', '🎉 1']);
  await chip(message(sora, '둘째 노드의 답'), '🎉').click();
  for (const someone of people) {
    await expect(chips(message(someone, '둘째 노드의 답'))).toHaveText(['👍 1', '🎉 2']);
    await expect(quoteIn(message(someone, '둘째 노드의 답'))).toContainText(await nameOf(mina, someone));
    await expect(quoteIn(message(someone, '둘째 노드의 답'))).toContainText('첫째 노드의 말');
  }
  await remove(mina, message(mina, '첫째 노드의 말'));
  await remove(mina, gifs(mina));
  for (const someone of people) {
    await expect(removed(someone)).toHaveCount(2);
    await expect(quoteIn(message(someone, '둘째 노드의 답'))).toContainText(/지워진 메시지예요|This message was removed/);
    await reload(someone);
    await expect(removed(someone)).toHaveCount(2);
    expect(await allThatIsTold(someone)).not.toContain('첫째 노드의 말');
    expect((await someone.context.request.get(address)).status()).toBe(404);
    await expect(chips(message(someone, '둘째 노드의 답'))).toHaveText(['👍 1', '🎉 2']);
  }
});

test('who writes on one node is seen to on the other', NODES, async ({ person, title }) => {
  const [mina, sora, juno] = await three(person, title);
  await boxOf(mina).pressSequentially('음');
  await expect(sora.page.locator('.typing')).toHaveText(`${await nameOf(mina, sora)}님이 입력 중…`);
  await expect(juno.page.locator('.typing')).toHaveText(`${await nameOf(mina, juno)} is typing…`);
  await boxOf(mina).press('Enter');
  await expect(message(sora, '음')).toHaveCount(1);
  await expect(sora.page.locator('.typing')).toBeEmpty({ timeout: 1000 });
  await boxOf(sora).pressSequentially('네');
  await expect(mina.page.locator('.typing')).toContainText('입력 중…');
  await expect(mina.page.locator('.typing')).toBeEmpty({ timeout: 7000 });
  await expect(logOf(mina)).not.toContainText('입력 중');
});
