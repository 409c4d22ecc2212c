import { EACH_INPUT, EACH_SIZE, TOUCH } from '../lib/devices.ts';
import { gif } from '../lib/gif.ts';
import { expectLooksRight } from '../lib/looks.ts';
import { addressOf } from '../lib/messages.ts';
import {
  barred,
  dialogButton,
  dialogError,
  dialogField,
  expectShutOut,
  fillInDialog,
  idOf,
  nameOf,
  openPersonDialog,
  openSettings,
  peopleOf,
  pressInDialog,
  rename,
  sayToAll,
  systemLines,
  threeInRoom,
  throwOut,
} from '../lib/people.ts';
import { randomClientId } from '../lib/person.ts';
import { NODES, expect, test } from '../lib/test.ts';

for (const [input, options] of EACH_INPUT) {
  test(`thrown out with a reason, after a question, from all tabs: by ${input}`, async ({ person, title }) => {
    const [mina, sora, juno] = await threeInRoom(person, title, { mina: options });
    const tab = await juno.newTab();
    await tab.openRoom(mina.roomId());
    const name = { mina: await nameOf(juno, mina), sora: await nameOf(juno, sora), juno: await nameOf(juno) };
    await openPersonDialog(mina, juno, 'throwOut', input);
    await expect(mina.dialog.getByRole('heading')).toContainText(name.mina);
    await expect(mina.dialog).toContainText(/쿠키를 지우면|clears their cookies/);
    await pressInDialog(mina, 'cancel', input);
    await expect(mina.dialog).toBeHidden();
    await sayToAll(juno, 'still here', mina, sora);

    await throwOut(mina, juno, '너무 시끄러워요', input);
    for (const page of [juno, tab]) await expectShutOut(page, title, 'Reason: 너무 시끄러워요');
    for (const reader of [mina, sora]) await expect(peopleOf(reader)).toHaveCount(2);
    await expect(systemLines(sora).last()).toHaveText(`${name.sora}님이 강퇴되었습니다. 이유: 너무 시끄러워요`);
    await expect(mina.dialog).toContainText(/쿠키를 지우면|clears their cookies/);
    await pressInDialog(mina, 'notNow', input);
    await expect(mina.dialog).toBeHidden();
  });
}

test('the door stays shut, however they knock', NODES, async ({ person, title }) => {
  const [mina, sora, juno] = await threeInRoom(person, title);
  const room = mina.roomId();
  const drawn = await juno.sendGif(gif('움짤.gif', { tint: 2 }));
  const media = await addressOf(drawn);
  expect((await juno.context.request.get(media)).status()).toBe(200);
  const line = `${await nameOf(juno, sora)}님이 강퇴되었습니다.`;
  await throwOut(mina, juno);
  await pressInDialog(mina, 'notNow');
  await expectShutOut(juno, title);
  await expect(juno.page.locator('.lost')).not.toContainText(/Reason/);
  await expect(systemLines(sora).last()).toHaveText(line);

  expect((await juno.page.reload())?.status()).toBe(403);
  await expectShutOut(juno, title);
  for (const address of [`/room/${room}`, `/room/${room}/log`, media, `/api/history?room=${room}&before=100`]) {
    const answer = await juno.context.request.get(address);
    expect([address, answer.status()]).toEqual([address, 403]);
  }
  const client = randomClientId();
  for (const [act, form] of [
    ['enter_room', { password: '' }],
    ['send_text', { client, text: '저예요' }],
    ['rename', { name: '다른 사람' }],
  ] as const) {
    expect([act, (await juno.callApi(act, { room, ...form })).status()]).toEqual([act, 403]);
  }
  const upload = await juno.uploadByApi(room, gif(), { client });
  expect(upload.status()).toBe(403);

  await juno.openLobby();
  await juno.clickEnterOnCard(title);
  await expectShutOut(juno, title);
  // Juno may enter other rooms, and those who stayed noticed nothing.
  await juno.clickNewRoom();
  await juno.fillInRoom({ title: `${title} 2` });
  await juno.submitRoom();
  await juno.expectInside();
  await sayToAll(mina, '조용하네요', sora);
  await expect(sora.log.getByText('저예요')).toHaveCount(0);
});

for (const [input, options] of EACH_INPUT) {
  test(`the owner sees who is barred, and lets them back in: by ${input}`, async ({ person, title }) => {
    const [mina, sora, juno] = await threeInRoom(person, title, { mina: options });
    const names = [await nameOf(sora, mina), await nameOf(juno, mina)];
    await throwOut(mina, sora, '첫째 이유', input);
    await pressInDialog(mina, 'notNow', input);
    await throwOut(mina, juno, 'a second reason', input);
    await pressInDialog(mina, 'changePassword', input);
    // Their pages show it without a reload.
    await expectShutOut(sora, '첫째 이유');
    await expectShutOut(juno, 'a second reason');
    // The list begins with the newest.
    await expect(barred(mina)).toHaveCount(2);
    await expect(barred(mina).first()).toContainText(`${names[1]} a second reason`);
    await expect(barred(mina).last()).toContainText(`${names[0]} 첫째 이유`);

    await mina.press(dialogButton(mina, 'letIn').first(), input);
    await expect(barred(mina)).toHaveCount(1);
    await expect(barred(mina)).toContainText(names[0]!);
    await pressInDialog(mina, 'cancel', input);
    await juno.enterByLink(mina.roomId());
    await expect(peopleOf(mina)).toHaveCount(2);
    expect(await nameOf(juno, mina)).toBe(names[1]);
    expect((await sora.page.reload())?.status()).toBe(403);
    await expectShutOut(sora, '첫째 이유');
  });
}

test('new cookies make a new person, whom a new password keeps out', async ({ person, title }) => {
  const [mina, sora, juno] = await threeInRoom(person, title);
  const before = await idOf(juno);
  const room = mina.roomId();
  await throwOut(mina, juno, 'spam');
  await pressInDialog(mina, 'notNow');
  await expectShutOut(juno, 'spam');
  await juno.context.clearCookies();
  await juno.enterByLink(room);
  await expect(peopleOf(mina)).toHaveCount(3);
  expect(await idOf(juno)).not.toBe(before);

  await throwOut(mina, juno, 'spam');
  await expect(mina.dialog).toContainText('쿠키를 지우면 새 사람으로 다시 올 수 있어요.');
  await pressInDialog(mina, 'changePassword');
  await expect(barred(mina)).toHaveCount(2);
  await fillInDialog(mina, 'password', '고양이만');
  await pressInDialog(mina, 'save');
  await expect(mina.dialog).toBeHidden();
  await expectShutOut(juno, 'spam');
  await juno.context.clearCookies();
  await juno.visitRoom(room);
  await juno.tryPassword('meow');
  await expect(juno.page.getByText('That password is wrong.')).toBeVisible();
  await sayToAll(mina, '이제 조용해요', sora);
  await expect(peopleOf(sora)).toHaveCount(2);
});

test('who has gone meanwhile is not thrown out, and a reason has its length', async ({ person, title }) => {
  const [mina, sora, juno] = await threeInRoom(person, title);
  await openPersonDialog(mina, juno, 'throwOut');
  await expect(dialogField(mina, 'reason')).toBeFocused();
  await fillInDialog(mina, 'reason', '가'.repeat(201));
  await pressInDialog(mina, 'throwOut');
  await expect(dialogError(mina)).toHaveText('200자까지 적을 수 있어요.');
  await fillInDialog(mina, 'reason', '너무 늦었어요');
  await juno.leave();
  await expect(peopleOf(sora)).toHaveCount(2);
  await pressInDialog(mina, 'throwOut');
  await expect(dialogError(mina)).toHaveText('그 사람은 이제 이 방에 없어요.');
  await expect(dialogField(mina, 'reason')).toHaveValue('너무 늦었어요');
  await pressInDialog(mina, 'cancel');
  await openSettings(mina);
  await expect(barred(mina)).toHaveCount(0);
});

for (const [size, viewport, schemes] of EACH_SIZE) {
  for (const colorScheme of schemes) {
    test(`throwing out and being thrown out look right: ${size}, ${colorScheme}`, async ({ person, title }, info) => {
      const look = { viewport, colorScheme, reducedMotion: 'reduce' as const, ...(size === 'phone' ? TOUCH : {}) };
      const [mina, sora, juno] = await threeInRoom(person, title, { mina: look, juno: { ...look, locale: 'en-US' } });
      await rename(juno, 'Maximiliana Longname');
      const reason = '같은 말을 자꾸 올려서요. '.repeat(20).slice(0, 200).trim();
      await openPersonDialog(mina, juno, 'throwOut');
      await fillInDialog(mina, 'reason', reason);
      await expectLooksRight(mina, info.outputPath('throw-out.png'));
      await pressInDialog(mina, 'throwOut');
      await expectShutOut(juno, reason);
      await expectLooksRight(juno, info.outputPath('thrown-out.png'));
      await expectLooksRight(mina, info.outputPath('afterwards.png'));
      await pressInDialog(mina, 'notNow');
      for (let n = 0; n < 5; n++) {
        await sora.context.clearCookies();
        await sora.enterByLink(mina.roomId());
        await throwOut(mina, sora, n % 2 ? '짧은 이유' : '');
        // Sora's page loads itself again, which would interrupt what she opens next.
        await expectShutOut(sora);
        await pressInDialog(mina, 'notNow');
      }
      await openSettings(mina);
      await expect(barred(mina)).toHaveCount(6);
      await expectLooksRight(mina, info.outputPath('barred.png'));
      await barred(mina).last().scrollIntoViewIfNeeded();
      await expect(barred(mina).last().getByRole('button')).toBeInViewport({ ratio: 1 });
      await expectLooksRight(mina, info.outputPath('barred-end.png'));
    });
  }
}
