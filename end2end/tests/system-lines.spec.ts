import type { Locator } from '@playwright/test';

import { EACH_INPUT, EACH_SIZE, TOUCH } from '../lib/devices.ts';
import { expectLooksRight } from '../lib/looks.ts';
import {
  changeSettings,
  dialogField,
  fillInDialog,
  handOver,
  nameOf,
  openSettings,
  pressInDialog,
  rename,
  roomTitle,
  sayToAll,
  systemFold,
  systemLines,
  threeInRoom,
  throwOut,
} from '../lib/people.ts';
import { NODES, expect, test, type Person } from '../lib/test.ts';

test('each kind of line has its words in both languages, and its place for good', NODES, async ({ person, title }) => {
  const mina = await person();
  const room = await mina.createRoom({ title });
  const [juno, sora] = [await person({ locale: 'en-US' }), await person()];
  const readers = [mina, juno];
  const expected: [string, string][] = [];
  let said = 0;
  /** Waits for a line, and says something after it, so that no two lines follow each other. */
  const expectLine = async (korean: string, english: string) => {
    expected.push([korean, english]);
    await expect(systemLines(mina).last()).toHaveText(korean);
    await expect(systemLines(juno).last()).toHaveText(english);
    await sayToAll(mina, `${(said += 1)}번째`, juno);
  };
  const named = async (someone: Person): Promise<[string, string]> => [await nameOf(someone, mina), await nameOf(someone, juno)];

  await juno.enterByLink(room);
  const [minas, junos] = [await named(mina), await named(juno)];
  expected.push([`${minas[0]}님이 입장하셨습니다.`, `${minas[1]} has entered.`]);
  await expectLine(`${junos[0]}님이 입장하셨습니다.`, `${junos[1]} has entered.`);
  await sora.enterByLink(room);
  const soras = await named(sora);
  await expectLine(`${soras[0]}님이 입장하셨습니다.`, `${soras[1]} has entered.`);
  await rename(sora, '초코');
  await expectLine(`${soras[0]}님이 이름을 초코(으)로 바꿨습니다.`, `${soras[1]} is now called 초코.`);
  await rename(sora, 'Coco');
  await expectLine('초코님이 이름을 Coco(으)로 바꿨습니다.', '초코 is now called Coco.');
  await sora.leave();
  await expectLine('Coco님이 퇴장하셨습니다.', 'Coco has left.');
  await sora.enterByLink(room);
  await expectLine('Coco님이 입장하셨습니다.', 'Coco has entered.');

  const changed = (korean: string, english: string) => expectLine(`${minas[0]}님이 방을 바꿨습니다: ${korean}`, `${minas[1]} changed the room: ${english}`);
  await changeSettings(mina, { title: '<b>새 제목</b>' });
  await changed('제목 ‘<b>새 제목</b>’', 'title “<b>새 제목</b>”');
  await changeSettings(mina, { capacity: '1000' });
  await changed('최대 1000명', 'up to 1000 people');
  await changeSettings(mina, { password: 'meow' });
  await changed('비밀번호 설정', 'password set');
  await changeSettings(mina, { password: 'woof', capacity: '20' });
  await changed('최대 20명, 비밀번호 변경', 'up to 20 people, password changed');
  await openSettings(mina);
  await dialogField(mina, 'removePassword').check();
  await pressInDialog(mina, 'save');
  await changed('비밀번호 해제', 'password removed');
  // A setting that stays the same makes no line.
  await changeSettings(mina, { capacity: '20' });

  await throwOut(mina, sora, '<i>스팸</i>');
  await pressInDialog(mina, 'notNow');
  await expectLine('Coco님이 강퇴되었습니다. 이유: <i>스팸</i>', 'Coco was removed by the owner. Reason: <i>스팸</i>');
  const haru = await person();
  await haru.enterByLink(room);
  const harus = await named(haru);
  await expectLine(`${harus[0]}님이 입장하셨습니다.`, `${harus[1]} has entered.`);
  await throwOut(mina, haru);
  await pressInDialog(mina, 'notNow');
  await expectLine(`${harus[0]}님이 강퇴되었습니다.`, `${harus[1]} was removed by the owner.`);
  await handOver(mina, juno);
  await expectLine(`${junos[0]}님이 방장이 되셨습니다.`, `${junos[1]} is the owner now.`);

  const late = await person();
  await late.enterByLink(room);
  await expect(systemLines(late).first()).toHaveText(expected[0]![0]);
  for (const [n, reader] of readers.entries()) {
    const before = await reader.log.locator('.rows > li').allTextContents();
    await expect(systemLines(reader)).toHaveText([...expected.map((line) => line[n]!), /(입장하셨습니다|has entered)\.$/]);
    await reader.reload();
    expect((await reader.log.locator('.rows > li').allTextContents()).map(withoutTime)).toEqual(before.map(withoutTime));
  }
});

/** The text of a line without its time, which may change from page to page. */
function withoutTime(line: string): string {
  return line.replace(/(오전|오후)?\s?\d+:\d+\s?(AM|PM)?/, '').trim();
}

/** Makes this many system lines in a row: the owner changes the capacity again and again. */
async function makeSystemLines(mina: Person, lines: number): Promise<void> {
  const title = await roomTitle(mina).innerText();
  for (let n = 0; n < lines; n++) {
    const set = await mina.callApi('set_room', { room: mina.roomId(), title, capacity: String(20 + n) });
    expect(set.status(), await set.text()).toBe(200);
  }
}

/** The ends of lines that tell of these capacities. */
function capacities(...people: number[]): RegExp[] {
  return people.map((number) => new RegExp(`(최대 ${number}명|up to ${number} people)$`));
}

async function expectOpen(line: Locator, open: boolean): Promise<void> {
  await expect(line).toHaveAttribute('aria-expanded', String(open));
}

for (const [input, options] of EACH_INPUT) {
  test(`more than four in a row fold into one line that opens: by ${input}`, async ({ person, title }) => {
    const [mina, sora, juno] = await threeInRoom(person, title, { juno: options });
    await sayToAll(mina, '시작', sora, juno);
    // Three people entered.
    await expect(systemLines(juno)).toHaveCount(3);
    await makeSystemLines(mina, 4);
    await expect(systemLines(juno)).toHaveCount(7);
    await expect(juno.log.locator('[aria-expanded]')).toHaveCount(0);

    await makeSystemLines(mina, 5);
    await expect(systemFold(juno, 7)).toBeVisible();
    await expectOpen(systemFold(juno, 7), false);
    // The two newest lines are never folded.
    await expect(systemLines(juno)).toHaveText([/입장|entered/, /입장|entered/, /입장|entered/, ...capacities(23, 24)]);

    await juno.press(systemFold(juno, 7), input);
    await expectOpen(systemFold(juno, 7), true);
    await expect(systemFold(juno, 7)).toBeFocused();
    await expect(systemLines(juno)).toHaveCount(3 + 9);
    await rename(sora, '하나 더');
    await expectOpen(systemFold(juno, 8), true);
    await expect(systemLines(juno)).toHaveCount(3 + 10);

    // A message ends the run of lines, and the next ones are a run of their own.
    await sayToAll(mina, '그만', sora, juno);
    await makeSystemLines(mina, 4);
    await expect(systemLines(juno)).toHaveCount(3 + 10 + 4);
    await juno.press(systemFold(juno, 8), input);
    await expectOpen(systemFold(juno, 8), false);
    await expect(systemFold(juno, 8)).toBeFocused();
    await expect(systemLines(juno)).toHaveCount(3 + 2 + 4);
    await juno.reload();
    await expectOpen(systemFold(juno, 8), false);
    await expect(systemLines(juno)).toHaveCount(3 + 2 + 4);
    await juno.expectMessage('그만');
  });
}

test('a fold that opens leaves what is below it where it is', async ({ person, title }) => {
  const [mina, sora] = await threeInRoom(person, title, { sora: { reducedMotion: 'reduce' } });
  await makeSystemLines(mina, 12);
  await sayToAll(mina, '끝', sora);
  await expect(systemFold(sora, 13)).toBeVisible();
  await sora.tabTo(systemFold(sora, 13));
  const place = async () => (await sora.message('끝').boundingBox())!.y;
  const before = await place();
  await sora.page.keyboard.press('Space');
  await expectOpen(systemFold(sora, 13), true);
  expect(Math.abs((await place()) - before)).toBeLessThan(2);
});

for (const [size, viewport, schemes] of EACH_SIZE) {
  for (const colorScheme of schemes) {
    test(`lines and folds look right: ${size}, ${colorScheme}`, async ({ person, title }, info) => {
      const look = { viewport, colorScheme, reducedMotion: 'reduce' as const, ...(size === 'phone' ? TOUCH : {}) };
      const [mina, sora, juno] = await threeInRoom(person, title, { juno: { ...look, locale: size === 'phone' ? 'en-US' : 'ko-KR' } });
      await sayToAll(sora, '무슨 일이에요?', juno);
      await makeSystemLines(mina, 3);
      await rename(sora, 'Maximiliana Longname');
      await openSettings(mina);
      await fillInDialog(mina, 'title', '아주 긴 제목은 '.repeat(6).slice(0, 50).trim());
      await pressInDialog(mina, 'save');
      await throwOut(mina, sora, '같은 말을 자꾸 올려서요. '.repeat(20).slice(0, 200).trim());
      await expect(systemFold(juno, 4)).toBeVisible();
      await expectLooksRight(juno, info.outputPath('folded.png'));
      await systemFold(juno, 4).click();
      await expectOpen(systemFold(juno, 4), true);
      await expectLooksRight(juno, info.outputPath('unfolded.png'));
    });
  }
}
