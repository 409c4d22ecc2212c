import { EACH_INPUT } from '../lib/devices.ts';
import { gif } from '../lib/gif.ts';
import { addressOf, chooseMessageAction, stopWhispering, whisperBar, whisperTo } from '../lib/messages.ts';
import { badgeOf, bell, notificationsOf, setVisibility, withStubs } from '../lib/notifications.ts';
import { nameOf, threeInRoom } from '../lib/people.ts';
import { LEFT } from '../lib/person.ts';
import { everythingServed } from '../lib/served.ts';
import { expect, test, type Person } from '../lib/test.ts';

/** A whisper names its recipient on the page of its author, and its author on the page of its recipient. */
async function expectWhisper(from: Person, to: Person, text: string): Promise<void> {
  await expect(from.message(text).locator('.whisper-mark')).toContainText(await nameOf(to, from));
  const heard = to.message(text);
  await expect(heard.locator('.name')).toHaveText(await nameOf(from, to));
  await expect(heard.locator('.whisper-mark')).toHaveText(/^(나에게 귓속말|whispers to you)$/);
}

for (const [input, options] of EACH_INPUT) {
  test(`a whisper by the menu on a person goes on until it is ended: by ${input}`, async ({ person, title }) => {
    const [mina, sora, juno] = await threeInRoom(person, title, { mina: options });
    await whisperTo(mina, sora, input);
    await mina.say('너만 봐', input);
    await expectWhisper(mina, sora, '너만 봐');
    await expect(whisperBar(mina)).toBeVisible();
    await mina.say('이것도', input);
    await expect(mina.message('이것도')).toHaveClass(/whisper/);
    await expect(sora.message('이것도')).toHaveClass(/whisper/);
    await mina.sendGif(gif('몰래.gif', { tint: 2 }));
    await expect(mina.gifs).toHaveClass(/whisper/);
    await expect(sora.gifs).toHaveClass(/whisper/);

    await stopWhispering(mina, input);
    await expect(whisperBar(mina)).toBeHidden();
    await expect(mina.messageBox).toBeFocused();
    await mina.say('모두에게', input);
    await expect(mina.message('모두에게')).not.toHaveClass(/whisper/);
    await juno.expectMessage('모두에게');
    for (const text of ['너만 봐', '이것도']) await expect(juno.message(text)).toHaveCount(0);
    await expect(juno.gifs).toHaveCount(0);
  });

  test(`a whisper by the menu on a message goes to its author: by ${input}`, async ({ person, title }) => {
    const [mina, sora, juno] = await threeInRoom(person, title, { mina: options });
    await juno.say('who wants a secret?');
    await chooseMessageAction(mina, mina.message('who wants a secret?'), 'whisper', input);
    await expect(whisperBar(mina)).toContainText(await nameOf(juno, mina));
    await expect(mina.messageBox).toBeFocused();
    await mina.say('저요', input);
    await expectWhisper(mina, juno, '저요');
    await juno.say('not in here');
    await sora.expectMessage('not in here');
    await expect(sora.message('저요')).toHaveCount(0);
  });
}

for (const command of ['/w', '/귓속말']) {
  test(`${command} whispers once, by the name as each language has it`, async ({ person, title }) => {
    const [mina, sora, juno] = await threeInRoom(person, title);
    await mina.send(`${command} ${await nameOf(juno, mina)} 한국말로`);
    await juno.expectMessage('한국말로');
    await expectWhisper(mina, juno, '한국말로');
    await juno.send(`${command} @${(await nameOf(mina, juno)).toUpperCase()} in English`);
    await mina.expectMessage('in English');
    await expectWhisper(juno, mina, 'in English');
    await expect(whisperBar(mina)).toBeHidden();
    await mina.say('이건 모두에게');
    await sora.expectMessage('이건 모두에게');
    for (const text of ['한국말로', 'in English']) await expect(sora.message(text)).toHaveCount(0);
  });
}

test('a command without a text begins a whisper that goes on', async ({ person, title }) => {
  const [mina, sora, juno] = await threeInRoom(person, title);
  await mina.send(`/귓속말 ${await nameOf(sora, mina)}`);
  await expect(whisperBar(mina)).toContainText(await nameOf(sora, mina));
  await expect(mina.messageBox).toHaveValue('');
  await mina.say('둘이서');
  await expectWhisper(mina, sora, '둘이서');
  await sora.say('네');
  await juno.expectMessage('네');
  await expect(juno.message('둘이서')).toHaveCount(0);
});

test('a name that nobody has is said so, and what was typed stays', async ({ person, title }) => {
  const [mina, sora, juno] = await threeInRoom(person, title);
  await mina.send('/w 아무개 비밀이야');
  await expect(mina.page.getByRole('alert').filter({ hasText: '이 방에 그런 사람이 없어요: 아무개 비밀이야' })).toBeVisible();
  await expect(mina.messageBox).toHaveValue('/w 아무개 비밀이야');
  await juno.send('/w');
  await expect(juno.page.getByRole('alert').filter({ hasText: 'Whisper to whom? Like: /w name text' })).toBeVisible();
  await mina.send(`/w ${await nameOf(mina)} 나에게`);
  await expect(mina.page.getByRole('alert').filter({ hasText: '나에게는 귓속말할 수 없어요.' })).toBeVisible();
  await expect(mina.messageBox).toHaveValue(/나에게$/);
  await sora.say('조용하네요');
  for (const someone of [sora, juno]) {
    await someone.expectMessage('조용하네요');
    await expect(someone.log).not.toContainText('비밀이야');
    await expect(someone.log).not.toContainText('나에게');
  }
});

test('the third person cannot learn of it by any road', async ({ person, title }) => {
  const [mina, sora, juno] = await threeInRoom(person, title);
  await whisperTo(mina, sora);
  await mina.say('첫번째 비밀');
  const address = await addressOf(await mina.sendGif(gif('비밀.gif', { tint: 4 })));
  await sora.say('들리는 말');
  await whisperTo(sora, mina);
  await sora.say('두번째 비밀');
  await stopWhispering(mina);
  await mina.say('마지막 말');
  await juno.expectMessage('마지막 말');

  const sha = address.split('/').at(-1)!;
  const expectNoSecret = (text: string, where: string) => {
    expect(text, where).toContain('들리는 말');
    for (const secret of ['비밀', sha]) expect(text, where).not.toContain(secret);
  };
  expectNoSecret(juno.frames.received.join('\n'), 'socket');
  expectNoSecret(await juno.page.content(), 'page as it is');
  expectNoSecret(await everythingServed(juno), 'page as it is sent, and history');
  await juno.reload();
  expectNoSecret(await juno.page.content(), 'page after a reload');
  expectNoSecret(juno.frames.received.join('\n') + '들리는 말', 'socket after a reload');
  for (const path of [address, `${address}/still`]) expect((await juno.context.request.get(path)).status(), path).toBe(404);

  // The author and the recipient get it by all of these ways.
  for (const someone of [mina, sora]) {
    const known = await everythingServed(someone);
    for (const secret of ['첫번째 비밀', '두번째 비밀', sha]) expect(known).toContain(secret);
    expect((await someone.context.request.get(address)).status()).toBe(200);
    await someone.reload();
    await expect(someone.message('첫번째 비밀')).toHaveClass(/whisper/);
    await expect(someone.gifs).toHaveClass(/whisper/);
  }
  await expectWhisper(mina, sora, '첫번째 비밀');
});

test('when its target has gone that is said, and the text can be sent again or discarded', async ({ person, title }) => {
  const [mina, sora, juno] = await threeInRoom(person, title);
  const room = mina.roomId();
  await whisperTo(mina, sora);
  await mina.say('아직 있죠?');
  await sora.leave();
  await expect(mina.log).toContainText(LEFT);
  await mina.send('벌써 갔나요');
  const kept = mina.message('벌써 갔나요');
  await expect(kept).toContainText('그 사람은 이제 이 방에 없어요.');
  await mina.send('이건 버릴게요');
  await mina.button(['지우기', 'Discard'], mina.message('이건 버릴게요')).click();
  await expect(mina.message('이건 버릴게요')).toHaveCount(0);

  await mina.reload();
  await expect(kept).toContainText('그 사람은 이제 이 방에 없어요.');
  await expect(kept).toHaveClass(/whisper/);
  await mina.retryButton(kept).click();
  await expect(kept).toContainText('그 사람은 이제 이 방에 없어요.');
  await sora.enterByLink(room);
  await mina.retryButton(kept).click();
  await expect(sora.message('벌써 갔나요')).toHaveClass(/whisper/);
  await expect(mina.log.locator('.pending li')).toHaveCount(0);
  await sora.say('왔어요');
  await juno.expectMessage('왔어요');
  for (const text of ['벌써 갔나요', '이건 버릴게요']) await expect(juno.message(text)).toHaveCount(0);
});

test('one that is not sent yet stays a whisper over a reload', async ({ person, title }) => {
  const [mina, sora, juno] = await threeInRoom(person, title);
  await mina.page.route('**/api/send_text*', (route) => route.abort());
  await whisperTo(mina, sora);
  await mina.send('아직 못 간 말');
  await expect(mina.message('아직 못 간 말')).toHaveClass(/whisper/);
  await expect(mina.unsentNotice).toBeVisible();
  await mina.page.unroute('**/api/send_text*');
  await mina.reload();
  await expect(sora.message('아직 못 간 말')).toHaveClass(/whisper/);
  await expectWhisper(mina, sora, '아직 못 간 말');
  await sora.say('왔네요');
  await juno.expectMessage('왔네요');
  await expect(juno.message('아직 못 간 말')).toHaveCount(0);
});

test('what is being whispered is no word to all after a reload', async ({ person, title }) => {
  const [mina, sora, juno] = await threeInRoom(person, title);
  await whisperTo(mina, sora);
  await mina.messageBox.pressSequentially('쓰다 만 비밀');
  await mina.reload();
  await expect(mina.messageBox).toHaveValue('쓰다 만 비밀');
  await expect(whisperBar(mina)).toContainText(await nameOf(sora, mina));
  await mina.messageBox.press('Enter');
  await expectWhisper(mina, sora, '쓰다 만 비밀');
  await stopWhispering(mina);
  await mina.reload();
  await expect(whisperBar(mina)).toBeHidden();
  await mina.say('모두에게');
  await juno.expectMessage('모두에게');
  await expect(juno.message('쓰다 만 비밀')).toHaveCount(0);
});

test('what another tab says to all does not make a whisper that is being written a word to all', async ({ person, title }) => {
  const [mina, sora, juno] = await threeInRoom(person, title);
  await whisperTo(mina, sora);
  const other = await mina.newTab();
  await other.openRoom(mina.roomId());
  await stopWhispering(other);
  await mina.messageBox.pressSequentially('둘만의 말');
  await mina.reload();
  await expect(mina.messageBox).toHaveValue('둘만의 말');
  await mina.messageBox.press('Enter');
  await expectWhisper(mina, sora, '둘만의 말');
  await mina.say('끝');
  await expect(juno.message('둘만의 말')).toHaveCount(0);
});

test('it is news to its target alone', async ({ person, title }) => {
  const [mina, sora, juno] = await threeInRoom(withStubs(person), title);
  for (const someone of [sora, juno]) {
    await bell(someone).click();
    await setVisibility(someone, 'hidden');
  }
  await whisperTo(mina, sora);
  await mina.say('알려 줄게');
  await expect(sora.page).toHaveTitle(`(1) ${title} · gifchat`);
  await expect.poll(() => notificationsOf(sora)).toHaveLength(1);
  expect((await notificationsOf(sora))[0]?.body).toContain('알려 줄게');
  await stopWhispering(mina);
  await mina.say('모두 들어요');
  await expect(sora.page).toHaveTitle(`(2) ${title} · gifchat`);
  await expect(juno.page).toHaveTitle(`(1) ${title} · gifchat`);
  await expect.poll(() => badgeOf(juno)).toBe(1);
  expect((await notificationsOf(juno)).map((one) => one.body).join()).not.toContain('알려');
});
