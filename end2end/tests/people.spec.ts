import { ask, answer, dialogOf, facts, field, fillIn, idOf, isOwner, keepsOwnTime, openMenuOn, openPeople, openSettings, pass, placeOf, rename, settle, wrongIn } from '../lib/people.ts';
import { look } from '../lib/tab.ts';
import { EACH_HAND, PHONE, WIDE, comeIn, looksRight, menuOf, message, nameOf, peopleOf, reload, three } from '../lib/talk.ts';
import { NODES, expect, test, type Person } from '../lib/test.ts';

function heading(someone: Person): Promise<string> {
  return someone.page.locator('#people h2').innerText();
}

test('the list says who is here, as people come and go', NODES, async ({ person, title }) => {
  const [mina, sora, juno] = await three(person, title);
  const watcher = await person();
  await watcher.openLobby();
  await watcher.isLive();
  await expect(watcher.card(title)).toContainText(/3\s*\/\s*10/);
  const all = [mina, sora, juno];
  for (const reader of all) {
    const names = await Promise.all(all.map((someone) => nameOf(someone, reader)));
    await expect(peopleOf(reader).locator('.name')).toHaveText(names);
    expect(new Set(names).size).toBe(3);
    await expect(peopleOf(reader).filter({ hasText: /\((나|me)\)/ })).toHaveCount(1);
    await expect(await placeOf(reader, reader)).toContainText(/\((나|me)\)/);
    await expect(peopleOf(reader).locator('.face')).toHaveCount(3);
  }
  expect([await heading(mina), await heading(juno)]).toEqual(['참여자 3', 'People 3']);
  await isOwner(mina, sora, juno);

  await sora.leave();
  for (const reader of [mina, juno]) await expect(peopleOf(reader)).toHaveCount(2);
  expect([await heading(mina), await heading(juno)]).toEqual(['참여자 2', 'People 2']);
  await expect(mina.page.locator('.room-head')).toContainText('2/10명');
  await expect(watcher.card(title)).toContainText(/2\s*\/\s*10/);
  await comeIn(sora, mina.room());
  for (const reader of [mina, juno]) await expect((await placeOf(reader, sora)).locator('.name')).toHaveText(await nameOf(sora, reader));
  await expect(watcher.card(title)).toContainText(/3\s*\/\s*10/);
});

test('each has one colour, in the list, above messages and for everybody', async ({ person, title }) => {
  const [mina, sora, juno] = await three(person, title);
  await settle(sora, '내 색이에요', mina, juno);
  const hue = (await (await placeOf(sora, sora)).locator('.face').getAttribute('class'))?.match(/\bh\d+\b/)?.[0];
  expect(hue).toBeTruthy();
  for (const reader of [mina, juno]) {
    await expect((await placeOf(reader, sora)).locator('.face')).toHaveClass(new RegExp(`\\b${hue}\\b`));
    await expect(message(reader, '내 색이에요')).toHaveClass(new RegExp(`\\b${hue}\\b`));
  }
});

for (const [hand, options] of EACH_HAND) {
  test(`a new name is announced, kept and carried along: by ${hand}`, async ({ person, title }) => {
    const [mina, sora, juno] = await three(person, title, { sora: options });
    await settle(sora, '아직 옛 이름', mina, juno);
    const old = [await nameOf(sora, mina), await nameOf(sora, juno)] as const;
    await rename(sora, '초코 우유', hand);
    for (const reader of [mina, sora, juno]) await expect((await placeOf(reader, sora)).locator('.name')).toHaveText('초코 우유');
    await expect(facts(mina).last()).toHaveText(`${old[0]}님이 이름을 초코 우유(으)로 바꿨습니다.`);
    await expect(facts(juno).last()).toHaveText(`${old[1]} is now called 초코 우유.`);
    if (hand === 'touch') await sora.page.keyboard.press('Escape');
    await settle(sora, '이제 새 이름', mina, juno);
    await expect(message(mina, '이제 새 이름').locator('.name')).toHaveText('초코 우유');
    await expect(message(mina, '아직 옛 이름').locator('.name')).toHaveText(old[0]);

    await reload(sora);
    expect(await nameOf(sora)).toBe('초코 우유');
    const other = await sora.createRoomUnseen({ title: `${title} 2` });
    await comeIn(sora, other);
    expect(await nameOf(sora)).toBe('초코 우유');
    await mina.openLobby();
    await expect(mina.card(`${title} 2`)).toContainText('초코 우유');
  });
}

test('a name that looks like another one is refused, in words and with what was typed', NODES, async ({ person, title }) => {
  const [mina, sora, juno] = await three(person, title);
  await rename(mina, 'Paul');
  await expect((await placeOf(juno, mina)).locator('.name')).toHaveText('Paul');
  const before = await facts(sora).count();
  for (const [someone, taken] of [
    [sora, '이 방에 이미 있는 이름이거나, 너무 비슷해요.'],
    [juno, 'Somebody here has that name, or one that looks like it.'],
  ] as const) {
    await ask(someone, someone, 'rename');
    await expect(field(someone, 'name')).toBeFocused();
    await expect(field(someone, 'name')).toHaveValue(await nameOf(someone));
    // Cyrillic letters; another case; full width; a letter that is not seen.
    for (const alike of ['Раul', 'pAUL', 'Ｐａｕｌ', 'Pa\u200bul']) {
      await fillIn(someone, 'name', alike);
      await someone.page.keyboard.press('Enter');
      await expect(wrongIn(someone)).toHaveText(taken);
      await expect(field(someone, 'name')).toHaveValue(alike);
    }
    await answer(someone, 'cancel');
    await expect(dialogOf(someone)).toBeHidden();
    await ask(someone, someone, 'rename');
    await expect(wrongIn(someone)).toBeHidden();
    await someone.page.keyboard.press('Escape');
    await expect(dialogOf(someone)).toBeHidden();
  }
  await settle(mina, '모두 그대로', sora, juno);
  await expect(facts(sora)).toHaveCount(before);

  // Who is away from the room needs no name in it.
  await mina.leave();
  await expect(peopleOf(sora)).toHaveCount(2);
  await rename(sora, 'Paul');
  await expect((await placeOf(juno, sora)).locator('.name')).toHaveText('Paul');
});

test('an answer that comes late leaves the dialog alone that was opened since', async ({ person, title }) => {
  const [mina, sora] = await three(person, title);
  for (const [name, status] of [
    [await nameOf(sora, mina), 409],
    ['새 이름', 200],
  ] as const) {
    let release = () => {};
    const held = new Promise<void>((resolve) => (release = resolve));
    await mina.page.route('**/api/rename*', async (route) => {
      await held;
      await route.continue();
    });
    await ask(mina, mina, 'rename');
    await fillIn(mina, 'name', name);
    await answer(mina, 'changeName');
    await answer(mina, 'cancel');
    await openSettings(mina);
    await fillIn(mina, 'password', '비밀');
    const answered = mina.page.waitForResponse('**/api/rename*');
    release();
    expect((await answered).status()).toBe(status);
    // Whatever it does to the page is done when the next thing is.
    await settle(sora, `${status}번`, mina);
    await expect(wrongIn(mina)).toBeHidden();
    await expect(field(mina, 'password')).toHaveValue('비밀');
    await answer(mina, 'cancel');
    await mina.page.unroute('**/api/rename*');
  }
});

test('a name has 1 to 20 characters, whatever they are made of', async ({ person, title }) => {
  const [mina, sora] = await three(person, title);
  await ask(mina, mina, 'rename');
  for (const [typed, wrong] of [
    ['', '이름을 적어 주세요.'],
    ['   ', '이름을 적어 주세요.'],
    ['가'.repeat(21), '20자까지 적을 수 있어요.'],
  ] as const) {
    await fillIn(mina, 'name', typed);
    await answer(mina, 'changeName');
    await expect(wrongIn(mina)).toHaveText(wrong);
    await expect(field(mina, 'name')).toHaveValue(typed);
  }
  // Two units of UTF-16 each.
  const longest = '🦊'.repeat(20);
  await fillIn(mina, 'name', longest);
  await answer(mina, 'changeName');
  await expect(dialogOf(mina)).toBeHidden();
  await expect((await placeOf(sora, mina)).locator('.name')).toHaveText(longest);
});

test('who touches nothing for five minutes is away for all, and back at the first touch', NODES, async ({ person, title }) => {
  const sora = await person();
  await keepsOwnTime(sora);
  const [mina, juno] = [await person(), await person({ locale: 'en-US' })];
  const room = await mina.createRoom({ title });
  for (const someone of [sora, juno]) await comeIn(someone, room);
  const before = await facts(mina).count();
  const places = [await placeOf(mina, sora), await placeOf(juno, sora)];

  await pass(4.5, sora);
  await settle(mina, '아직 있어요?', sora, juno);
  for (const place of places) await expect(place).not.toHaveClass(/away/);
  await sora.isLive();
  await pass(1, sora);
  for (const place of places) await expect(place).toHaveClass(/away/);
  await expect(places[0]!).toContainText('자리 비움');
  await expect(places[1]!).toContainText('away');
  await expect(await placeOf(sora, sora)).toContainText('자리 비움');
  // It is no leaving: the seat stays, nothing is announced, and who comes now sees it too.
  await expect(mina.page.locator('.room-head')).toContainText('3/10명');
  const late = await person();
  await comeIn(late, room);
  await expect(await placeOf(late, sora)).toHaveClass(/away/);

  await sora.page.mouse.move(300, 300);
  for (const place of [...places, await placeOf(late, sora)]) await expect(place).not.toHaveClass(/away/);
  await expect(facts(mina)).toHaveCount(before + 1);
});

test('who has several tabs is one person, away when none of them is touched', async ({ person, title }) => {
  const sora = await person();
  const tab = await sora.secondTab();
  await keepsOwnTime(sora);
  const mina = await person();
  const room = await mina.createRoom({ title });
  for (const page of [sora, tab]) await comeIn(page, room);
  await expect(peopleOf(mina)).toHaveCount(2);
  const place = await placeOf(mina, sora);
  expect(await idOf(tab)).toBe(await idOf(sora));

  await rename(sora, '하나뿐인');
  for (const page of [sora, tab]) await expect((await placeOf(page, sora)).locator('.name')).toHaveText('하나뿐인');
  await pass(4, sora, tab);
  await tab.page.mouse.move(200, 200);
  await pass(4, sora, tab);
  await settle(mina, '둘 중 하나는 있죠?', sora, tab);
  await expect(place).not.toHaveClass(/away/);

  // What moves where nobody looks is no touch.
  await look(tab, 'elsewhere');
  await pass(1.5, sora, tab);
  await tab.page.mouse.move(300, 250);
  await expect(place).toHaveClass(/away/);
  await look(tab, 'here');
  await expect(place).not.toHaveClass(/away/);
  await tab.page.close();
  await settle(mina, '탭 하나로도', sora);
  await expect(peopleOf(mina)).toHaveCount(2);
});

test('the menu on a person offers what its reader may do, and gives the focus back', async ({ person, title }) => {
  const [mina, sora] = await three(person, title);
  const offered = (someone: Person) => menuOf(someone).getByRole('button').allTextContents();
  await openMenuOn(mina, mina);
  expect(await offered(mina)).toEqual(['이름 바꾸기']);
  await mina.page.keyboard.press('Escape');
  await openMenuOn(mina, sora, 'keyboard');
  expect(await offered(mina)).toEqual(['귓속말', '메시지 가리기', '방장 넘기기', '강퇴']);
  await mina.page.keyboard.press('Escape');
  await expect(menuOf(mina)).toBeHidden();
  await expect((await placeOf(mina, sora)).locator('button[aria-haspopup]')).toBeFocused();
  await openMenuOn(sora, mina);
  expect(await offered(sora)).toEqual(['귓속말', '메시지 가리기']);
});

for (const [size, viewport] of Object.entries({ wide: WIDE, phone: PHONE })) {
  for (const colorScheme of ['light', 'dark'] as const) {
    test(`the list, the menu and the dialogs look right: ${size}, ${colorScheme}`, async ({ person, title }, info) => {
      const sora = await person({ locale: 'en-US' });
      await keepsOwnTime(sora);
      const touch = size === 'phone' ? { hasTouch: true, isMobile: true } : {};
      const mina = await person({ viewport, colorScheme, reducedMotion: 'reduce', ...touch });
      const room = await mina.createRoom({ title });
      await comeIn(sora, room);
      await rename(sora, 'Maximiliana Longname');
      await pass(5.5, sora);
      await openPeople(mina);
      await expect(await placeOf(mina, sora)).toHaveClass(/away/);
      await looksRight(mina, info.outputPath('people.png'));
      await openMenuOn(mina, sora);
      await looksRight(mina, info.outputPath('menu.png'));
      await mina.page.keyboard.press('Escape');
      await ask(mina, mina, 'rename');
      await fillIn(mina, 'name', 'maximiliana longname');
      await answer(mina, 'changeName');
      await expect(wrongIn(mina)).toBeVisible();
      await looksRight(mina, info.outputPath('rename.png'));
    });
  }
}
