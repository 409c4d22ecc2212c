import { rowOf, sayToAll } from '../lib/people.ts';
import { ENTERED, LEFT } from '../lib/person.ts';
import { BACK } from '../lib/relay.ts';
import { LONG, NODES, expect, test, type Person } from '../lib/test.ts';

test('leaving is announced, and the last to leave takes the room along', NODES, async ({ person, title }) => {
  const [mina, sora, watcher] = [await person(), await person(), await person()];
  const room = await mina.createRoom({ title });
  await sora.enterRoom(title);
  await watcher.watchLobby();
  await sora.leave();
  await expect(mina.log).toContainText(LEFT);
  await expect(watcher.card(title)).toBeVisible();
  await mina.leaveAsLast();
  await expect(watcher.card(title)).toHaveCount(0);
  expect((await watcher.visitRoom(room))?.status()).toBe(404);
});

test('who leaves and comes back is announced again', NODES, async ({ person, title }) => {
  const [mina, sora] = [await person(), await person()];
  await mina.createRoom({ title });
  await sora.enterRoom(title);
  await sora.leave();
  await sora.enterRoom(title);
  await sayToAll(sora, '다시 왔어요', mina);
  expect(await mina.times(LEFT)).toBe(1);
  expect(await mina.times(ENTERED)).toBe(3);
});

test('who leaves over a slow line gets to the lobby, and stays there', async ({ person, title }) => {
  const [mina, sora] = [await person(), await person()];
  await mina.createRoom({ title });
  await sora.enterRoom(title);
  await sora.page.route((url) => url.pathname === '/', async (route) => {
    await new Promise((later) => setTimeout(later, 2000));
    await route.continue();
  });
  await sora.leave();
  await expect(sora.card(title)).toBeVisible();
});

test('when the owner leaves, who has sat longest owns the room', NODES, async ({ person, title }) => {
  const [mina, sora, juno] = [await person(), await person(), await person()];
  await mina.createRoom({ title });
  await sora.enterRoom(title);
  await juno.enterRoom(title);
  await mina.leave();
  await expect(juno.log).toContainText('님이 방장이 되셨습니다.');
});

test.describe('with a grace of four seconds', () => {
  test.use({ settings: { ROOM_GRACE: '4', ROOM_EMPTY_GRACE: '60' } });

  test('a reload neither announces nor loses anything', NODES, async ({ person, title }) => {
    const [mina, sora, juno] = [await person(), await person(), await person()];
    await mina.createRoom({ title });
    await sora.enterRoom(title);
    await juno.enterRoom(title);
    await sora.say('새로고침하기 전');

    await sora.reload();
    await sora.expectMessage('새로고침하기 전');
    // Juno closes the tab after the reload, so when that is announced, the grace of the reload is over too.
    await juno.page.close();
    await expect(mina.log).toContainText(LEFT, { timeout: 15_000 });
    await sayToAll(sora, '새로고침한 다음', mina);
    expect(await mina.times(LEFT)).toBe(1);
    expect(await mina.times(ENTERED)).toBe(3);
  });

  test('a room survives the reload of its only person', async ({ person, title }) => {
    const [mina, watcher] = [await person(), await person()];
    await watcher.openLobby();
    await mina.createRoom({ title });
    await mina.say('혼잣말');
    await mina.reload();
    await mina.expectMessage('혼잣말');
    await expect(watcher.card(title)).toBeVisible();
  });

  test('two tabs are one person, and closing one says nothing', NODES, async ({ person, title }) => {
    const [mina, sora, juno] = [await person(), await person(), await person()];
    const room = await mina.createRoom({ title });
    await sora.enterRoom(title);
    await juno.enterRoom(title);
    const tab = await sora.newTab();
    await tab.openRoom(room);
    await sayToAll(mina, '둘 다 들려요?', tab, sora);
    await tab.say('이 탭에서 한 말');
    await sora.expectMessage('이 탭에서 한 말');

    await tab.page.close();
    await juno.page.close();
    await expect(mina.log).toContainText(LEFT, { timeout: 15_000 });
    await sayToAll(sora, '탭 하나로 계속', mina);
    expect(await mina.times(LEFT)).toBe(1);
    expect(await mina.times(ENTERED)).toBe(3);
  });

  test('leaving in one tab closes the room in the other', NODES, async ({ person, title }) => {
    const [mina, sora] = [await person(), await person()];
    const room = await mina.createRoom({ title });
    await sora.enterRoom(title);
    const tab = await sora.newTab();
    await tab.openRoom(room);
    await sora.leave();
    await expect(tab.messageBox).toHaveCount(0);
  });
});

test.describe('with the shortest graces', () => {
  test.use({ settings: { ROOM_GRACE: '1', ROOM_EMPTY_GRACE: '1' } });

  test('who closes the tab is gone when the grace is over', NODES, async ({ person, title }) => {
    const [mina, sora] = [await person(), await person()];
    await mina.createRoom({ title });
    await sora.enterRoom(title);
    await sora.page.close();
    await expect(mina.log).toContainText(LEFT);
  });

  test('the room goes when the last tab is closed and the grace is over', NODES, async ({ person, title }) => {
    const [mina, watcher] = [await person(), await person()];
    await watcher.watchLobby();
    await mina.createRoom({ title });
    await expect(watcher.card(title)).toBeVisible();
    await mina.page.close();
    await expect(watcher.card(title)).toHaveCount(0);
  });
});

test.describe('a phone that sleeps', () => {
  test.use({ settings: { ROOM_GRACE: '3', ROOM_AWAY_GRACE: '60' } });

  test('is shown as away, keeps its seat, and comes back without a word', async ({ person, relay, title }) => {
    const [mina, sora] = [await person(), await person({ relay })];
    await mina.createRoom({ title, password: '점심' });
    await sora.enterRoom(title, '점심');
    await sora.say('터널이에요');
    const row = await rowOf(mina, sora);
    await expect(row).not.toHaveClass(/away/);
    const before = sora.catchUps;
    relay.cut();
    await expect(row).toHaveClass(/away/);
    await expect(row).toContainText('자리 비움');
    await mina.say('기다릴게요');
    relay.restore();
    await sora.waitForReconnect(before);
    await sora.expectMessage('기다릴게요');
    await expect(row).not.toHaveClass(/away/);
    // A person who closes the page is gone when the grace is over, even if they came back before.
    await sora.page.close();
    await expect(mina.log).toContainText(LEFT);
    expect(await mina.times(ENTERED)).toBe(2);
  });

  test('gives its place in a full room to a newcomer, and the door says so', async ({ person, relay, title }) => {
    const [mina, sora, juno] = [await person(), await person({ relay, locale: 'en-US' }), await person()];
    const room = await mina.createRoom({ title, capacity: 2, password: '점심' });
    await sora.enterRoom(title, '점심');
    relay.cut();
    await expect(await rowOf(mina, sora)).toHaveClass(/away/);
    // Several nodes do not learn at the same time that Sora is away, and tell of her place when all of them know.
    await expect.poll(() => hasPlaceOnAllNodes(juno, room), { timeout: 30_000 }).toBe(true);
    await juno.visitRoom(room);
    await expect(juno.page.locator('.door-news')).toBeEmpty();
    await juno.tryPassword('점심');
    await juno.expectInside();
    expect(await mina.times(LEFT)).toBe(1);
    relay.restore();
    const reason = sora.page.locator('.door-why');
    await expect(reason).toContainText('The room was full, and somebody took your seat while you were away.', BACK);
    await expect(reason).toContainText('You can come back without the password.');
    await juno.leave();
    await sora.clickEnter();
    await sora.expectInside();
  });

  test('leaves a place in a full room, and who waits at the door hears of it', async ({ person, relay, title }) => {
    const [mina, sora, juno] = [await person(), await person({ relay }), await person()];
    const room = await mina.createRoom({ title, capacity: 2 });
    await sora.enterRoom(title);
    await juno.visitRoom(room);
    const news = juno.page.locator('.door-news');
    await expect(news).toContainText('지금은 자리가 없어요');
    relay.cut();
    // The door tells of a place when every node would give it away.
    await expect(news).toContainText('자리가 났어요', { timeout: 30_000 });
    await juno.clickEnter();
    await juno.expectInside();
  });

  // This test takes two minutes.
  if (LONG) {
    test('keeps the seat when its script is stopped for minutes', async ({ person, title }) => {
      test.setTimeout(240_000);
      const [mina, sora] = [await person(), await person()];
      await mina.createRoom({ title, password: '점심' });
      await sora.enterRoom(title, '점심');
      // While the script is stopped, the page answers no pings.
      const row = await rowOf(mina, sora);
      const devTools = await sora.context.newCDPSession(sora.page);
      await devTools.send('Debugger.enable');
      const paused = new Promise((resolve) => devTools.once('Debugger.paused', resolve));
      await devTools.send('Debugger.pause');
      await paused;
      await expect(row).toHaveClass(/away/, { timeout: 90_000 });
      await mina.say('아직 자요?');
      await devTools.send('Debugger.resume');
      await devTools.send('Debugger.disable');
      await sora.expectMessage('아직 자요?', { timeout: 20_000 });
      await expect(row).not.toHaveClass(/away/);
      expect(await mina.times(LEFT)).toBe(0);
    });
  }
});

test.describe('with a short grace for who is away', () => {
  test.use({ settings: { ROOM_GRACE: '3', ROOM_AWAY_GRACE: '4' } });

  test('the door says that the seat was given up, and the way back is open', async ({ person, relay, title }) => {
    const [mina, sora] = [await person(), await person({ relay })];
    await mina.createRoom({ title, password: '점심' });
    await sora.enterRoom(title, '점심');
    relay.cut();
    await expect(mina.log).toContainText(LEFT);
    relay.restore();
    await expect(sora.page.locator('.door-why')).toHaveText(
      '자리를 비운 사이에 자리가 정리됐어요. 비밀번호 없이 다시 들어갈 수 있어요.',
      BACK,
    );
    await sora.clickEnter();
    await sora.expectInside();
  });
});

/** Whether each node would let this person in. (nginx gives requests to the nodes in turn.) */
async function hasPlaceOnAllNodes({ context }: Person, room: string): Promise<boolean> {
  for (let n = 0; n < 4; n += 1) {
    const answer = await context.request.get(`/api/has_place?room=${room}`);
    if ((await answer.text()) !== 'true') return false;
  }
  return true;
}
