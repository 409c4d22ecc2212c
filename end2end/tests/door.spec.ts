import { ENTERED } from '../lib/person.ts';
import { NODES, ROUNDS, expect, test } from '../lib/test.ts';

test('a wrong password is said to be wrong, and the right one opens', NODES, async ({ person, title }) => {
  const [mina, sora] = [await person(), await person()];
  await mina.createRoom({ title, password: '열려라 참깨' });
  await sora.openLobby();
  await sora.clickEnterOnCard(title);
  await sora.tryPassword('열려라 들깨');
  await expect(sora.page.getByText('비밀번호가 틀렸습니다.')).toBeVisible();
  await expect(sora.log).toHaveCount(0);
  await sora.tryPassword('열려라 참깨');
  await sora.expectInside();
});

test('a password never shows in an address', async ({ person, title }) => {
  const [mina, sora] = [await person(), await person()];
  const addresses: string[] = [];
  for (const someone of [mina, sora]) someone.page.on('request', (request) => addresses.push(request.url()));
  await mina.createRoom({ title, password: 'open-sesame' });
  await sora.enterRoom(title, 'open-sesame');
  expect(addresses.filter((address) => address.includes('sesame'))).toEqual([]);
});

test('a password can be pasted, and a manager may fill it in', async ({ person, title }) => {
  const [mina, sora] = [await person(), await person()];
  const room = await mina.createRoom({ title, password: '열려라 참깨' });
  await sora.openLobby();
  await sora.searchBox.fill('열려라 참깨');
  await sora.page.keyboard.press('ControlOrMeta+A');
  await sora.page.keyboard.press('ControlOrMeta+C');
  await sora.visitRoom(room);
  const field = sora.formField('password');
  await expect(field).toHaveAttribute('autocomplete', 'current-password');
  await field.focus();
  await sora.page.keyboard.press('ControlOrMeta+V');
  await sora.page.keyboard.press('Enter');
  await sora.expectInside();
});

test('the door shows title, number and owner to who has the link', NODES, async ({ person, title }) => {
  const [mina, sora] = [await person(), await person()];
  const room = await mina.createRoom({ title, capacity: 7 });
  await sora.visitRoom(room);
  await expect(sora.page.getByRole('heading', { name: title })).toBeVisible();
  await expect(sora.page.getByText(/1\s*\/\s*7/)).toBeVisible();
  await expect(sora.page.getByText('방장')).toBeVisible();
  await sora.clickEnter();
  await sora.expectInside();
});

test('a look at the door takes no seat', NODES, async ({ person, title }) => {
  const [mina, sora] = [await person(), await person()];
  const room = await mina.createRoom({ title });
  await sora.visitRoom(room);
  await expect(sora.page.getByText(/1\s*\/\s*10/)).toBeVisible();
  await mina.say('아직 혼자');
  expect(await mina.times(ENTERED)).toBe(1);
});

for (let round = 1; round <= ROUNDS; round++) {
  test(`of two who race for the last seat exactly one gets in (${round})`, NODES, async ({ person, title }) => {
    const [mina, sora, juno] = [await person(), await person(), await person()];
    const room = await mina.createRoom({ title, capacity: 2 });
    const racers = [sora, juno];
    for (const racer of racers) await racer.visitRoom(room);
    await Promise.all(racers.map((racer) => racer.clickEnter()));

    const refusal = (racer: typeof sora) => racer.page.getByText('허용 인원이 초과하였습니다.');
    for (const racer of racers) await expect(racer.log.or(refusal(racer)).first()).toBeVisible();
    const inside = await Promise.all(racers.map((racer) => racer.log.isVisible()));
    expect(inside.filter(Boolean)).toHaveLength(1);
    const outside = racers[inside.indexOf(false)]!;
    await expect(refusal(outside)).toBeVisible();
    await outside.openLobby();
    await expect(outside.card(title)).toContainText(/2\s*\/\s*2/);
  });
}

test('a full room says so at its door, which opens when somebody leaves', NODES, async ({ person, title }) => {
  const [mina, sora, juno] = [await person(), await person(), await person()];
  const room = await mina.createRoom({ title, capacity: 2 });
  await sora.enterByLink(room);
  await juno.visitRoom(room);
  await expect(juno.page.getByText('지금은 자리가 없어요.')).toBeVisible();
  await juno.waitUntilLive();
  await expect(juno.button(['입장', 'Enter'])).toHaveCount(0);
  await juno.button(['다시 시도', 'Try again']).click();
  await expect(juno.page.getByText('허용 인원이 초과하였습니다.')).toBeVisible();
  await sora.leave();
  await expect(juno.page.getByRole('status').getByText('자리가 났어요.')).toBeVisible();
  await expect(juno.page.getByText('허용 인원이 초과하였습니다.')).toHaveCount(0);
  await expect(juno.page.getByText(/1\s*\/\s*2/)).toBeVisible();
  await juno.clickEnter();
  await juno.expectInside();
});

test('an unknown room is a page with status 404 and a way back', async ({ person }) => {
  const mina = await person();
  const answer = await mina.visitRoom('0'.repeat(32));
  expect(answer?.status()).toBe(404);
  await expect(mina.page.getByText('존재하지 않는 방입니다.')).toBeVisible();
  await mina.page.getByRole('link', { name: /목록|처음|로비/ }).first().click();
  await expect(mina.page).toHaveURL('/');
});

test('a room that goes while its door is open is said to be gone', NODES, async ({ person, title }) => {
  const [mina, sora] = [await person(), await person()];
  const room = await mina.createRoom({ title });
  await sora.visitRoom(room);
  await mina.leaveAsLast();
  await sora.clickEnter();
  await expect(sora.page.getByText('존재하지 않는 방입니다.')).toBeVisible();
});

test('nobody reads or writes in a room they have not entered', NODES, async ({ person, title }) => {
  const [mina, stranger] = [await person(), await person()];
  const room = await mina.createRoom({ title });
  await mina.say('우리만 아는 말');
  await stranger.visitRoom(room);
  expect(await stranger.page.content()).not.toContain('우리만 아는 말');
  const sent = await stranger.callApi('send_text', { room, client: 'ab'.repeat(16), text: '몰래' });
  expect(sent.status()).toBe(403);
  const read = await stranger.context.request.get(`/api/history?room=${room}&before=100`);
  expect(read.status()).toBe(403);
  expect(await read.text()).not.toContain('우리만');
});
