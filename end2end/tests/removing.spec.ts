import { gif } from '../lib/gif.ts';
import { allThatIsTold, overheard } from '../lib/roads.ts';
import {
  EACH_HAND,
  OFFERS,
  addressOf,
  choose,
  gifs,
  logOf,
  menuOf,
  message,
  openMenu,
  reload,
  remove,
  removed,
  say,
  sendGif,
  three,
  whisperTo,
} from '../lib/talk.ts';
import { expect, test, type Person } from '../lib/test.ts';

/** It is gone from this person's screen, and from all that the room tells them. */
async function hasNothingOf(someone: Person, secret: string): Promise<void> {
  await expect(logOf(someone)).not.toContainText(secret);
  expect(await someone.page.content()).not.toContain(secret);
  expect(await allThatIsTold(someone)).not.toContain(secret);
}

for (const [hand, options] of EACH_HAND) {
  test(`one's own text and GIF are taken back from all screens: by ${hand}`, async ({ person, title }) => {
    const [mina, sora, juno] = await three(person, title, { sora: options });
    await say(sora, '실수로 쓴 말', hand);
    const address = await addressOf(await sendGif(sora, gif('실수.gif', { tint: 3 })));
    for (const someone of [mina, juno]) await expect(gifs(someone)).toHaveCount(1);
    await remove(sora, message(sora, '실수로 쓴 말'), hand);
    for (const someone of [mina, sora, juno]) await expect(removed(someone)).toHaveCount(1);
    await remove(sora, gifs(sora), hand);
    for (const someone of [mina, sora, juno]) {
      await expect(removed(someone)).toHaveCount(2);
      await expect(gifs(someone)).toHaveCount(0);
      await hasNothingOf(someone, '실수로 쓴 말');
      await hasNothingOf(someone, address.split('/').at(-1)!);
      await reload(someone);
      await expect(removed(someone)).toHaveCount(2);
      expect(await someone.page.content()).not.toContain('실수로 쓴 말');
      for (const road of [address, `${address}/still`]) expect((await someone.context.request.get(road)).status(), road).toBe(404);
    }
  });

  test(`the owner takes back what anybody said: by ${hand}`, async ({ person, title }) => {
    const [mina, sora, juno] = await three(person, title, { mina: options });
    await say(sora, '심한 말');
    const address = await addressOf(await sendGif(juno, gif('심한.gif', { tint: 3 })));
    await remove(mina, message(mina, '심한 말'), hand);
    await expect(gifs(mina)).toHaveCount(1);
    await remove(mina, gifs(mina), hand);
    for (const someone of [mina, sora, juno]) {
      await expect(removed(someone)).toHaveCount(2);
      await hasNothingOf(someone, '심한 말');
      expect((await someone.context.request.get(address)).status()).toBe(404);
    }
  });
}

test('what others said is not offered, nor done when asked for all the same', async ({ person, title }) => {
  const [mina, sora, juno] = await three(person, title);
  await say(mina, '방장의 말');
  await say(juno, 'my own words');
  await openMenu(sora, message(sora, '방장의 말'));
  await expect(menuOf(sora).getByRole('button', { name: OFFERS.reply })).toBeVisible();
  await expect(menuOf(sora).getByRole('button', { name: OFFERS.remove })).toHaveCount(0);
  await sora.page.keyboard.press('Escape');
  await openMenu(juno, message(juno, 'my own words'));
  await expect(menuOf(juno).getByRole('button', { name: OFFERS.remove })).toBeVisible();

  const seq = (await message(sora, '방장의 말').getAttribute('id'))!.slice(1);
  const refused = await sora.post('remove_message', { room: sora.room(), seq });
  expect([refused.status(), await refused.text()]).toEqual([403, '"NotOwner"']);
  await expect(message(juno, '방장의 말')).toHaveCount(1);
});

test('the dialog asks first, and nothing is gone without a yes', async ({ person, title }) => {
  const [mina, sora] = await three(person, title);
  await say(mina, '남을 말');
  const dialog = mina.page.getByRole('dialog');
  await choose(mina, message(mina, '남을 말'), 'remove');
  await expect(dialog).toContainText('모두의 화면에서 사라지고, 되돌릴 수 없어요.');
  await dialog.getByRole('button', { name: '취소' }).click();
  await expect(dialog).toBeHidden();
  await choose(mina, message(mina, '남을 말'), 'remove');
  await mina.page.keyboard.press('Escape');
  await expect(dialog).toBeHidden();
  await say(mina, '그 다음');
  await expect(message(sora, '그 다음')).toHaveCount(1);
  await expect(message(sora, '남을 말')).toHaveCount(1);
  await expect(removed(sora)).toHaveCount(0);
});

test('a GIF that stands there twice stays for the other message', async ({ person, title }) => {
  const [mina, sora, juno] = await three(person, title);
  const same = gif('같은.gif', { tint: 5 });
  const address = await addressOf(await sendGif(sora, same));
  await sendGif(juno, same);
  await expect(gifs(sora)).toHaveCount(2);
  expect(await addressOf(gifs(sora).last())).toBe(address);
  await remove(sora, gifs(sora).first());
  for (const someone of [mina, sora, juno]) {
    await expect(gifs(someone)).toHaveCount(1);
    expect((await someone.context.request.get(address)).status()).toBe(200);
  }
  await remove(juno, gifs(juno));
  for (const someone of [mina, sora, juno]) {
    await expect(gifs(someone)).toHaveCount(0);
    expect((await someone.context.request.get(address)).status()).toBe(404);
  }
});

test('a whisper is taken back from the two, and the third does not even learn that', async ({ person, title }) => {
  const { coming, heard } = overheard(person);
  const [mina, sora, juno] = await three(coming, title, { mina: { locale: 'ko-KR' } });
  await whisperTo(sora, mina);
  await say(sora, '비밀이었어요');
  await expect(message(mina, '비밀이었어요')).toHaveCount(1);
  await remove(sora, message(sora, '비밀이었어요'));
  for (const someone of [mina, sora]) {
    await expect(removed(someone)).toHaveCount(1);
    await hasNothingOf(someone, '비밀이었어요');
  }
  await say(mina, '들리는 말');
  await expect(message(juno, '들리는 말')).toHaveCount(1);
  await expect(removed(juno)).toHaveCount(0);
  for (const word of ['비밀이었어요', 'Removal', 'Removed']) expect(heard[2]!.received.join('\n')).not.toContain(word);
  expect(await allThatIsTold(juno)).not.toContain('Removed');
});
