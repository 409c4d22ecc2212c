import { NODES, expect, test, type Person } from '../lib/test.ts';

const ENTERED = /입장하셨습니다\./g;
const LEFT = /퇴장하셨습니다\./g;

async function times(someone: Person, pattern: RegExp): Promise<number> {
  return ((await someone.transcript()).join('\n').match(pattern) ?? []).length;
}

/** Says something and hears it elsewhere: whatever happened before has been heard too. */
async function settle(speaker: Person, listener: Person, text: string): Promise<void> {
  await speaker.say(text);
  await listener.expectMessage(text);
}

test('leaving is announced, and the last to leave takes the room along', NODES, async ({ person, title }) => {
  const [mina, sora, watcher] = [await person(), await person(), await person()];
  const room = await mina.createRoom({ title });
  await sora.enterRoom(title);
  await watcher.openLobby();
  await watcher.isLive();
  await sora.leave();
  await expect(mina.log).toContainText('님이 퇴장하셨습니다.');
  await expect(watcher.card(title)).toBeVisible();
  await mina.leaveAsLast();
  await expect(watcher.card(title)).toHaveCount(0);
  expect((await watcher.page.goto(`/room/${room}`))?.status()).toBe(404);
});

test('who leaves and comes back is announced again', NODES, async ({ person, title }) => {
  const [mina, sora] = [await person(), await person()];
  await mina.createRoom({ title });
  await sora.enterRoom(title);
  await sora.leave();
  await sora.enterRoom(title);
  await settle(sora, mina, '다시 왔어요');
  expect(await times(mina, LEFT)).toBe(1);
  expect(await times(mina, ENTERED)).toBe(3);
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

    await sora.page.reload();
    await sora.isInside();
    await sora.expectMessage('새로고침하기 전');
    // Juno closes the tab after the reload: when that is announced, a reload's grace has long run out.
    await juno.page.close();
    await expect(mina.log).toContainText('님이 퇴장하셨습니다.', { timeout: 15_000 });
    await settle(sora, mina, '새로고침한 다음');
    expect(await times(mina, LEFT)).toBe(1);
    expect(await times(mina, ENTERED)).toBe(3);
  });

  test('a room survives the reload of its only person', async ({ person, title }) => {
    const [mina, watcher] = [await person(), await person()];
    await watcher.openLobby();
    await mina.createRoom({ title });
    await mina.say('혼잣말');
    await mina.page.reload();
    await mina.isInside();
    await mina.expectMessage('혼잣말');
    await expect(watcher.card(title)).toBeVisible();
  });

  test('two tabs are one person, and closing one says nothing', NODES, async ({ person, title }) => {
    const [mina, sora, juno] = [await person(), await person(), await person()];
    const room = await mina.createRoom({ title });
    await sora.enterRoom(title);
    await juno.enterRoom(title);
    const tab = await sora.secondTab();
    await tab.page.goto(`/room/${room}`);
    await tab.isInside();
    await settle(mina, tab, '둘 다 들려요?');
    await sora.expectMessage('둘 다 들려요?');
    await tab.say('이 탭에서 한 말');
    await sora.expectMessage('이 탭에서 한 말');

    await tab.page.close();
    await juno.page.close();
    await expect(mina.log).toContainText('님이 퇴장하셨습니다.', { timeout: 15_000 });
    await settle(sora, mina, '탭 하나로 계속');
    expect(await times(mina, LEFT)).toBe(1);
    expect(await times(mina, ENTERED)).toBe(3);
  });

  test('leaving in one tab closes the room in the other', NODES, async ({ person, title }) => {
    const [mina, sora] = [await person(), await person()];
    const room = await mina.createRoom({ title });
    await sora.enterRoom(title);
    const tab = await sora.secondTab();
    await tab.page.goto(`/room/${room}`);
    await tab.isInside();
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
    await expect(mina.log).toContainText('님이 퇴장하셨습니다.');
  });

  test('the room goes when the last tab is closed and the grace is over', NODES, async ({ person, title }) => {
    const [mina, watcher] = [await person(), await person()];
    await watcher.openLobby();
    await watcher.isLive();
    await mina.createRoom({ title });
    await expect(watcher.card(title)).toBeVisible();
    await mina.page.close();
    await expect(watcher.card(title)).toHaveCount(0);
  });
});
