import { EACH_INPUT, EACH_SIZE, TOUCH } from '../lib/devices.ts';
import { holdRequests } from '../lib/held-requests.ts';
import { expectLooksRight } from '../lib/looks.ts';
import { setVisibility } from '../lib/notifications.ts';
import {
  advanceClock,
  dialogError,
  dialogField,
  expectOwner,
  fillInDialog,
  idOf,
  installClock,
  listOfPeople,
  menuButton,
  nameOf,
  openPeople,
  openPersonDialog,
  openPersonMenu,
  openSettings,
  ownRow,
  peopleOf,
  pressInDialog,
  rename,
  roomHead,
  rowOf,
  sayToAll,
  systemLines,
  threeInRoom,
} from '../lib/people.ts';
import { NODES, expect, test, type Person } from '../lib/test.ts';

declare global {
  interface Window {
    /** How often the page has looked at when it was touched last. */
    looks: number;
  }
}

function headingOfList(someone: Person): Promise<string> {
  return listOfPeople(someone).getByRole('heading').innerText();
}

test('the list says who is here, as people come and go', NODES, async ({ person, title }) => {
  const [mina, sora, juno] = await threeInRoom(person, title);
  const watcher = await person();
  await watcher.watchLobby();
  await expect(watcher.card(title)).toContainText(/3\s*\/\s*10/);
  const all = [mina, sora, juno];
  for (const reader of all) {
    const names = await Promise.all(all.map((someone) => nameOf(someone, reader)));
    await expect(peopleOf(reader).locator('.name')).toHaveText(names);
    expect(new Set(names).size).toBe(3);
    await expect(ownRow(reader)).toHaveCount(1);
    await expect(await rowOf(reader, reader)).toContainText(/\((나|me)\)/);
    await expect(peopleOf(reader).locator('.face')).toHaveCount(3);
  }
  expect([await headingOfList(mina), await headingOfList(juno)]).toEqual(['참여자 3', 'People 3']);
  await expectOwner(mina, sora, juno);

  await sora.leave();
  for (const reader of [mina, juno]) await expect(peopleOf(reader)).toHaveCount(2);
  expect([await headingOfList(mina), await headingOfList(juno)]).toEqual(['참여자 2', 'People 2']);
  await expect(roomHead(mina)).toContainText('2/10명');
  await expect(watcher.card(title)).toContainText(/2\s*\/\s*10/);
  await sora.enterByLink(mina.roomId());
  for (const reader of [mina, juno]) await expect((await rowOf(reader, sora)).locator('.name')).toHaveText(await nameOf(sora, reader));
  await expect(watcher.card(title)).toContainText(/3\s*\/\s*10/);
});

test('each has one colour, in the list, above messages and for everybody', async ({ person, title }) => {
  const [mina, sora, juno] = await threeInRoom(person, title);
  await sayToAll(sora, '내 색이에요', mina, juno);
  const hue = (await (await rowOf(sora, sora)).locator('.face').getAttribute('class'))?.match(/\bh\d+\b/)?.[0];
  expect(hue).toBeTruthy();
  for (const reader of [mina, juno]) {
    await expect((await rowOf(reader, sora)).locator('.face')).toHaveClass(new RegExp(`\\b${hue}\\b`));
    await expect(reader.message('내 색이에요')).toHaveClass(new RegExp(`\\b${hue}\\b`));
  }
});

for (const [input, options] of EACH_INPUT) {
  test(`a new name is announced, kept and carried along: by ${input}`, async ({ person, title }) => {
    const [mina, sora, juno] = await threeInRoom(person, title, { sora: options });
    await sayToAll(sora, '아직 옛 이름', mina, juno);
    const old = [await nameOf(sora, mina), await nameOf(sora, juno)] as const;
    await rename(sora, '초코 우유', input);
    for (const reader of [mina, sora, juno]) await expect((await rowOf(reader, sora)).locator('.name')).toHaveText('초코 우유');
    await expect(systemLines(mina).last()).toHaveText(`${old[0]}님이 이름을 초코 우유(으)로 바꿨습니다.`);
    await expect(systemLines(juno).last()).toHaveText(`${old[1]} is now called 초코 우유.`);
    if (input === 'touch') await sora.page.keyboard.press('Escape');
    await sayToAll(sora, '이제 새 이름', mina, juno);
    await expect(mina.message('이제 새 이름').locator('.name')).toHaveText('초코 우유');
    await expect(mina.message('아직 옛 이름').locator('.name')).toHaveText(old[0]);

    await sora.reload();
    expect(await nameOf(sora)).toBe('초코 우유');
    const other = await sora.createRoomByApi({ title: `${title} 2` });
    await sora.openRoom(other);
    expect(await nameOf(sora)).toBe('초코 우유');
    await mina.openLobby();
    await expect(mina.card(`${title} 2`)).toContainText('초코 우유');
  });
}

test('a name that looks like another one is refused, in words and with what was typed', NODES, async ({ person, title }) => {
  const [mina, sora, juno] = await threeInRoom(person, title);
  await rename(mina, 'Paul');
  await expect((await rowOf(juno, mina)).locator('.name')).toHaveText('Paul');
  const before = await systemLines(sora).count();
  for (const [someone, taken] of [
    [sora, '이 방에 이미 있는 이름이거나, 너무 비슷해요.'],
    [juno, 'Somebody here has that name, or one that looks like it.'],
  ] as const) {
    await openPersonDialog(someone, someone, 'rename');
    await expect(dialogField(someone, 'name')).toBeFocused();
    await expect(dialogField(someone, 'name')).toHaveValue(await nameOf(someone));
    // In turn: Cyrillic letters, another case, full width, an invisible character.
    for (const alike of ['Раul', 'pAUL', 'Ｐａｕｌ', 'Pa\u200bul']) {
      await fillInDialog(someone, 'name', alike);
      await someone.page.keyboard.press('Enter');
      await expect(dialogError(someone)).toHaveText(taken);
      await expect(dialogField(someone, 'name')).toHaveValue(alike);
    }
    await pressInDialog(someone, 'cancel');
    await expect(someone.dialog).toBeHidden();
    await openPersonDialog(someone, someone, 'rename');
    await expect(dialogError(someone)).toBeHidden();
    await someone.page.keyboard.press('Escape');
    await expect(someone.dialog).toBeHidden();
  }
  await sayToAll(mina, '모두 그대로', sora, juno);
  await expect(systemLines(sora)).toHaveCount(before);

  // A person who has left does not keep their name in the room.
  await mina.leave();
  await expect(peopleOf(sora)).toHaveCount(2);
  await rename(sora, 'Paul');
  await expect((await rowOf(juno, sora)).locator('.name')).toHaveText('Paul');
});

test('an answer that comes late leaves the dialog alone that was opened since', async ({ person, title }) => {
  const [mina, sora] = await threeInRoom(person, title);
  for (const [name, status] of [
    [await nameOf(sora, mina), 409],
    ['새 이름', 200],
  ] as const) {
    const renames = await holdRequests(mina, '**/api/rename*');
    await openPersonDialog(mina, mina, 'rename');
    await fillInDialog(mina, 'name', name);
    await pressInDialog(mina, 'changeName');
    await pressInDialog(mina, 'cancel');
    await openSettings(mina);
    await fillInDialog(mina, 'password', '비밀');
    const answered = mina.page.waitForResponse('**/api/rename*');
    renames.release();
    expect((await answered).status()).toBe(status);
    // When the page shows this message, it has dealt with the answer.
    await sayToAll(sora, `${status}번`, mina);
    await expect(dialogError(mina)).toBeHidden();
    await expect(dialogField(mina, 'password')).toHaveValue('비밀');
    await pressInDialog(mina, 'cancel');
    await mina.page.unroute('**/api/rename*');
  }
});

test('a name has 1 to 20 characters, whatever they are made of', async ({ person, title }) => {
  const [mina, sora] = await threeInRoom(person, title);
  await openPersonDialog(mina, mina, 'rename');
  for (const [typed, wrong] of [
    ['', '이름을 적어 주세요.'],
    ['   ', '이름을 적어 주세요.'],
    ['가'.repeat(21), '20자까지 적을 수 있어요.'],
  ] as const) {
    await fillInDialog(mina, 'name', typed);
    await pressInDialog(mina, 'changeName');
    await expect(dialogError(mina)).toHaveText(wrong);
    await expect(dialogField(mina, 'name')).toHaveValue(typed);
  }
  // Each of these characters is two units of UTF-16.
  const longest = '🦊'.repeat(20);
  await fillInDialog(mina, 'name', longest);
  await pressInDialog(mina, 'changeName');
  await expect(mina.dialog).toBeHidden();
  await expect((await rowOf(sora, mina)).locator('.name')).toHaveText(longest);
});

test('who touches nothing for five minutes is away for all, and back at the first touch', NODES, async ({ person, title }) => {
  const sora = await person();
  await installClock(sora);
  const [mina, juno] = [await person(), await person({ locale: 'en-US' })];
  const room = await mina.createRoom({ title });
  for (const someone of [sora, juno]) await someone.enterByLink(room);
  const before = await systemLines(mina).count();
  const places = [await rowOf(mina, sora), await rowOf(juno, sora)];

  await advanceClock(4.5, sora);
  await sayToAll(mina, '아직 있어요?', sora, juno);
  for (const place of places) await expect(place).not.toHaveClass(/away/);
  await sora.waitUntilLive();
  await advanceClock(1, sora);
  for (const place of places) await expect(place).toHaveClass(/away/);
  await expect(places[0]!).toContainText('자리 비움');
  await expect(places[1]!).toContainText('away');
  await expect(await rowOf(sora, sora)).toContainText('자리 비움');
  // Being away is not leaving: the seat stays and nothing is announced. A person who enters now sees that Sora is away, too.
  await expect(roomHead(mina)).toContainText('3/10명');
  const late = await person();
  await late.enterByLink(room);
  await expect(await rowOf(late, sora)).toHaveClass(/away/);

  await sora.page.mouse.move(300, 300);
  for (const place of [...places, await rowOf(late, sora)]) await expect(place).not.toHaveClass(/away/);
  await expect(systemLines(mina)).toHaveCount(before + 1);
});

test('who has several tabs is one person, away when none of them is touched', async ({ person, title }) => {
  const sora = await person();
  const tab = await sora.newTab();
  await installClock(sora);
  const mina = await person();
  const room = await mina.createRoom({ title });
  await sora.enterByLink(room);
  await tab.openRoom(room);
  await expect(peopleOf(mina)).toHaveCount(2);
  const place = await rowOf(mina, sora);
  expect(await idOf(tab)).toBe(await idOf(sora));

  await rename(sora, '하나뿐인');
  for (const page of [sora, tab]) await expect((await rowOf(page, sora)).locator('.name')).toHaveText('하나뿐인');
  await advanceClock(4, sora, tab);
  await tab.page.mouse.move(200, 200);
  await advanceClock(4, sora, tab);
  await sayToAll(mina, '둘 중 하나는 있죠?', sora, tab);
  await expect(place).not.toHaveClass(/away/);

  // A mouse that moves over a hidden tab is no sign of life.
  await setVisibility(tab, 'hidden');
  await advanceClock(1.5, sora, tab);
  await tab.page.mouse.move(300, 250);
  await expect(place).toHaveClass(/away/);
  await setVisibility(tab, 'visible');
  await expect(place).not.toHaveClass(/away/);
  await tab.page.close();
  await sayToAll(mina, '탭 하나로도', sora);
  await expect(peopleOf(mina)).toHaveCount(2);
});

test('a touch counts that comes while another tab looks at when the last one was', async ({ person, title }) => {
  const sora = await person();
  await installClock(sora);
  await sora.createRoom({ title });
  await sora.waitUntilLive();
  await sora.page.evaluate(() => {
    const [read, key] = [Storage.prototype.getItem, 'gifchat.touched'];
    window.looks = 0;
    Storage.prototype.getItem = function (name) {
      const last = read.call(this, name);
      if (name === key && ++window.looks === 1) this.setItem(key, String(Date.now() + 6 * 60_000));
      return last;
    };
  });
  await advanceClock(6, sora);
  await expect.poll(() => sora.page.evaluate(() => window.looks)).toBeGreaterThan(1);
  const untouched = await sora.page.evaluate(() => Date.now() - Number(localStorage['gifchat.touched']));
  expect(untouched).toBeLessThan(5 * 60_000);
});

test('the menu on a person offers what its reader may do, and gives the focus back', async ({ person, title }) => {
  const [mina, sora] = await threeInRoom(person, title);
  const offered = (someone: Person) => someone.menu.getByRole('button').allTextContents();
  await openPersonMenu(mina, mina);
  expect(await offered(mina)).toEqual(['이름 바꾸기']);
  await mina.page.keyboard.press('Escape');
  await openPersonMenu(mina, sora, 'keyboard');
  expect(await offered(mina)).toEqual(['귓속말', '메시지 가리기', '방장 넘기기', '강퇴']);
  await mina.page.keyboard.press('Escape');
  await expect(mina.menu).toBeHidden();
  await expect(await menuButton(mina, sora)).toBeFocused();
  await openPersonMenu(sora, mina);
  expect(await offered(sora)).toEqual(['귓속말', '메시지 가리기']);
});

for (const [size, viewport, schemes] of EACH_SIZE) {
  for (const colorScheme of schemes) {
    test(`the list, the menu and the dialogs look right: ${size}, ${colorScheme}`, async ({ person, title }, info) => {
      const sora = await person({ locale: 'en-US' });
      await installClock(sora);
      const touch = size === 'phone' ? TOUCH : {};
      const mina = await person({ viewport, colorScheme, reducedMotion: 'reduce', ...touch });
      const room = await mina.createRoom({ title });
      await sora.enterByLink(room);
      await rename(sora, 'Maximiliana Longname');
      await advanceClock(5.5, sora);
      await openPeople(mina);
      await expect(await rowOf(mina, sora)).toHaveClass(/away/);
      await expectLooksRight(mina, info.outputPath('people.png'));
      await openPersonMenu(mina, sora);
      await expectLooksRight(mina, info.outputPath('menu.png'));
      await mina.page.keyboard.press('Escape');
      await openPersonDialog(mina, mina, 'rename');
      await fillInDialog(mina, 'name', 'maximiliana longname');
      await pressInDialog(mina, 'changeName');
      await expect(dialogError(mina)).toBeVisible();
      await expectLooksRight(mina, info.outputPath('rename.png'));
    });
  }
}
