import { NODES, expect, test } from '../lib/test.ts';

test('a new room stands in an open lobby within half a second', async ({ person, title }) => {
  const [mina, watcher] = [await person(), await person()];
  await mina.openLobby();
  await watcher.openLobby();
  await watcher.isLive();
  const seen = watcher.momentOf(title);
  await mina.createRoomUnseen({ title });
  const made = Date.now();
  expect((await seen) - made).toBeLessThan(500);
});

test('people and removal of a room show in an open lobby', NODES, async ({ person, title }) => {
  const [mina, sora, watcher] = [await person(), await person(), await person()];
  await watcher.openLobby();
  await watcher.isLive();
  await mina.createRoom({ title, capacity: 3 });
  await expect(watcher.card(title)).toContainText(/1\s*\/\s*3/);
  await sora.enterRoom(title);
  await expect(watcher.card(title)).toContainText(/2\s*\/\s*3/);
  await sora.leave();
  await expect(watcher.card(title)).toContainText(/1\s*\/\s*3/);
  await mina.leaveAsLast();
  await expect(watcher.card(title)).toHaveCount(0);
});

test('a card says title, kind, people and owner', async ({ person, title }) => {
  const [mina, watcher] = [await person(), await person()];
  await mina.openLobby();
  await mina.createRoomUnseen({ title: `${title} 공개`, capacity: 7 });
  await mina.createRoomUnseen({ title: `${title} 비밀`, password: 'p4ssword!' });
  await watcher.openLobby();
  await expect(watcher.card(`${title} 공개`)).toContainText('공개방');
  await expect(watcher.card(`${title} 공개`)).toContainText(/1\s*\/\s*7/);
  await expect(watcher.card(`${title} 공개`)).toContainText('방장');
  await expect(watcher.card(`${title} 비밀`)).toContainText('비밀방');
});

test('a full room says so and stays in the list', NODES, async ({ person, title }) => {
  const [mina, sora, late] = [await person(), await person(), await person()];
  await mina.createRoom({ title, capacity: 2 });
  await sora.enterRoom(title);
  await late.openLobby();
  await expect(late.card(title)).toContainText(/2\s*\/\s*2/);
  await expect(late.card(title)).toContainText('가득 참');
});

test('a search finds rooms by a part of their title', NODES, async ({ person, title }) => {
  const mina = await person();
  await mina.openLobby();
  await mina.createRoomUnseen({ title: `고양이 ${title}` });
  await mina.createRoomUnseen({ title: `강아지 ${title}` });
  await mina.openLobby();
  await mina.isLive();
  await mina.page.getByRole('searchbox').fill('고양이');
  await expect(mina.card(`고양이 ${title}`)).toBeVisible();
  await expect(mina.card(`강아지 ${title}`)).toHaveCount(0);
  await mina.page.getByRole('searchbox').fill('');
  await expect(mina.card(`강아지 ${title}`)).toBeVisible();
});

test('no lobby ever hears a password', NODES, async ({ person, title }) => {
  const [mina, watcher] = [await person(), await person()];
  const password = 'aus-dem-Äther';
  const heard: string[] = [];
  watcher.page.on('websocket', (socket) => socket.on('framereceived', ({ payload }) => heard.push(payload.toString())));
  await watcher.openLobby();
  await watcher.isLive();
  await mina.openLobby();
  const room = await mina.createRoomUnseen({ title, password });
  await expect(watcher.card(title)).toBeVisible();
  await watcher.page.goto(`/room/${room}`);
  expect(heard.some((frame) => frame.includes(title))).toBe(true);
  expect(heard.join() + (await watcher.page.content())).not.toMatch(/aus-dem|argon2/);
});

test.describe('on a server of its own', () => {
  test.use({ settings: {} });

  test('an empty lobby invites to make the first room', async ({ person, title }) => {
    const mina = await person();
    await mina.openLobby();
    await expect(mina.page.getByText('아직 열린 방이 없어요')).toBeVisible();
    await mina.createRoom({ title });
    await mina.openLobby();
    await expect(mina.page.getByText('아직 열린 방이 없어요')).toHaveCount(0);
  });

  test('the newest 50 rooms come first, the others on demand, and search finds all', NODES, async ({ person }) => {
    const mina = await person();
    await mina.openLobby();
    for (let n = 1; n <= 120; n++) await mina.createRoomUnseen({ title: `${n}호실` });
    await mina.openLobby();
    await mina.isLive();
    const enters = mina.page.getByRole('listitem').getByText(/^\d+호실$/);
    await expect(enters).toHaveCount(50);
    await expect(enters.first()).toHaveText('120호실');
    await expect(mina.card('70호실')).toHaveCount(0);

    const more = mina.page.getByRole('button', { name: /더 보기/ }).or(mina.page.getByRole('link', { name: /더 보기/ }));
    await more.click();
    await expect(enters).toHaveCount(100);
    await more.click();
    await expect(enters).toHaveCount(120);
    await expect(enters.last()).toHaveText('1호실');
    await expect(more).toHaveCount(0);

    await mina.openLobby();
    await mina.isLive();
    await mina.page.getByRole('searchbox').fill('7호실');
    await expect(mina.card('7호실')).toBeVisible();
    await expect(enters).toHaveCount(12);
  });
});
