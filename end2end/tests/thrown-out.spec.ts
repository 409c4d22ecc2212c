import { gif } from '../lib/gif.ts';
import {
  answer,
  ask,
  barred,
  dialogOf,
  facts,
  field,
  fillIn,
  idOf,
  isShutOut,
  openSettings,
  rename,
  settle,
  throwOut,
  wrongIn,
} from '../lib/people.ts';
import { EACH_HAND, PHONE, WIDE, addressOf, comeIn, isIn, logOf, looksRight, nameOf, peopleOf, press, sendGif, three } from '../lib/talk.ts';
import { NODES, expect, test } from '../lib/test.ts';

for (const [hand, options] of EACH_HAND) {
  test(`thrown out with a reason, after a question, from all tabs: by ${hand}`, async ({ person, title }) => {
    const [mina, sora, juno] = await three(person, title, { mina: options });
    const tab = await juno.secondTab();
    await comeIn(tab, mina.room());
    const name = { mina: await nameOf(juno, mina), sora: await nameOf(juno, sora), juno: await nameOf(juno) };
    await ask(mina, juno, 'throwOut', hand);
    await expect(dialogOf(mina).getByRole('heading')).toContainText(name.mina);
    await expect(dialogOf(mina)).toContainText(/쿠키를 지우면|clears their cookies/);
    await answer(mina, 'cancel', hand);
    await expect(dialogOf(mina)).toBeHidden();
    await settle(juno, 'still here', mina, sora);

    await throwOut(mina, juno, '너무 시끄러워요', hand);
    for (const page of [juno, tab]) await isShutOut(page, title, 'Reason: 너무 시끄러워요');
    for (const reader of [mina, sora]) await expect(peopleOf(reader)).toHaveCount(2);
    await expect(facts(sora).last()).toHaveText(`${name.sora}님이 강퇴되었습니다. 이유: 너무 시끄러워요`);
    await expect(dialogOf(mina)).toContainText(/쿠키를 지우면|clears their cookies/);
    await answer(mina, 'notNow', hand);
    await expect(dialogOf(mina)).toBeHidden();
  });
}

test('the door stays shut, however they knock', NODES, async ({ person, title }) => {
  const [mina, sora, juno] = await three(person, title);
  const room = mina.room();
  const drawn = await sendGif(juno, gif('움짤.gif', { tint: 2 }));
  const media = await addressOf(drawn);
  expect((await juno.context.request.get(media)).status()).toBe(200);
  const line = `${await nameOf(juno, sora)}님이 강퇴되었습니다.`;
  await throwOut(mina, juno);
  await answer(mina, 'notNow');
  await isShutOut(juno, title);
  await expect(juno.page.locator('.lost')).not.toContainText(/Reason/);
  await expect(facts(sora).last()).toHaveText(line);

  expect((await juno.page.reload())?.status()).toBe(403);
  await isShutOut(juno, title);
  for (const address of [`/room/${room}`, `/room/${room}/log`, media, `/api/history?room=${room}&before=100`]) {
    const { status } = await juno.context.request.get(address).then((got) => ({ status: got.status() }));
    expect([address, status]).toEqual([address, 403]);
  }
  const client = crypto.randomUUID().replaceAll('-', '');
  for (const [act, form] of [
    ['enter_room', { password: '' }],
    ['send_text', { client, text: '저예요' }],
    ['rename', { name: '다른 사람' }],
  ] as const) {
    expect([act, (await juno.post(act, { room, ...form })).status()]).toEqual([act, 403]);
  }
  const headers = { accept: 'application/json', origin: juno.url };
  const upload = await juno.context.request.post('/api/upload_gif', { multipart: { room, client, gif: gif() }, headers });
  expect(upload.status()).toBe(403);

  await juno.page.goto('/');
  const card = juno.card(title);
  await card.getByRole('button', { name: 'Enter' }).click();
  await isShutOut(juno, title);
  // Other rooms are open to them, and who stayed noticed nothing of it.
  await juno.page.getByRole('link', { name: 'New room' }).click();
  await juno.page.getByLabel('Room title').fill(`${title} 2`);
  await juno.page.getByRole('button', { name: 'Create' }).click();
  await isIn(juno);
  await settle(mina, '조용하네요', sora);
  await expect(logOf(sora).getByText('저예요')).toHaveCount(0);
});

for (const [hand, options] of EACH_HAND) {
  test(`the owner sees who is barred, and lets them back in: by ${hand}`, async ({ person, title }) => {
    const [mina, sora, juno] = await three(person, title, { mina: options });
    const names = [await nameOf(sora, mina), await nameOf(juno, mina)];
    await throwOut(mina, sora, '첫째 이유', hand);
    await answer(mina, 'notNow', hand);
    await throwOut(mina, juno, 'a second reason', hand);
    await answer(mina, 'changePassword', hand);
    // Their pages go there by themselves.
    await isShutOut(sora, '첫째 이유');
    await isShutOut(juno, 'a second reason');
    // The newest first.
    await expect(barred(mina)).toHaveCount(2);
    await expect(barred(mina).first()).toContainText(`${names[1]} a second reason`);
    await expect(barred(mina).last()).toContainText(`${names[0]} 첫째 이유`);

    await press(mina, barred(mina).first().getByRole('button', { name: /^(다시 들이기|Let back in)$/ }), hand);
    await expect(barred(mina)).toHaveCount(1);
    await expect(barred(mina)).toContainText(names[0]!);
    await answer(mina, 'cancel', hand);
    await comeIn(juno, mina.room());
    await expect(peopleOf(mina)).toHaveCount(2);
    expect(await nameOf(juno, mina)).toBe(names[1]);
    expect((await sora.page.reload())?.status()).toBe(403);
    await isShutOut(sora, '첫째 이유');
  });
}

test('new cookies make a new person, whom a new password keeps out', async ({ person, title }) => {
  const [mina, sora, juno] = await three(person, title);
  const before = await idOf(juno);
  const room = mina.room();
  await throwOut(mina, juno, 'spam');
  await answer(mina, 'notNow');
  await isShutOut(juno, 'spam');
  await juno.context.clearCookies();
  await comeIn(juno, room);
  await expect(peopleOf(mina)).toHaveCount(3);
  expect(await idOf(juno)).not.toBe(before);

  await throwOut(mina, juno, 'spam');
  await expect(dialogOf(mina)).toContainText('쿠키를 지우면 새 사람으로 다시 올 수 있어요.');
  await answer(mina, 'changePassword');
  await expect(barred(mina)).toHaveCount(2);
  await fillIn(mina, 'password', '고양이만');
  await answer(mina, 'save');
  await expect(dialogOf(mina)).toBeHidden();
  await isShutOut(juno, 'spam');
  await juno.context.clearCookies();
  await juno.page.goto(`/room/${room}`);
  await juno.page.getByLabel('Password', { exact: true }).fill('meow');
  await juno.page.getByRole('button', { name: 'Enter' }).click();
  await expect(juno.page.getByText('That password is wrong.')).toBeVisible();
  await settle(mina, '이제 조용해요', sora);
  await expect(peopleOf(sora)).toHaveCount(2);
});

test('who has gone meanwhile is not thrown out, and a reason has its length', async ({ person, title }) => {
  const [mina, sora, juno] = await three(person, title);
  await ask(mina, juno, 'throwOut');
  await expect(field(mina, 'reason')).toBeFocused();
  await fillIn(mina, 'reason', '가'.repeat(201));
  await answer(mina, 'throwOut');
  await expect(wrongIn(mina)).toHaveText('200자까지 적을 수 있어요.');
  await fillIn(mina, 'reason', '너무 늦었어요');
  await juno.page.getByRole('button', { name: 'Leave room' }).click();
  await expect(peopleOf(sora)).toHaveCount(2);
  await answer(mina, 'throwOut');
  await expect(wrongIn(mina)).toHaveText('그 사람은 이제 이 방에 없어요.');
  await expect(field(mina, 'reason')).toHaveValue('너무 늦었어요');
  await answer(mina, 'cancel');
  await openSettings(mina);
  await expect(barred(mina)).toHaveCount(0);
});

for (const [size, viewport] of Object.entries({ wide: WIDE, phone: PHONE })) {
  for (const colorScheme of ['light', 'dark'] as const) {
    test(`throwing out and being thrown out look right: ${size}, ${colorScheme}`, async ({ person, title }, info) => {
      const look = { viewport, colorScheme, reducedMotion: 'reduce' as const, ...(size === 'phone' ? { hasTouch: true, isMobile: true } : {}) };
      const [mina, sora, juno] = await three(person, title, { mina: look, juno: { ...look, locale: 'en-US' } });
      await rename(juno, 'Maximiliana Longname');
      const reason = '같은 말을 자꾸 올려서요. '.repeat(20).slice(0, 200).trim();
      await ask(mina, juno, 'throwOut');
      await fillIn(mina, 'reason', reason);
      await looksRight(mina, info.outputPath('throw-out.png'));
      await answer(mina, 'throwOut');
      await isShutOut(juno, reason);
      await looksRight(juno, info.outputPath('thrown-out.png'));
      await looksRight(mina, info.outputPath('afterwards.png'));
      await answer(mina, 'notNow');
      for (let n = 0; n < 5; n++) {
        await sora.context.clearCookies();
        await comeIn(sora, mina.room());
        await throwOut(mina, sora, n % 2 ? '짧은 이유' : '');
        await answer(mina, 'notNow');
      }
      await openSettings(mina);
      await expect(barred(mina)).toHaveCount(6);
      await looksRight(mina, info.outputPath('barred.png'));
      await barred(mina).last().scrollIntoViewIfNeeded();
      await expect(barred(mina).last().getByRole('button')).toBeInViewport({ ratio: 1 });
      await looksRight(mina, info.outputPath('barred-end.png'));
    });
  }
}
