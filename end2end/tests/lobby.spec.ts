import { expectLooksRight } from '../lib/looks.ts';
import { NODES, expect, test } from '../lib/test.ts';

test('a new room stands in an open lobby within half a second', async ({ person, title }) => {
  const [mina, watcher] = [await person(), await person()];
  await mina.openLobby();
  await watcher.watchLobby();
  const seen = watcher.timeOf(title);
  await mina.createRoomByApi({ title });
  const made = Date.now();
  expect((await seen) - made).toBeLessThan(500);
});

test('people and removal of a room show in an open lobby', NODES, async ({ person, title }) => {
  const [mina, sora, watcher] = [await person(), await person(), await person()];
  await watcher.watchLobby();
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
  await mina.createRoomByApi({ title: `${title} 공개`, capacity: 7 });
  await mina.createRoomByApi({ title: `${title} 비밀`, password: 'p4ssword!' });
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
  await mina.createRoomByApi({ title: `고양이 ${title}` });
  await mina.createRoomByApi({ title: `강아지 ${title}` });
  await mina.watchLobby();
  await mina.searchBox.fill('고양이');
  await expect(mina.card(`고양이 ${title}`)).toBeVisible();
  await expect(mina.card(`강아지 ${title}`)).toHaveCount(0);
  await mina.searchBox.fill('');
  await expect(mina.card(`강아지 ${title}`)).toBeVisible();
});

test('no lobby ever hears a password', NODES, async ({ person, title }) => {
  const [mina, watcher] = [await person(), await person()];
  const password = 'aus-dem-Äther';
  await watcher.watchLobby();
  await mina.openLobby();
  const room = await mina.createRoomByApi({ title, password });
  await expect(watcher.card(title)).toBeVisible();
  await watcher.visitRoom(room);
  expect(watcher.frames.received.some((frame) => frame.includes(title))).toBe(true);
  expect(watcher.frames.received.join() + (await watcher.page.content())).not.toMatch(/aus-dem|argon2/);
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

  test('the newest 50 rooms come first, the others on demand, and search finds all', NODES, async ({ person }, info) => {
    const mina = await person();
    await mina.openLobby();
    for (let n = 1; n <= 120; n++) await mina.createRoomByApi({ title: `${n}호실` });
    await mina.watchLobby();
    const titles = mina.page.getByRole('listitem').getByText(/^\d+호실$/);
    await expect(titles).toHaveCount(50);
    await expect(titles.first()).toHaveText('120호실');
    await expect(mina.card('70호실')).toHaveCount(0);

    const more = mina.page.getByRole('button', { name: /더 보기/ }).or(mina.page.getByRole('link', { name: /더 보기/ }));
    // It stands below the cards, and can be seen.
    await expect(more).toHaveCSS('opacity', '1');
    await expect(more.locator('..')).toHaveCSS('position', 'static');
    await expectLooksRight(mina, info.outputPath('more.png'));
    await more.click();
    await expect(titles).toHaveCount(100);
    await more.click();
    await expect(titles).toHaveCount(120);
    await expect(titles.last()).toHaveText('1호실');
    await expect(more).toHaveCount(0);

    await mina.watchLobby();
    await mina.searchBox.fill('7호실');
    await expect(mina.card('7호실')).toBeVisible();
    await expect(titles).toHaveCount(12);
  });
});
