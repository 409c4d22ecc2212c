/** Where no WebSocket comes through, the same messages come over HTTP. */

import { typingNotice, whisperTo } from '../lib/messages.ts';
import { nameOf, rowOf } from '../lib/people.ts';
import { setVisibility } from '../lib/notifications.ts';
import { LEFT } from '../lib/person.ts';
import { Proxy, SOCKET_TROUBLES, type SocketTrouble } from '../lib/proxy.ts';
import { LONG, NODES, expect, test, type Person } from '../lib/test.ts';

/** How long the first poll may take, in milliseconds: before it come two attempts at a socket, each of up to ten seconds. */
const FIRST_POLL = 40_000;
/** How long a message may take, in milliseconds. */
const SOON = 3000;

async function behind<T>(url: string, trouble: SocketTrouble, then: (proxy: Proxy) => Promise<T>): Promise<T> {
  const proxy = await Proxy.to(url, trouble);
  try {
    return await then(proxy);
  } finally {
    await proxy.close();
  }
}

/** Enters from the lobby, and waits for the first poll. */
async function enterBehind(someone: Person, title: string): Promise<void> {
  await someone.page.goto('/');
  await someone.clickEnterOnCard(title);
  await expect(someone.log).toBeVisible();
  await someone.waitUntilLive(FIRST_POLL);
}

/** The polls that this page begins from now on. */
function pollsOf({ page }: Person): URL[] {
  const polls: URL[] = [];
  page.on('request', (request) => {
    const url = new URL(request.url());
    if (url.pathname === '/poll') polls.push(url);
  });
  return polls;
}

for (const trouble of SOCKET_TROUBLES) {
  test(`people talk where sockets are ${trouble}`, NODES, async ({ person, site, title }) => {
    // Most of the time goes by before the first poll.
    test.slow();
    await behind(site.url, trouble, async ({ url }) => {
      const [mina, sora] = [await person(), await person({ url })];
      await mina.createRoom({ title });
      await enterBehind(sora, title);
      await expect(sora.offlineNotice).toBeHidden();

      await sora.messageBox.pressSequentially('음');
      await expect(typingNotice(mina)).toHaveText(`${await nameOf(sora, mina)}님이 입력 중…`);
      // Sora's page does not hear of typing between two polls, but it does if Mina goes on.
      const writing = mina.messageBox.pressSequentially('음음음음음음음음음음', { delay: 500 });
      await expect(typingNotice(sora)).toHaveText(`${await nameOf(mina, sora)}님이 입력 중…`);
      await writing;
      for (const n of [1, 2, 3]) {
        await mina.say(`소식 ${n}`);
        await sora.expectMessage(`소식 ${n}`, { timeout: SOON });
        await sora.say(`대답 ${n}`);
        await mina.expectMessage(`대답 ${n}`, { timeout: SOON });
      }
      await whisperTo(mina, sora);
      await mina.send('너만 들어');
      await sora.expectMessage('너만 들어', { timeout: SOON });

      // The tab's next page knows already that sockets do not work, and begins with a poll.
      await sora.page.reload();
      await sora.waitUntilLive(SOON);
      await mina.say('다시 만나요');
      await sora.expectMessage('다시 만나요', { timeout: SOON });
      await expect(mina.log).not.toContainText(LEFT);
    });
  });
}

test('the lobby and the door of a full room are live without sockets', async ({ person, site, title }) => {
  await behind(site.url, 'refused', async ({ url }) => {
    const [mina, sora] = [await person(), await person({ url })];
    await sora.openLobby();
    await sora.waitUntilLive(FIRST_POLL);
    const room = await mina.createRoom({ title, capacity: 2 });
    await expect(sora.card(title)).toContainText('1/2', { timeout: SOON });
    const juno = await person();
    await juno.enterRoom(title);
    await expect(sora.card(title)).toContainText('2/2', { timeout: SOON });
    // The door of a full room is live.
    await sora.visitRoom(room);
    await sora.waitUntilLive(SOON);
    await juno.leave();
    await expect(sora.page.getByRole('main')).toContainText('1/2', { timeout: SOON });
  });
});

test('a page goes back to a socket when one works', async ({ person, site, title }) => {
  await behind(site.url, 'refused', async (proxy) => {
    const [mina, sora] = [await person(), await person({ url: proxy.url })];
    await mina.createRoom({ title });
    await enterBehind(sora, title);
    proxy.repair();
    await sora.page.reload();
    await expect.poll(() => sora.frames.received.some((frame) => frame.includes('"CaughtUp"'))).toBe(true);
    // The poll that was under way ends; there is no other.
    const polls = pollsOf(sora);
    await mina.say('이제 소켓이에요');
    await sora.expectMessage('이제 소켓이에요', { timeout: SOON });
    await mina.say('정말이에요');
    await sora.expectMessage('정말이에요', { timeout: SOON });
    expect(polls).toEqual([]);
    await sora.page.reload();
    await sora.waitUntilLive();
    expect(polls).toEqual([]);
  });
});

// Each takes more than a minute.
if (LONG) {
  test('a hidden tab asks every half minute, and a tab that is looked at again asks at once', async ({ person, site, title }) => {
    test.setTimeout(240_000);
    await behind(site.url, 'refused', async ({ url }) => {
      const [mina, sora] = [await person(), await person({ url })];
      await mina.createRoom({ title });
      await enterBehind(sora, title);
      const asked: number[] = [];
      sora.page.on('request', (request) => {
        const poll = request.url().endsWith('/poll') ? (JSON.parse(request.postData() ?? '{}') as { waits?: boolean; again?: number }) : {};
        if (poll.waits === false && poll.again === 30) asked.push(Date.now());
      });
      await setVisibility(sora, 'hidden');
      await expect.poll(() => asked.length, { timeout: 120_000 }).toBe(3);
      for (const [n, at] of asked.slice(1).entries()) expect(at - asked[n]!).toBeGreaterThan(29_000);
      // A tab that is looked at again does not wait for the rest of the half minute.
      await mina.say('보고 있나요');
      await setVisibility(sora, 'visible');
      await sora.expectMessage('보고 있나요', { timeout: SOON });
      await expect(mina.log).not.toContainText(LEFT);
    });
  });

  test('an open page goes back to a socket by itself within a minute', async ({ person, site, title }) => {
    test.setTimeout(180_000);
    await behind(site.url, 'refused', async (proxy) => {
      const [mina, sora] = [await person(), await person({ url: proxy.url })];
      await mina.createRoom({ title });
      await enterBehind(sora, title);
      proxy.repair();
      await expect.poll(() => sora.frames.received.some((frame) => frame.includes('"CaughtUp"')), { timeout: 75_000 }).toBe(true);
      const polls = pollsOf(sora);
      await mina.say('이제 소켓이에요');
      await sora.expectMessage('이제 소켓이에요', { timeout: SOON });
      await mina.say('정말이에요');
      await sora.expectMessage('정말이에요', { timeout: SOON });
      expect(polls).toEqual([]);
    });
  });
}

test.describe('with a short grace', () => {
  test.use({ settings: { ROOM_GRACE: '2', ROOM_AWAY_GRACE: '3600' } });

  test('a page that polls keeps its seat, and says goodbye when it is closed', async ({ person, site, title }) => {
    test.slow();
    await behind(site.url, 'refused', async ({ url }) => {
      const [mina, sora] = [await person(), await person({ url })];
      await mina.createRoom({ title });
      await enterBehind(sora, title);
      // A poll without news has ended, and the next one has begun.
      const polls = pollsOf(sora);
      await expect.poll(() => polls.length, { timeout: 60_000 }).toBeGreaterThan(1);
      await expect(mina.log).not.toContainText(LEFT);
      await expect(await rowOf(mina, sora)).toBeVisible();
      await sora.page.close({ runBeforeUnload: true });
      await expect(mina.log).toContainText(LEFT, { timeout: 20_000 });
    });
  });
});
