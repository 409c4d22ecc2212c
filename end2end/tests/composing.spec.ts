import { Ime } from '../lib/ime.ts';
import { openSettings } from '../lib/people.ts';
import { expect, test } from '../lib/test.ts';

test('Enter in the middle of a syllable sends the whole text, once', async ({ person, title }) => {
  const [mina, sora] = [await person(), await person()];
  await mina.createRoom({ title });
  await sora.enterRoom(title);
  const ime = await Ime.of(mina);
  await ime.compose('ㅇ', '아', '안');
  await ime.commit('안');
  await ime.compose('ㄴ', '녀', '녕');
  await ime.enterWhileComposing();
  await ime.commit('녕');
  await ime.releaseEnter();

  await sora.expectMessage('안녕');
  await expect(mina.messageBox).toHaveValue('');
  await mina.say('끝');
  await sora.expectMessage('끝');
  expect((await sora.transcript()).filter((line) => /^(안녕|안|녕)$/.test(line))).toEqual(['안녕']);
});

test('a system that repeats Enter after the syllable still sends once', async ({ person, title }) => {
  const [mina, sora] = [await person(), await person()];
  await mina.createRoom({ title });
  await sora.enterRoom(title);
  const ime = await Ime.of(mina);
  await ime.compose('ㅇ', '요');
  await ime.enterWhileComposing();
  await ime.commit('요');
  await mina.messageBox.press('Enter');

  await sora.expectMessage('요');
  await mina.say('끝');
  await sora.expectMessage('끝');
  expect((await sora.transcript()).filter((line) => line === '요')).toEqual(['요']);
});

test('one Enter after the syllable is enough', async ({ person, title }) => {
  const mina = await person();
  await mina.createRoom({ title });
  const ime = await Ime.of(mina);
  await ime.compose('ㅎ', '하', '한');
  await ime.commit('한');
  await mina.messageBox.press('Enter');
  await mina.expectMessage('한');
  await expect(mina.messageBox).toHaveValue('');
});

test('a composition that is not sent goes on undisturbed', async ({ person, title }) => {
  const mina = await person();
  await mina.createRoom({ title });
  const ime = await Ime.of(mina);
  await ime.compose('ㄱ', '가', '각');
  await ime.commit('가');
  await ime.compose('ㄱ', '가');
  await ime.commit('가');
  await expect(mina.messageBox).toHaveValue('가가');
});

test('Shift and Enter begin a new line', async ({ person, title }) => {
  const mina = await person();
  await mina.createRoom({ title });
  await mina.messageBox.pressSequentially('위');
  await mina.messageBox.press('Shift+Enter');
  await mina.messageBox.pressSequentially('아래');
  await expect(mina.messageBox).toHaveValue('위\n아래');
  await mina.messageBox.press('Enter');
  await expect(mina.log.getByText(/위\s+아래/)).toHaveCount(1);
});

/** What a keyboard sends, the messages that come of it, and what is left in the field. */
type Keyboard = [name: string, send: (ime: Ime) => Promise<void>, messages: string[], left: string];

const HELD = { repeat: true };

// app/src/state/enter/tests.rs tests all events that keyboards send. These are the ones that a test can make a browser send.
const KEYBOARDS: Keyboard[] = [
  ['the key on the number pad', async (ime) => (await ime.commit('numpad'), await ime.enter({ numpad: true }), await ime.releaseEnter()), ['numpad'], ''],
  ['Ctrl', async (ime) => (await ime.commit('ctrl'), await ime.enter({ ctrl: true }), await ime.releaseEnter()), ['ctrl'], ''],
  ['Shift', async (ime) => (await ime.commit('shift'), await ime.enter({ shift: true }), await ime.releaseEnter()), [], 'shift\n'],
  [
    'held down',
    async (ime) => {
      await ime.commit('held');
      for (const key of [{}, HELD, HELD, HELD]) await ime.enter(key);
      await ime.commit('next');
      await ime.enter(HELD);
      await ime.releaseEnter();
    },
    ['held'],
    'next',
  ],
  ['Windows calls the key Process', async (ime) => (await ime.compose('ㅇ', '요'), await ime.enter({ number: 229, key: 'Process' }), await ime.commit('요'), await ime.enter(), await ime.releaseEnter()), ['요'], ''],
  ['Safari: the syllable ends first', async (ime) => (await ime.compose('ㄴ', '네'), await ime.commit('네'), await ime.enter({ number: 229 }), await ime.releaseEnter()), ['네'], ''],
  ['Hanja: Enter takes the candidate', async (ime) => (await ime.compose('한'), await ime.enter({ number: 229 }), await ime.commit('漢'), await ime.releaseEnter()), [], '漢'],
  ['Japanese: Enter takes the candidate', async (ime) => (await ime.compose('k', 'こ', '個'), await ime.enter({ number: 229 }), await ime.commit('個'), await ime.releaseEnter()), [], '個'],
  ['Japanese: the next Enter sends', async (ime) => (await ime.compose('ね', '猫'), await ime.enter({ number: 229 }), await ime.commit('猫'), await ime.releaseEnter(), await ime.enter(), await ime.releaseEnter()), ['猫'], ''],
  ['Chinese: Enter takes the letters', async (ime) => (await ime.compose('n', 'nihao'), await ime.enter({ number: 229 }), await ime.commit('nihao'), await ime.releaseEnter()), [], 'nihao'],
  ['a phone: Enter is a line break', async (ime) => (await ime.unnamedKey(), await ime.commit('phone'), await ime.unnamedKey(), await ime.lineBreak()), ['phone'], ''],
  ['a phone: the word is underlined', async (ime) => (await ime.unnamedKey(), await ime.compose('under', 'underlined'), await ime.enter(), await ime.releaseEnter()), ['underlined'], ''],
  ['a phone: a line break while the word is underlined', async (ime) => (await ime.unnamedKey(), await ime.compose('word'), await ime.unnamedKey(), await ime.lineBreak()), ['word'], ''],
  ['swiped', async (ime) => (await ime.compose('swi', 'swiped'), await ime.commit('swiped'), await ime.commit(' '), await ime.compose('words'), await ime.commit('words')), [], 'swiped words'],
  ['spoken', async (ime) => await ime.commit('spoken words'), [], 'spoken words'],
];

test('what keyboards send becomes one message, whole, or none', async ({ person, title }) => {
  const mina = await person();
  await mina.createRoom({ title });
  const ime = await Ime.of(mina);
  const said: string[] = [];
  for (const [name, send, messages, left] of KEYBOARDS) {
    await send(ime);
    said.push(...messages);
    await expect(mina.log.locator('.bubble'), name).toHaveText(said);
    await expect(mina.messageBox, name).toHaveValue(left);
    await mina.messageBox.fill('');
    await mina.messageBox.focus();
  }
});

test('no other field is sent in the middle of a composition', async ({ person, title }) => {
  const mina = await person();
  await mina.openRoomForm();
  for (const name of ['title', 'password'] as const) {
    const ime = await Ime.in(mina.page, mina.formField(name));
    await ime.compose('k', 'こ');
    await ime.enter({ number: 229 });
    await ime.commit('個');
    await ime.releaseEnter();
    await expect(mina.formField(name)).toHaveValue('個');
    await expect(mina.page).toHaveURL('/room');
    await expect(mina.page.locator('.field .error:visible')).toHaveCount(0);
    await mina.formField(name).fill('');
  }
  await mina.createRoom({ title });
  await openSettings(mina);
  const field = mina.dialog.locator('[name=title]');
  await field.fill('');
  const ime = await Ime.in(mina.page, field);
  await ime.compose('こ');
  await ime.enter({ number: 229 });
  await ime.commit('個');
  await ime.releaseEnter();
  await expect(field).toHaveValue('個');
  await expect(mina.dialog).toBeVisible();
  await ime.enter();
  await ime.releaseEnter();
  await expect(mina.dialog).toBeHidden();
});

test('a search waits for the end of a Japanese composition, and not in Korean', async ({ person, title }) => {
  const mina = await person();
  await mina.createRoom({ title: `고양이 ${title}`.slice(0, 50) });
  await mina.watchLobby();
  const ime = await Ime.in(mina.page, mina.searchBox);
  const searches: string[] = [];
  mina.page.on('request', (request) => {
    if (request.url().includes('/api/lobby_rooms')) searches.push(new URL(request.url()).searchParams.get('query') ?? '');
  });
  await ime.compose('n', 'ね', 'ねk', 'ねこ');
  // Longer than the pause after which a search begins.
  await mina.page.waitForTimeout(500);
  expect(searches).toEqual([]);
  await ime.commit('猫');
  await expect.poll(() => searches).toEqual(['猫']);
  await mina.searchBox.fill('');
  await expect(mina.page).toHaveURL('/');
  await ime.compose('ㄱ', '고', '공', '고야');
  await expect(mina.page).toHaveURL(/q=/);
});
