import { gif } from '../lib/gif.ts';
import { allThatIsTold, overheard } from '../lib/roads.ts';
import { badge, look, noteOutside, told } from '../lib/tab.ts';
import {
  EACH_HAND,
  addressOf,
  boxOf,
  choose,
  gifs,
  isIn,
  logOf,
  message,
  nameOf,
  press,
  reload,
  say,
  sendGif,
  three,
  whisperBar,
  whisperTo,
  write,
} from '../lib/talk.ts';
import { expect, test, type Person } from '../lib/test.ts';

/** The one who whispers reads to whom, the other one from whom. */
async function isBetween(from: Person, to: Person, text: string): Promise<void> {
  await expect(message(from, text).locator('.whisper-mark')).toContainText(await nameOf(to, from));
  const heard = message(to, text);
  await expect(heard.locator('.name')).toHaveText(await nameOf(from, to));
  await expect(heard.locator('.whisper-mark')).toHaveText(/^(나에게 귓속말|whispers to you)$/);
}

for (const [hand, options] of EACH_HAND) {
  test(`a whisper by the menu on a person goes on until it is ended: by ${hand}`, async ({ person, title }) => {
    const [mina, sora, juno] = await three(person, title, { mina: options });
    await whisperTo(mina, sora, hand);
    await say(mina, '너만 봐', hand);
    await isBetween(mina, sora, '너만 봐');
    await expect(whisperBar(mina)).toBeVisible();
    await say(mina, '이것도', hand);
    await expect(message(mina, '이것도')).toHaveClass(/whisper/);
    await expect(message(sora, '이것도')).toHaveClass(/whisper/);
    await sendGif(mina, gif('몰래.gif', { tint: 2 }));
    await expect(gifs(mina)).toHaveClass(/whisper/);
    await expect(gifs(sora)).toHaveClass(/whisper/);

    await press(mina, whisperBar(mina).getByRole('button'), hand);
    await expect(whisperBar(mina)).toBeHidden();
    await expect(boxOf(mina)).toBeFocused();
    await say(mina, '모두에게', hand);
    await expect(message(mina, '모두에게')).not.toHaveClass(/whisper/);
    await expect(message(juno, '모두에게')).toHaveCount(1);
    for (const text of ['너만 봐', '이것도']) await expect(message(juno, text)).toHaveCount(0);
    await expect(gifs(juno)).toHaveCount(0);
  });

  test(`a whisper by the menu on a message goes to its author: by ${hand}`, async ({ person, title }) => {
    const [mina, sora, juno] = await three(person, title, { mina: options });
    await say(juno, 'who wants a secret?');
    await choose(mina, message(mina, 'who wants a secret?'), 'whisper', hand);
    await expect(whisperBar(mina)).toContainText(await nameOf(juno, mina));
    await expect(boxOf(mina)).toBeFocused();
    await say(mina, '저요', hand);
    await isBetween(mina, juno, '저요');
    await say(juno, 'not in here');
    await expect(message(sora, 'not in here')).toHaveCount(1);
    await expect(message(sora, '저요')).toHaveCount(0);
  });
}

for (const command of ['/w', '/귓속말']) {
  test(`${command} whispers once, by the name as each language has it`, async ({ person, title }) => {
    const [mina, sora, juno] = await three(person, title);
    await write(mina, `${command} ${await nameOf(juno, mina)} 한국말로`);
    await expect(message(juno, '한국말로')).toHaveCount(1);
    await isBetween(mina, juno, '한국말로');
    await write(juno, `${command} @${(await nameOf(mina, juno)).toUpperCase()} in English`);
    await expect(message(mina, 'in English')).toHaveCount(1);
    await isBetween(juno, mina, 'in English');
    await expect(whisperBar(mina)).toBeHidden();
    await say(mina, '이건 모두에게');
    await expect(message(sora, '이건 모두에게')).toHaveCount(1);
    for (const text of ['한국말로', 'in English']) await expect(message(sora, text)).toHaveCount(0);
  });
}

test('a command without a text begins a whisper that goes on', async ({ person, title }) => {
  const [mina, sora, juno] = await three(person, title);
  await write(mina, `/귓속말 ${await nameOf(sora, mina)}`);
  await expect(whisperBar(mina)).toContainText(await nameOf(sora, mina));
  await expect(boxOf(mina)).toHaveValue('');
  await say(mina, '둘이서');
  await isBetween(mina, sora, '둘이서');
  await say(sora, '네');
  await expect(message(juno, '네')).toHaveCount(1);
  await expect(message(juno, '둘이서')).toHaveCount(0);
});

test('a name that nobody has is said so, and what was typed stays', async ({ person, title }) => {
  const [mina, sora, juno] = await three(person, title);
  await write(mina, '/w 아무개 비밀이야');
  await expect(mina.page.getByRole('alert').filter({ hasText: '이 방에 그런 사람이 없어요: 아무개 비밀이야' })).toBeVisible();
  await expect(boxOf(mina)).toHaveValue('/w 아무개 비밀이야');
  await write(juno, '/w');
  await expect(juno.page.getByRole('alert').filter({ hasText: 'Whisper to whom? Like: /w name text' })).toBeVisible();
  await write(mina, `/w ${await nameOf(mina)} 나에게`);
  await expect(mina.page.getByRole('alert').filter({ hasText: '나에게는 귓속말할 수 없어요.' })).toBeVisible();
  await expect(boxOf(mina)).toHaveValue(/나에게$/);
  await say(sora, '조용하네요');
  for (const someone of [sora, juno]) {
    await expect(message(someone, '조용하네요')).toHaveCount(1);
    await expect(logOf(someone)).not.toContainText('비밀이야');
    await expect(logOf(someone)).not.toContainText('나에게');
  }
});

test('the third person cannot learn of it by any road', async ({ person, title }) => {
  const { coming, heard } = overheard(person);
  const [mina, sora, juno] = await three(coming, title);
  await whisperTo(mina, sora);
  await say(mina, '첫번째 비밀');
  const address = await addressOf(await sendGif(mina, gif('비밀.gif', { tint: 4 })));
  await say(sora, '들리는 말');
  await whisperTo(sora, mina);
  await say(sora, '두번째 비밀');
  await press(mina, whisperBar(mina).getByRole('button'), 'mouse');
  await say(mina, '마지막 말');
  await expect(message(juno, '마지막 말')).toHaveCount(1);

  const sha = address.split('/').at(-1)!;
  const hides = (told: string, where: string) => {
    expect(told, where).toContain('들리는 말');
    for (const secret of ['비밀', sha]) expect(told, where).not.toContain(secret);
  };
  hides(heard[2]!.received.join('\n'), 'socket');
  hides(await juno.page.content(), 'page as it is');
  hides(await allThatIsTold(juno), 'page as it is sent, and history');
  await reload(juno);
  hides(await juno.page.content(), 'page after a reload');
  hides(heard[2]!.received.join('\n') + '들리는 말', 'socket after a reload');
  for (const road of [address, `${address}/still`]) expect((await juno.context.request.get(road)).status(), road).toBe(404);

  // The two have it by all of these roads.
  for (const someone of [mina, sora]) {
    const known = await allThatIsTold(someone);
    for (const secret of ['첫번째 비밀', '두번째 비밀', sha]) expect(known).toContain(secret);
    expect((await someone.context.request.get(address)).status()).toBe(200);
    await reload(someone);
    await expect(message(someone, '첫번째 비밀')).toHaveClass(/whisper/);
    await expect(gifs(someone)).toHaveClass(/whisper/);
  }
  await isBetween(mina, sora, '첫번째 비밀');
});

test('when its target has gone that is said, and the text can be sent again or discarded', async ({ person, title }) => {
  const [mina, sora, juno] = await three(person, title);
  const room = mina.room();
  await whisperTo(mina, sora);
  await say(mina, '아직 있죠?');
  await sora.leave();
  await expect(logOf(mina)).toContainText('님이 퇴장하셨습니다.');
  await write(mina, '벌써 갔나요');
  const kept = message(mina, '벌써 갔나요');
  await expect(kept).toContainText('그 사람은 이제 이 방에 없어요.');
  await write(mina, '이건 버릴게요');
  await message(mina, '이건 버릴게요').getByRole('button', { name: '지우기' }).click();
  await expect(message(mina, '이건 버릴게요')).toHaveCount(0);

  await reload(mina);
  await expect(kept).toContainText('그 사람은 이제 이 방에 없어요.');
  await expect(kept).toHaveClass(/whisper/);
  await kept.getByRole('button', { name: '다시 보내기' }).click();
  await expect(kept).toContainText('그 사람은 이제 이 방에 없어요.');
  await sora.page.goto(`/room/${room}`);
  await sora.page.getByRole('button', { name: '입장' }).click();
  await isIn(sora);
  await kept.getByRole('button', { name: '다시 보내기' }).click();
  await expect(message(sora, '벌써 갔나요')).toHaveClass(/whisper/);
  await expect(logOf(mina).locator('.pending li')).toHaveCount(0);
  await say(sora, '왔어요');
  await expect(message(juno, '왔어요')).toHaveCount(1);
  for (const text of ['벌써 갔나요', '이건 버릴게요']) await expect(message(juno, text)).toHaveCount(0);
});

test('one that is not sent yet stays a whisper over a reload', async ({ person, title }) => {
  const [mina, sora, juno] = await three(person, title);
  await mina.page.route('**/api/send_text*', (route) => route.abort());
  await whisperTo(mina, sora);
  await write(mina, '아직 못 간 말');
  await expect(message(mina, '아직 못 간 말')).toHaveClass(/whisper/);
  await expect(logOf(mina).getByText('아직 보내지 못했어요.')).toBeVisible();
  await mina.page.unroute('**/api/send_text*');
  await reload(mina);
  await expect(message(sora, '아직 못 간 말')).toHaveClass(/whisper/);
  await isBetween(mina, sora, '아직 못 간 말');
  await say(sora, '왔네요');
  await expect(message(juno, '왔네요')).toHaveCount(1);
  await expect(message(juno, '아직 못 간 말')).toHaveCount(0);
});

test('what is being whispered is no word to all after a reload', async ({ person, title }) => {
  const [mina, sora, juno] = await three(person, title);
  await whisperTo(mina, sora);
  await boxOf(mina).pressSequentially('쓰다 만 비밀');
  await reload(mina);
  await expect(boxOf(mina)).toHaveValue('쓰다 만 비밀');
  await expect(whisperBar(mina)).toContainText(await nameOf(sora, mina));
  await boxOf(mina).press('Enter');
  await isBetween(mina, sora, '쓰다 만 비밀');
  await press(mina, whisperBar(mina).getByRole('button'), 'mouse');
  await reload(mina);
  await expect(whisperBar(mina)).toBeHidden();
  await say(mina, '모두에게');
  await expect(message(juno, '모두에게')).toHaveCount(1);
  await expect(message(juno, '쓰다 만 비밀')).toHaveCount(0);
});

test('what another tab says to all does not make a whisper that is being written a word to all', async ({ person, title }) => {
  const [mina, sora, juno] = await three(person, title);
  await whisperTo(mina, sora);
  const other = await mina.secondTab();
  await other.page.goto(`/room/${mina.room()}`);
  await other.isInside();
  await press(other, whisperBar(other).getByRole('button'), 'mouse');
  await boxOf(mina).pressSequentially('둘만의 말');
  await reload(mina);
  await expect(boxOf(mina)).toHaveValue('둘만의 말');
  await boxOf(mina).press('Enter');
  await isBetween(mina, sora, '둘만의 말');
  await say(mina, '끝');
  await expect(message(juno, '둘만의 말')).toHaveCount(0);
});

test('it is news to its target alone', async ({ person, title }) => {
  const coming: typeof person = async (options) => {
    const someone = await person(options);
    await noteOutside(someone);
    return someone;
  };
  const [mina, sora, juno] = await three(coming, title);
  for (const someone of [sora, juno]) {
    await someone.page.getByRole('button', { name: /^(새 메시지 알림|Notify me of new messages)$/ }).click();
    await look(someone, 'elsewhere');
  }
  await whisperTo(mina, sora);
  await say(mina, '알려 줄게');
  await expect(sora.page).toHaveTitle(`(1) ${title} · gifchat`);
  await expect.poll(() => told(sora)).toHaveLength(1);
  expect((await told(sora))[0]?.body).toContain('알려 줄게');
  await press(mina, whisperBar(mina).getByRole('button'), 'mouse');
  await say(mina, '모두 들어요');
  await expect(sora.page).toHaveTitle(`(2) ${title} · gifchat`);
  await expect(juno.page).toHaveTitle(`(1) ${title} · gifchat`);
  await expect.poll(() => badge(juno)).toBe(1);
  expect((await told(juno)).map((one) => one.body).join()).not.toContain('알려');
});
