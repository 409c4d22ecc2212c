import type { Locator } from '@playwright/test';

import {
  answer,
  ask,
  dialogOf,
  facts,
  field,
  fillIn,
  handOver,
  isOwner,
  openMenuOn,
  openSettings,
  placeOf,
  set,
  settingsButton,
  settle,
  wrongIn,
} from '../lib/people.ts';
import { EACH_HAND, PHONE, WIDE, comeIn, looksRight, menuOf, nameOf, peopleOf, press, reload, three } from '../lib/talk.ts';
import { NODES, expect, test, type Person } from '../lib/test.ts';

function heading(someone: Person): Locator {
  return someone.page.getByRole('heading', { level: 1 });
}

for (const [hand, options] of EACH_HAND) {
  test(`the owner hands the room over, and can do no more than others then: by ${hand}`, async ({ person, title }) => {
    const [mina, sora, juno] = await three(person, title, { mina: options });
    await isOwner(mina, sora, juno);
    await expect(settingsButton(sora)).toBeHidden();
    await ask(mina, sora, 'handOver', hand);
    await answer(mina, 'cancel', hand);
    await expect(dialogOf(mina)).toBeHidden();
    await handOver(mina, sora, hand);
    if (hand === 'touch') await mina.page.keyboard.press('Escape');
    await expect(facts(sora).last()).toHaveText(`${await nameOf(sora)}님이 방장이 되셨습니다.`);
    await expect(facts(juno).last()).toHaveText(`${await nameOf(sora, juno)} is the owner now.`);
    for (const reader of [sora, juno]) await isOwner(sora, reader);
    await expect(settingsButton(mina)).toBeHidden();
    await openMenuOn(mina, juno, hand);
    await expect(menuOf(mina).getByRole('button')).toHaveCount(2);

    await openSettings(sora);
    await answer(sora, 'cancel');
    const name = await nameOf(sora);
    await sora.openLobby();
    await expect(sora.card(title)).toContainText(name);
  });
}

test('when the owner leaves, who has sat longest is the next; a reload dethrones nobody', NODES, async ({ person, title }) => {
  const [mina, sora, juno] = await three(person, title);
  const before = await facts(juno).count();
  await reload(mina);
  await settle(mina, '새로고침했어요', sora, juno);
  await isOwner(mina, sora, juno);
  await expect(facts(juno)).toHaveCount(before);

  await mina.leave();
  await isOwner(sora, juno);
  await expect(facts(juno).last()).toHaveText(`${await nameOf(sora, juno)} is the owner now.`);
  await comeIn(mina, sora.room());
  await isOwner(sora, mina, juno);
  await sora.leave();
  // Juno has sat longer than Mina, who came back.
  await isOwner(juno, mina);
});

test.describe('with a grace of three seconds', () => {
  test.use({ settings: { ROOM_GRACE: '3' } });

  test('the owner who reloads keeps the room, who closes all tabs loses it', async ({ person, title }) => {
    const [mina, sora, juno] = await three(person, title);
    const tab = await mina.secondTab();
    await comeIn(tab, mina.room());
    await reload(mina);
    await mina.page.close();
    const leaves = `${await nameOf(juno, sora)}님이 퇴장하셨습니다.`;
    await juno.page.close();
    // When this is announced, a reload's grace is over too.
    await expect(facts(sora).last()).toHaveText(leaves);
    await isOwner(tab, sora);
    await tab.page.close();
    await expect(settingsButton(sora)).toBeVisible();
    await expect(facts(sora).last()).toHaveText(`${await nameOf(sora)}님이 방장이 되셨습니다.`);
  });
});

for (const [hand, options] of EACH_HAND) {
  test(`title, number and password change for all who look: by ${hand}`, async ({ person, title }) => {
    const [mina, sora, juno] = await three(person, title, { mina: options });
    const [watcher, outside] = [await person(), await person({ locale: 'en-US' })];
    await watcher.openLobby();
    await watcher.isLive();
    const other = `${title} 새로`;
    await set(mina, { title: other, capacity: '7', password: 'meow' }, hand);
    for (const reader of [mina, sora, juno]) {
      await expect(heading(reader)).toHaveText(other);
      await expect(reader.page).toHaveTitle(`${other} · gifchat`);
      await expect(reader.page.locator('.room-head')).toContainText(/비밀방|Password room/);
      await expect(reader.page.locator('.room-head')).toContainText(/3\/7/);
    }
    await expect(facts(sora).last()).toHaveText(`${await nameOf(mina, sora)}님이 방을 바꿨습니다: 제목 ‘${other}’, 최대 7명, 비밀번호 설정`);
    await expect(facts(juno).last()).toHaveText(`${await nameOf(mina, juno)} changed the room: title “${other}”, up to 7 people, password set`);
    await expect(watcher.card(title)).toHaveCount(0);
    await expect(watcher.card(other)).toContainText('비밀방');
    await expect(watcher.card(other)).toContainText(/3\s*\/\s*7/);

    await outside.page.goto(mina.page.url());
    await expect(outside.page.getByRole('heading', { name: other })).toBeVisible();
    await outside.page.getByLabel('Password', { exact: true }).fill('woof');
    await outside.page.getByRole('button', { name: 'Enter' }).click();
    await expect(outside.page.getByText('That password is wrong.')).toBeVisible();

    // Empty leaves it as it is, another one replaces it, the tick takes it away.
    await set(mina, { capacity: '8' }, hand);
    await expect(facts(sora).last()).toContainText('최대 8명');
    await expect(facts(sora).last()).not.toContainText('비밀번호');
    await set(mina, { password: 'woof' }, hand);
    await expect(facts(sora).last()).toContainText('비밀번호 변경');
    await outside.page.getByLabel('Password', { exact: true }).fill('woof');
    await outside.page.getByRole('button', { name: 'Enter' }).click();
    await expect(peopleOf(outside)).toHaveCount(4);

    await openSettings(mina, hand);
    if (hand === 'keyboard') {
      await field(mina, 'open').focus();
      await mina.page.keyboard.press('Space');
    } else {
      await press(mina, field(mina, 'open'), hand);
    }
    await answer(mina, 'save', hand);
    await expect(dialogOf(mina)).toBeHidden();
    await expect(facts(juno).last()).toContainText('password removed');
    await expect(watcher.card(other)).toContainText('공개방');
    const late = await person();
    await comeIn(late, mina.room());
    await expect(peopleOf(mina)).toHaveCount(5);
  });
}

test('what is wrong is said in the dialog, and what was typed stays', async ({ person, title }) => {
  const [mina, sora, juno] = await three(person, title);
  for (const [owner, empty, tooFew] of [
    [mina, '방 제목을 적어 주세요.', '3명부터 1,000명까지 정할 수 있어요.'],
    [juno, 'Give the room a title.', 'It can be from 3 to 1,000 people.'],
  ] as const) {
    await openSettings(owner);
    await expect(field(owner, 'title')).toHaveValue(title);
    await expect(field(owner, 'capacity')).toHaveValue('10');
    await fillIn(owner, 'title', owner === mina ? '' : ' ');
    await fillIn(owner, 'password', '비밀');
    await answer(owner, 'save');
    await expect(wrongIn(owner)).toHaveText(empty);
    await expect(field(owner, 'password')).toHaveValue('비밀');
    await fillIn(owner, 'title', '다른 제목');
    await fillIn(owner, 'capacity', '2');
    await answer(owner, 'save');
    await expect(wrongIn(owner)).toHaveText(tooFew);
    await expect(field(owner, 'title')).toHaveValue('다른 제목');
    await expect(heading(sora)).toHaveText(title);
    await answer(owner, 'cancel');
    await expect(dialogOf(owner)).toBeHidden();
    if (owner === mina) await handOver(mina, juno);
  }
});

test('what was not touched stays as it was set in another tab meanwhile', async ({ person, title }) => {
  const [mina] = await three(person, title);
  const tab = await mina.secondTab();
  await comeIn(tab, mina.room());
  await openSettings(tab);
  const other = `${title} 새로`;
  await set(mina, { title: other, password: 'meow' });
  await expect(heading(tab)).toHaveText(other);
  await fillIn(tab, 'capacity', '9');
  await answer(tab, 'save');
  await expect(dialogOf(tab)).toBeHidden();
  await expect(facts(mina).last()).toContainText('최대 9명');
  await expect(facts(mina).last()).not.toContainText('제목');
  for (const reader of [mina, tab]) {
    await expect(heading(reader)).toHaveText(other);
    await expect(reader.page.locator('.room-head')).toContainText('비밀방');
  }
});

test('nobody but the owner gets these rights, whatever they ask for', NODES, async ({ person, title }) => {
  const [mina, sora] = await three(person, title);
  const room = mina.room();
  const id = await peopleOf(sora).first().locator('button[aria-haspopup]').getAttribute('value');
  for (const [act, form] of [
    ['set_room', { title: '내 방', capacity: '10' }],
    ['hand_over', { to: id! }],
    ['throw_out', { whom: id! }],
    ['let_in', { whom: id! }],
    ['close_room', {}],
  ] as const) {
    const refused = await sora.post(act, { room, ...form });
    expect([act, refused.status()]).toEqual([act, 403]);
  }
  const bars = await sora.context.request.get(`/api/bars?room=${room}`, { headers: { accept: 'application/json' } });
  expect(bars.status()).toBe(403);
  await isOwner(mina, sora);
  await expect(heading(sora)).toHaveText(title);
});

for (const [hand, options] of EACH_HAND) {
  test(`closing is asked twice, and all see that the room is gone: by ${hand}`, async ({ person, title }) => {
    const [mina, sora, juno] = await three(person, title, { mina: options });
    const watcher = await person();
    await watcher.openLobby();
    await watcher.isLive();
    const room = mina.room();
    await openSettings(mina, hand);
    await answer(mina, 'closeRoom', hand);
    await answer(mina, 'close', hand);
    await expect(dialogOf(mina).getByRole('heading')).toHaveText(/^(정말 닫을까요\?|Really close it\?)$/);
    await answer(mina, 'cancel', hand);
    await expect(dialogOf(mina)).toBeHidden();
    await settle(mina, '아직 열려 있어요', sora, juno);

    await openSettings(mina, hand);
    for (const step of ['closeRoom', 'close', 'closeForGood'] as const) await answer(mina, step, hand);
    await expect(mina.page).toHaveURL('/');
    await expect(sora.page.getByRole('alert')).toContainText('존재하지 않는 방입니다.');
    await expect(juno.page.getByRole('alert')).toContainText('This room does not exist.');
    await expect(watcher.card(title)).toHaveCount(0);
    for (const someone of [mina, juno]) expect((await someone.page.goto(`/room/${room}`))?.status()).toBe(404);
  });
}

test('neither a double click nor a held key closes a room', async ({ person, title }) => {
  const [mina, sora] = await three(person, title);
  const closing: string[] = [];
  mina.page.on('request', (request) => request.url().includes('/api/close_room') && closing.push(request.url()));
  const button = (name: string) => dialogOf(mina).getByRole('button', { name, exact: true });
  const asked = dialogOf(mina).getByRole('heading');
  await openSettings(mina);
  await answer(mina, 'closeRoom');
  await button('닫기').dblclick();
  await expect(asked).toHaveText('정말 닫을까요?');
  await answer(mina, 'cancel');

  await openSettings(mina);
  await button('방 닫기…').focus();
  await mina.page.keyboard.press('Enter');
  await expect(button('닫기')).toBeFocused();
  await mina.page.keyboard.press('Enter');
  await expect(asked).toHaveText('정말 닫을까요?');
  await expect(button('취소')).toBeFocused();
  await mina.page.keyboard.press('Enter');
  await expect(dialogOf(mina)).toBeHidden();
  await settle(mina, '방은 그대로예요', sora);
  expect(closing).toEqual([]);
});

for (const [size, viewport] of Object.entries({ wide: WIDE, phone: PHONE })) {
  for (const colorScheme of ['light', 'dark'] as const) {
    test(`the settings and the questions look right: ${size}, ${colorScheme}`, async ({ person }, info) => {
      const touch = size === 'phone' ? { hasTouch: true, isMobile: true } : {};
      const long = `${'아주 긴 제목은 '.repeat(6)}끝`.slice(0, 50).trim();
      const locale = size === 'phone' ? 'en-US' : 'ko-KR';
      const [mina, sora] = await three(person, long, { mina: { viewport, colorScheme, locale, reducedMotion: 'reduce', ...touch } });
      await set(mina, { password: 'meow' });
      await openSettings(mina);
      await expect(field(mina, 'open')).toBeVisible();
      await fillIn(mina, 'capacity', '2');
      await answer(mina, 'save');
      await expect(wrongIn(mina)).toBeVisible();
      await looksRight(mina, info.outputPath('settings.png'));
      await answer(mina, 'closeRoom');
      await looksRight(mina, info.outputPath('close.png'));
      await answer(mina, 'close');
      await looksRight(mina, info.outputPath('close-again.png'));
      await answer(mina, 'cancel');
      await ask(mina, sora, 'handOver');
      await looksRight(mina, info.outputPath('hand-over.png'));
      await answer(mina, 'handOver');
      await expect(await placeOf(mina, sora)).toContainText('👑');
    });
  }
}
