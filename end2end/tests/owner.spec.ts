import { EACH_INPUT, EACH_SIZE, TOUCH } from '../lib/devices.ts';
import { expectLooksRight } from '../lib/looks.ts';
import {
  changeSettings,
  dialogButton,
  dialogError,
  dialogField,
  expectOwner,
  fillInDialog,
  handOver,
  idOf,
  nameOf,
  openPersonDialog,
  openPersonMenu,
  openSettings,
  peopleOf,
  pressInDialog,
  roomHead,
  roomTitle,
  rowOf,
  sayToAll,
  settingsButton,
  systemLines,
  threeInRoom,
} from '../lib/people.ts';
import { NODES, expect, test } from '../lib/test.ts';

for (const [input, options] of EACH_INPUT) {
  test(`the owner hands the room over, and can do no more than others then: by ${input}`, async ({ person, title }) => {
    const [mina, sora, juno] = await threeInRoom(person, title, { mina: options });
    await expectOwner(mina, sora, juno);
    await expect(settingsButton(sora)).toBeHidden();
    await openPersonDialog(mina, sora, 'handOver', input);
    await pressInDialog(mina, 'cancel', input);
    await expect(mina.dialog).toBeHidden();
    await handOver(mina, sora, input);
    if (input === 'touch') await mina.page.keyboard.press('Escape');
    await expect(systemLines(sora).last()).toHaveText(`${await nameOf(sora)}님이 방장이 되셨습니다.`);
    await expect(systemLines(juno).last()).toHaveText(`${await nameOf(sora, juno)} is the owner now.`);
    for (const reader of [sora, juno]) await expectOwner(sora, reader);
    await expect(settingsButton(mina)).toBeHidden();
    await openPersonMenu(mina, juno, input);
    await expect(mina.menu.getByRole('button')).toHaveCount(2);

    await openSettings(sora);
    await pressInDialog(sora, 'cancel');
    const name = await nameOf(sora);
    await sora.openLobby();
    await expect(sora.card(title)).toContainText(name);
  });
}

test('when the owner leaves, who has sat longest is the next; a reload dethrones nobody', NODES, async ({ person, title }) => {
  const [mina, sora, juno] = await threeInRoom(person, title);
  const before = await systemLines(juno).count();
  await mina.reload();
  await sayToAll(mina, '새로고침했어요', sora, juno);
  await expectOwner(mina, sora, juno);
  await expect(systemLines(juno)).toHaveCount(before);

  await mina.leave();
  await expectOwner(sora, juno);
  await expect(systemLines(juno).last()).toHaveText(`${await nameOf(sora, juno)} is the owner now.`);
  await mina.enterByLink(sora.roomId());
  await expectOwner(sora, mina, juno);
  await sora.leave();
  // Juno has been here longer than Mina, who came back.
  await expectOwner(juno, mina);
});

test.describe('with a grace of three seconds', () => {
  test.use({ settings: { ROOM_GRACE: '3' } });

  test('the owner who reloads keeps the room, who closes all tabs loses it', async ({ person, title }) => {
    const [mina, sora, juno] = await threeInRoom(person, title);
    const tab = await mina.newTab();
    await tab.openRoom(mina.roomId());
    await mina.reload();
    await mina.page.close();
    const leaves = `${await nameOf(juno, sora)}님이 퇴장하셨습니다.`;
    await juno.page.close();
    // By the time this is announced, the grace of the reload is over too.
    await expect(systemLines(sora).last()).toHaveText(leaves);
    await expectOwner(tab, sora);
    await tab.page.close();
    await expect(settingsButton(sora)).toBeVisible();
    await expect(systemLines(sora).last()).toHaveText(`${await nameOf(sora)}님이 방장이 되셨습니다.`);
  });
});

for (const [input, options] of EACH_INPUT) {
  test(`title, number and password change for all who look: by ${input}`, async ({ person, title }) => {
    const [mina, sora, juno] = await threeInRoom(person, title, { mina: options });
    const [watcher, outside] = [await person(), await person({ locale: 'en-US' })];
    await watcher.watchLobby();
    const other = `${title} 새로`;
    await changeSettings(mina, { title: other, capacity: '7', password: 'meow' }, input);
    for (const reader of [mina, sora, juno]) {
      await expect(roomTitle(reader)).toHaveText(other);
      await expect(reader.page).toHaveTitle(`${other} · gifchat`);
      await expect(roomHead(reader)).toContainText(/비밀방|Password room/);
      await expect(roomHead(reader)).toContainText(/3\/7/);
    }
    await expect(systemLines(sora).last()).toHaveText(`${await nameOf(mina, sora)}님이 방을 바꿨습니다: 제목 ‘${other}’, 최대 7명, 비밀번호 설정`);
    await expect(systemLines(juno).last()).toHaveText(`${await nameOf(mina, juno)} changed the room: title “${other}”, up to 7 people, password set`);
    await expect(watcher.card(title)).toHaveCount(0);
    await expect(watcher.card(other)).toContainText('비밀방');
    await expect(watcher.card(other)).toContainText(/3\s*\/\s*7/);

    await outside.visitRoom(mina.roomId());
    await expect(outside.page.getByRole('heading', { name: other })).toBeVisible();
    await outside.tryPassword('woof');
    await expect(outside.page.getByText('That password is wrong.')).toBeVisible();

    // An empty password leaves the old one, another one replaces it, and the checkbox removes it.
    await changeSettings(mina, { capacity: '8' }, input);
    await expect(systemLines(sora).last()).toContainText('최대 8명');
    await expect(systemLines(sora).last()).not.toContainText('비밀번호');
    await changeSettings(mina, { password: 'woof' }, input);
    await expect(systemLines(sora).last()).toContainText('비밀번호 변경');
    await outside.tryPassword('woof');
    await expect(peopleOf(outside)).toHaveCount(4);

    await openSettings(mina, input);
    if (input === 'keyboard') {
      await dialogField(mina, 'removePassword').focus();
      await mina.page.keyboard.press('Space');
    } else {
      await mina.press(dialogField(mina, 'removePassword'), input);
    }
    await pressInDialog(mina, 'save', input);
    await expect(mina.dialog).toBeHidden();
    await expect(systemLines(juno).last()).toContainText('password removed');
    await expect(watcher.card(other)).toContainText('공개방');
    const late = await person();
    await late.enterByLink(mina.roomId());
    await expect(peopleOf(mina)).toHaveCount(5);
  });
}

test('what is wrong is said in the dialog, and what was typed stays', async ({ person, title }) => {
  const [mina, sora, juno] = await threeInRoom(person, title);
  for (const [owner, empty, tooFew] of [
    [mina, '방 제목을 적어 주세요.', '3명부터 1,000명까지 정할 수 있어요.'],
    [juno, 'Give the room a title.', 'It can be from 3 to 1,000 people.'],
  ] as const) {
    await openSettings(owner);
    await expect(dialogField(owner, 'title')).toHaveValue(title);
    await expect(dialogField(owner, 'capacity')).toHaveValue('10');
    await fillInDialog(owner, 'title', owner === mina ? '' : ' ');
    await fillInDialog(owner, 'password', '비밀');
    await pressInDialog(owner, 'save');
    await expect(dialogError(owner)).toHaveText(empty);
    await expect(dialogField(owner, 'password')).toHaveValue('비밀');
    await fillInDialog(owner, 'title', '다른 제목');
    await fillInDialog(owner, 'capacity', '2');
    await pressInDialog(owner, 'save');
    await expect(dialogError(owner)).toHaveText(tooFew);
    await expect(dialogField(owner, 'title')).toHaveValue('다른 제목');
    await expect(roomTitle(sora)).toHaveText(title);
    await pressInDialog(owner, 'cancel');
    await expect(owner.dialog).toBeHidden();
    if (owner === mina) await handOver(mina, juno);
  }
});

test('each wrong field has its own error, and the first of them gets the focus', async ({ person, title }) => {
  const [mina] = await threeInRoom(person, title);
  const [titleField, capacity] = [dialogField(mina, 'title'), dialogField(mina, 'capacity')];
  await openSettings(mina);
  await fillInDialog(mina, 'title', ' ');
  await fillInDialog(mina, 'capacity', '');
  await pressInDialog(mina, 'save');
  await expect(titleField).toBeFocused();
  await expect(titleField).toHaveAccessibleDescription('방 제목을 적어 주세요.');
  await expect(capacity).toHaveAccessibleDescription('몇 명까지 들어올지 적어 주세요.');
  for (const field of [titleField, capacity]) await expect(field).toHaveAttribute('aria-invalid', 'true');
  await expect(dialogField(mina, 'password')).not.toHaveAttribute('aria-invalid');
  const error = await dialogError(mina).first().boundingBox();
  expect(error!.y).toBeLessThan((await capacity.boundingBox())!.y);

  // An error goes when its field is corrected.
  await fillInDialog(mina, 'title', '새 제목');
  await expect(titleField).not.toHaveAttribute('aria-invalid');
  await expect(titleField).toHaveAccessibleDescription('');
  await expect(dialogError(mina)).toHaveCount(1);
  await pressInDialog(mina, 'save');
  await expect(capacity).toBeFocused();
  await fillInDialog(mina, 'capacity', '9');
  await pressInDialog(mina, 'save');
  await expect(mina.dialog).toBeHidden();
  await expect(roomTitle(mina)).toHaveText('새 제목');
});

test('what was not touched stays as it was set in another tab meanwhile', async ({ person, title }) => {
  const [mina] = await threeInRoom(person, title);
  const tab = await mina.newTab();
  await tab.openRoom(mina.roomId());
  await openSettings(tab);
  const other = `${title} 새로`;
  await changeSettings(mina, { title: other, password: 'meow' });
  await expect(roomTitle(tab)).toHaveText(other);
  await fillInDialog(tab, 'capacity', '9');
  await pressInDialog(tab, 'save');
  await expect(tab.dialog).toBeHidden();
  await expect(systemLines(mina).last()).toContainText('최대 9명');
  await expect(systemLines(mina).last()).not.toContainText('제목');
  for (const reader of [mina, tab]) {
    await expect(roomTitle(reader)).toHaveText(other);
    await expect(roomHead(reader)).toContainText('비밀방');
  }
});

test('nobody but the owner gets these rights, whatever they ask for', NODES, async ({ person, title }) => {
  const [mina, sora] = await threeInRoom(person, title);
  const room = mina.roomId();
  const id = await idOf(mina);
  for (const [act, form] of [
    ['set_room', { title: '내 방', capacity: '10' }],
    ['hand_over', { to: id }],
    ['throw_out', { whom: id }],
    ['let_in', { whom: id }],
    ['close_room', {}],
  ] as const) {
    const refused = await sora.callApi(act, { room, ...form });
    expect([act, refused.status()]).toEqual([act, 403]);
  }
  const bars = await sora.context.request.get(`/api/bars?room=${room}`, { headers: { accept: 'application/json' } });
  expect(bars.status()).toBe(403);
  await expectOwner(mina, sora);
  await expect(roomTitle(sora)).toHaveText(title);
});

for (const [input, options] of EACH_INPUT) {
  test(`closing is asked twice, and all see that the room is gone: by ${input}`, async ({ person, title }) => {
    const [mina, sora, juno] = await threeInRoom(person, title, { mina: options });
    const watcher = await person();
    await watcher.watchLobby();
    const room = mina.roomId();
    await openSettings(mina, input);
    await pressInDialog(mina, 'closeRoom', input);
    await pressInDialog(mina, 'close', input);
    await expect(mina.dialog.getByRole('heading')).toHaveText(/^(정말 닫을까요\?|Really close it\?)$/);
    await pressInDialog(mina, 'cancel', input);
    await expect(mina.dialog).toBeHidden();
    await sayToAll(mina, '아직 열려 있어요', sora, juno);

    await openSettings(mina, input);
    for (const step of ['closeRoom', 'close', 'closeForGood'] as const) await pressInDialog(mina, step, input);
    await expect(mina.page).toHaveURL('/');
    await expect(sora.page.getByRole('alert')).toContainText('존재하지 않는 방입니다.');
    await expect(juno.page.getByRole('alert')).toContainText('This room does not exist.');
    await expect(watcher.card(title)).toHaveCount(0);
    for (const someone of [mina, juno]) expect((await someone.visitRoom(room))?.status()).toBe(404);
  });
}

test('neither a double click nor a held key closes a room', async ({ person, title }) => {
  const [mina, sora] = await threeInRoom(person, title);
  const closing: string[] = [];
  mina.page.on('request', (request) => request.url().includes('/api/close_room') && closing.push(request.url()));
  const question = mina.dialog.getByRole('heading');
  await openSettings(mina);
  await pressInDialog(mina, 'closeRoom');
  await dialogButton(mina, 'close').dblclick();
  await expect(question).toHaveText('정말 닫을까요?');
  await pressInDialog(mina, 'cancel');

  await openSettings(mina);
  await dialogButton(mina, 'closeRoom').focus();
  await mina.page.keyboard.press('Enter');
  await expect(dialogButton(mina, 'close')).toBeFocused();
  await mina.page.keyboard.press('Enter');
  await expect(question).toHaveText('정말 닫을까요?');
  await expect(dialogButton(mina, 'cancel')).toBeFocused();
  await mina.page.keyboard.press('Enter');
  await expect(mina.dialog).toBeHidden();
  await sayToAll(mina, '방은 그대로예요', sora);
  expect(closing).toEqual([]);
});

for (const [size, viewport, schemes] of EACH_SIZE) {
  for (const colorScheme of schemes) {
    test(`the settings and the questions look right: ${size}, ${colorScheme}`, async ({ person }, info) => {
      const touch = size === 'phone' ? TOUCH : {};
      const long = `${'아주 긴 제목은 '.repeat(6)}끝`.slice(0, 50).trim();
      const locale = size === 'phone' ? 'en-US' : 'ko-KR';
      const [mina, sora] = await threeInRoom(person, long, { mina: { viewport, colorScheme, locale, reducedMotion: 'reduce', ...touch } });
      await changeSettings(mina, { password: 'meow' });
      await openSettings(mina);
      await expect(dialogField(mina, 'removePassword')).toBeVisible();
      await fillInDialog(mina, 'capacity', '2');
      await pressInDialog(mina, 'save');
      await expect(dialogError(mina)).toBeVisible();
      await expectLooksRight(mina, info.outputPath('settings.png'));
      await pressInDialog(mina, 'closeRoom');
      await expectLooksRight(mina, info.outputPath('close.png'));
      await pressInDialog(mina, 'close');
      await expectLooksRight(mina, info.outputPath('close-again.png'));
      await pressInDialog(mina, 'cancel');
      await openPersonDialog(mina, sora, 'handOver');
      await expectLooksRight(mina, info.outputPath('hand-over.png'));
      await pressInDialog(mina, 'handOver');
      await expect((await rowOf(mina, sora)).locator(':not([hidden]) > .crown svg')).toHaveCount(1);
    });
  }
}
