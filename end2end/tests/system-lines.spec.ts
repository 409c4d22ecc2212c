import type { Locator } from '@playwright/test';

import { answer, facts, field, fillIn, fold, handOver, openSettings, rename, set, settle, throwOut } from '../lib/people.ts';
import { EACH_HAND, PHONE, WIDE, comeIn, logOf, looksRight, message, nameOf, press, reload, tabTo, three } from '../lib/talk.ts';
import { NODES, expect, test, type Person } from '../lib/test.ts';

test('each kind of line has its words in both languages, and its place for good', NODES, async ({ person, title }) => {
  const mina = await person();
  const room = await mina.createRoom({ title });
  const [juno, sora] = [await person({ locale: 'en-US' }), await person()];
  const readers = [mina, juno];
  const told: [string, string][] = [];
  let said = 0;
  /** Each line stands between two messages. */
  const expectLine = async (korean: string, english: string) => {
    told.push([korean, english]);
    await expect(facts(mina).last()).toHaveText(korean);
    await expect(facts(juno).last()).toHaveText(english);
    await settle(mina, `${(said += 1)}번째`, juno);
  };
  const named = async (someone: Person): Promise<[string, string]> => [await nameOf(someone, mina), await nameOf(someone, juno)];

  await comeIn(juno, room);
  const [minas, junos] = [await named(mina), await named(juno)];
  told.push([`${minas[0]}님이 입장하셨습니다.`, `${minas[1]} has entered.`]);
  await expectLine(`${junos[0]}님이 입장하셨습니다.`, `${junos[1]} has entered.`);
  await comeIn(sora, room);
  const soras = await named(sora);
  await expectLine(`${soras[0]}님이 입장하셨습니다.`, `${soras[1]} has entered.`);
  await rename(sora, '초코');
  await expectLine(`${soras[0]}님이 이름을 초코(으)로 바꿨습니다.`, `${soras[1]} is now called 초코.`);
  await rename(sora, 'Coco');
  await expectLine('초코님이 이름을 Coco(으)로 바꿨습니다.', '초코 is now called Coco.');
  await sora.leave();
  await expectLine('Coco님이 퇴장하셨습니다.', 'Coco has left.');
  await comeIn(sora, room);
  await expectLine('Coco님이 입장하셨습니다.', 'Coco has entered.');

  const changed = (korean: string, english: string) => expectLine(`${minas[0]}님이 방을 바꿨습니다: ${korean}`, `${minas[1]} changed the room: ${english}`);
  await set(mina, { title: '<b>새 제목</b>' });
  await changed('제목 ‘<b>새 제목</b>’', 'title “<b>새 제목</b>”');
  await set(mina, { capacity: '1000' });
  await changed('최대 1000명', 'up to 1000 people');
  await set(mina, { password: 'meow' });
  await changed('비밀번호 설정', 'password set');
  await set(mina, { password: 'woof', capacity: '20' });
  await changed('최대 20명, 비밀번호 변경', 'up to 20 people, password changed');
  await openSettings(mina);
  await field(mina, 'open').check();
  await answer(mina, 'save');
  await changed('비밀번호 해제', 'password removed');
  // What changes nothing says nothing.
  await set(mina, { capacity: '20' });

  await throwOut(mina, sora, '<i>스팸</i>');
  await answer(mina, 'notNow');
  await expectLine('Coco님이 강퇴되었습니다. 이유: <i>스팸</i>', 'Coco was removed by the owner. Reason: <i>스팸</i>');
  const haru = await person();
  await comeIn(haru, room);
  const harus = await named(haru);
  await expectLine(`${harus[0]}님이 입장하셨습니다.`, `${harus[1]} has entered.`);
  await throwOut(mina, haru);
  await answer(mina, 'notNow');
  await expectLine(`${harus[0]}님이 강퇴되었습니다.`, `${harus[1]} was removed by the owner.`);
  await handOver(mina, juno);
  await expectLine(`${junos[0]}님이 방장이 되셨습니다.`, `${junos[1]} is the owner now.`);

  const late = await person();
  await comeIn(late, room);
  await expect(facts(late).first()).toHaveText(told[0]![0]);
  for (const [n, reader] of readers.entries()) {
    const before = await logOf(reader).locator('.rows > li').allTextContents();
    await expect(facts(reader)).toHaveText([...told.map((line) => line[n]!), /(입장하셨습니다|has entered)\.$/]);
    await reload(reader);
    expect((await logOf(reader).locator('.rows > li').allTextContents()).map(words)).toEqual(before.map(words));
  }
});

/** Without the times, which a page words anew. */
function words(line: string): string {
  return line.replace(/(오전|오후)?\s?\d+:\d+\s?(AM|PM)?/, '').trim();
}

/** So many lines in a row: the owner cannot make up their mind about the number. */
async function talkOfTheRoom(mina: Person, lines: number): Promise<void> {
  const title = await mina.page.getByRole('heading', { level: 1 }).innerText();
  for (let n = 0; n < lines; n++) {
    const set = await mina.post('set_room', { room: mina.room(), title, capacity: String(20 + n) });
    expect(set.status(), await set.text()).toBe(200);
  }
}

function lastNumbers(...numbers: number[]): RegExp[] {
  return numbers.map((number) => new RegExp(`(최대 ${number}명|up to ${number} people)$`));
}

async function isOpen(line: Locator, open: boolean): Promise<void> {
  await expect(line).toHaveAttribute('aria-expanded', String(open));
}

for (const [hand, options] of EACH_HAND) {
  test(`more than four in a row fold into one line that opens: by ${hand}`, async ({ person, title }) => {
    const [mina, sora, juno] = await three(person, title, { juno: options });
    await settle(mina, '시작', sora, juno);
    // Three who came in.
    await expect(facts(juno)).toHaveCount(3);
    await talkOfTheRoom(mina, 4);
    await expect(facts(juno)).toHaveCount(7);
    await expect(logOf(juno).locator('[aria-expanded]')).toHaveCount(0);

    await talkOfTheRoom(mina, 5);
    await expect(fold(juno, 7)).toBeVisible();
    await isOpen(fold(juno, 7), false);
    // What has just happened is seen.
    await expect(facts(juno)).toHaveText([/입장|entered/, /입장|entered/, /입장|entered/, ...lastNumbers(23, 24)]);

    await press(juno, fold(juno, 7), hand);
    await isOpen(fold(juno, 7), true);
    await expect(fold(juno, 7)).toBeFocused();
    await expect(facts(juno)).toHaveCount(3 + 9);
    await rename(sora, '하나 더');
    await isOpen(fold(juno, 8), true);
    await expect(facts(juno)).toHaveCount(3 + 10);

    // A message ends the run: the next ones are a run of their own.
    await settle(mina, '그만', sora, juno);
    await talkOfTheRoom(mina, 4);
    await expect(facts(juno)).toHaveCount(3 + 10 + 4);
    await press(juno, fold(juno, 8), hand);
    await isOpen(fold(juno, 8), false);
    await expect(fold(juno, 8)).toBeFocused();
    await expect(facts(juno)).toHaveCount(3 + 2 + 4);
    await reload(juno);
    await isOpen(fold(juno, 8), false);
    await expect(facts(juno)).toHaveCount(3 + 2 + 4);
    await expect(message(juno, '그만')).toHaveCount(1);
  });
}

test('a fold that opens leaves what is below it where it is', async ({ person, title }) => {
  const [mina, sora] = await three(person, title, { sora: { reducedMotion: 'reduce' } });
  await talkOfTheRoom(mina, 12);
  await settle(mina, '끝', sora);
  await expect(fold(sora, 13)).toBeVisible();
  await tabTo(sora, fold(sora, 13));
  const place = async () => (await message(sora, '끝').boundingBox())!.y;
  const before = await place();
  await sora.page.keyboard.press('Space');
  await isOpen(fold(sora, 13), true);
  expect(Math.abs((await place()) - before)).toBeLessThan(2);
});

for (const [size, viewport] of Object.entries({ wide: WIDE, phone: PHONE })) {
  for (const colorScheme of ['light', 'dark'] as const) {
    test(`lines and folds look right: ${size}, ${colorScheme}`, async ({ person, title }, info) => {
      const look = { viewport, colorScheme, reducedMotion: 'reduce' as const, ...(size === 'phone' ? { hasTouch: true, isMobile: true } : {}) };
      const [mina, sora, juno] = await three(person, title, { juno: { ...look, locale: size === 'phone' ? 'en-US' : 'ko-KR' } });
      await settle(sora, '무슨 일이에요?', juno);
      await talkOfTheRoom(mina, 3);
      await rename(sora, 'Maximiliana Longname');
      await openSettings(mina);
      await fillIn(mina, 'title', '아주 긴 제목은 '.repeat(6).slice(0, 50).trim());
      await answer(mina, 'save');
      await throwOut(mina, sora, '같은 말을 자꾸 올려서요. '.repeat(20).slice(0, 200).trim());
      await expect(fold(juno, 4)).toBeVisible();
      await looksRight(juno, info.outputPath('folded.png'));
      await fold(juno, 4).click();
      await isOpen(fold(juno, 4), true);
      await looksRight(juno, info.outputPath('unfolded.png'));
    });
  }
}
