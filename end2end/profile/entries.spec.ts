/**
 * What happens to a page in its first second: it starts, is told of what others do, is scrolled, and somebody begins to type. What
 * is called meanwhile is needed at first; the rest may be deferred. What is pressed waits for the rest anyway (boot.js in `app`).
 */

import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';

import { type BrowserContextOptions } from '@playwright/test';

import { DAY, HeardClock } from '../lib/clock.ts';
import { PHONE, TOUCH, WIDE } from '../lib/devices.ts';
import { fillWithEvents } from '../lib/events.ts';
import { gif } from '../lib/gif.ts';
import { Ime } from '../lib/ime.ts';
import { react, remove, typingNotice, whisperTo } from '../lib/messages.ts';
import { type Relay } from '../lib/relay.ts';
import { expect, test, type Person } from '../lib/test.ts';

test.use({
  settings: { LIMIT_NEW_ROOMS: '100000/1', LIMIT_MESSAGES: '100000/1', LIMIT_LOOKS: '100000/1', LIMIT_UPLOADS: '100000/1' },
});

/** Everybody's browser: both sizes, languages and looks. */
const BROWSERS: BrowserContextOptions[] = [
  { viewport: PHONE, ...TOUCH, locale: 'ko-KR' },
  { viewport: WIDE, locale: 'en-GB', colorScheme: 'dark' },
];

/** Adds up which functions pages have called, by their marks, and writes those that none has called. */
class Calls {
  readonly #isCalled = new Map<string, boolean>();

  async add({ page }: Person): Promise<void> {
    const calls = await page.evaluate(() => (window as unknown as { calls: () => [string, boolean][] }).calls());
    for (const [mark, isCalled] of calls) this.#isCalled.set(mark, isCalled || this.#isCalled.get(mark) === true);
  }

  async write(entry: string): Promise<void> {
    const deferred = [...this.#isCalled].filter(([, isCalled]) => !isCalled).map(([mark]) => mark);
    await writeFile(join(process.env['GIFCHAT_DEFERRED']!, `${entry}.txt`), `${deferred.sort().join('\n')}\n`);
    console.log(`${entry}: ${deferred.length} of ${this.#isCalled.size} functions are deferred`);
  }
}

/** Waits for as long as the rest takes to arrive on a slow phone. */
async function waitForRest({ page }: Person): Promise<void> {
  await page.evaluate(() => new Promise((resolve) => setTimeout(resolve, 700)));
}

/** Lets the pages of this tab from now on behave as if the rest never came. (What is pressed on them does nothing.) */
async function holdBack({ page }: Person): Promise<void> {
  await page.evaluate(() => sessionStorage.setItem('gifchat.held', '1'));
}

/** Tells a page of what can happen to any window at any time, at last that it goes away, and adds what it calls. */
async function addEvents(calls: Calls, visitor: Person): Promise<void> {
  await visitor.page.setViewportSize({ width: 500, height: 600 });
  await visitor.page.mouse.move(200, 200);
  await visitor.page.mouse.wheel(0, 300);
  await visitor.page.evaluate(() => {
    for (const type of ['blur', 'focus', 'offline', 'online', 'pageshow', 'resize']) window.dispatchEvent(new Event(type));
    document.dispatchEvent(new Event('visibilitychange'));
  });
  await waitForRest(visitor);
  await visitor.page.evaluate(() => window.dispatchEvent(new PageTransitionEvent('pagehide', { persisted: false })));
  await calls.add(visitor);
}

/** Opens a page that hears it is later than it is, so that what happened is of days, hours or minutes ago, and adds what it calls. */
async function addAged(calls: Calls, visitor: Person, open: () => Promise<unknown>): Promise<void> {
  for (const ahead of [5 * 60_000, DAY / 8, 3 * DAY, 400 * DAY]) {
    await HeardClock.of(visitor.context, ahead);
    await open();
    await visitor.waitUntilLive();
    await waitForRest(visitor);
    await calls.add(visitor);
  }
}

/** Opens a page whose socket is not open before its WASM is there, and adds what it calls. */
async function addLate(calls: Calls, visitor: Person, open: () => Promise<unknown>): Promise<void> {
  await visitor.page.routeWebSocket('**/ws', async (socket) => {
    await new Promise((resolve) => setTimeout(resolve, 500));
    socket.connectToServer();
  });
  await open();
  await visitor.page.waitForFunction(() => (window as unknown as { isLive: boolean }).isLive);
  await waitForRest(visitor);
  await calls.add(visitor);
}

/** Lets a page lose its connection, try in vain to find it again, and find it, and adds what it calls. */
async function addLost(calls: Calls, visitor: Person, relay: Relay): Promise<void> {
  await visitor.waitUntilLive();
  relay.cut();
  await expect(visitor.offlineNotice).toBeVisible();
  await visitor.page.evaluate(() => new Promise((resolve) => setTimeout(resolve, 4000)));
  await calls.add(visitor);
  relay.restore();
  await expect(visitor.offlineNotice).toBeHidden({ timeout: 30_000 });
  await calls.add(visitor);
}

test('lobby', async ({ person, relay }) => {
  const calls = new Calls();
  const owner = await person();
  for (const options of BROWSERS) {
    const visitor = await person(options);
    await visitor.openLobby();
    await holdBack(visitor);
    await visitor.watchLobby();
    await waitForRest(visitor);
    const room = await owner.createRoomByApi({ title: `새 방 ${options.locale}`, password: '비밀' });
    await expect(visitor.card(`새 방 ${options.locale}`)).toBeVisible();
    await owner.callApi('leave_room', { room });
    await calls.add(visitor);
    for (let n = 0; n < 60; n += 1) await owner.createRoomByApi({ title: `${n}번째 방 ${options.locale}` });
    await visitor.watchLobby();
    await visitor.page.mouse.wheel(0, 2000);
    await calls.add(visitor);
    await visitor.page.goto('/?q=59');
    await visitor.waitUntilLive();
    await visitor.page.mouse.move(200, 200);
    await calls.add(visitor);
  }
  for (const options of BROWSERS) {
    const visitor = await person(options);
    await addAged(calls, visitor, () => visitor.openLobby());
    await addEvents(calls, visitor);
  }
  const visitor = await person();
  await addLate(calls, visitor, () => visitor.openLobby());
  const lost = await person({ relay });
  await lost.openLobby();
  await addLost(calls, lost, relay);
  await calls.write('lobby');
});

test('form and door', async ({ person }) => {
  const calls = new Calls();
  const owner = await person();
  const open = await owner.createRoomByApi({ title: '열린 방' });
  const locked = await owner.createRoomByApi({ title: '잠긴 방', password: '비밀' });
  const full = await owner.createRoomByApi({ title: '꽉 찬 방', capacity: 2 });
  await (await person()).enterByLink(full);
  for (const options of BROWSERS) {
    const visitor = await person(options);
    const add = async (): Promise<void> => {
      await visitor.page.waitForFunction(() => (window as unknown as { isLive: boolean }).isLive);
      await calls.add(visitor);
    };
    await visitor.openRoomForm();
    await visitor.page.waitForFunction(() => (window as unknown as { isLive: boolean }).isLive);
    await visitor.fillInRoom({ title: '방', capacity: '7', password: '비밀' });
    await add();
    for (const room of [open, full]) {
      await visitor.visitRoom(room);
      await add();
    }
    await visitor.visitRoom(locked);
    await visitor.formField('password').fill('아님');
    await add();
    await visitor.clickEnter();
    await add();
    await addEvents(calls, visitor);
  }
  const visitor = await person();
  await addLate(calls, visitor, () => visitor.visitRoom(full));
  await calls.write('door');
});

test('room', async ({ person, relay }) => {
  const calls = new Calls();
  for (const options of BROWSERS) {
    const [owner, other, visitor] = [await person(options), await person(), await person(options)];
    const room = await owner.createRoom({ title: `방 ${options.locale}` });
    // A new room with nobody else, and one that somebody has just entered.
    await holdBack(owner);
    await owner.reload();
    await waitForRest(owner);
    await calls.add(owner);
    await owner.page.evaluate(() => sessionStorage.clear());
    await owner.reload();
    await other.enterByLink(room);
    await visitor.enterByLink(room);
    await waitForRest(visitor);
    // So many that the oldest are not on the page at first.
    for (let n = 0; n < 40; n += 1) await owner.callApi('send_text', { room, text: `${n}번째 말 https://example.org/ **굵게** 😀` });
    for (let n = 0; n < 20; n += 1) await owner.callApi('send_text', { room, text: `${n} 👍` });
    await other.say('지울 말');
    await remove(other, other.message('지울 말'));
    await other.say('반응할 말');
    await react(owner, owner.message('반응할 말'), '👍');
    await owner.sendGif(gif());
    await visitor.say('내 말');
    await whisperTo(other, visitor);
    await other.say('귓속말');
    await fillWithEvents(room, owner, person);
    // The page begins with all of this,
    await holdBack(visitor);
    await visitor.reload();
    await waitForRest(visitor);
    await visitor.page.mouse.move(200, 200);
    await visitor.page.mouse.wheel(0, -300);
    await visitor.page.mouse.wheel(0, 300);
    // is told of more,
    await owner.say('새 말');
    await visitor.expectMessage('새 말');
    const gifs = await visitor.gifs.count();
    await other.reload();
    await owner.sendGif(gif('다른.gif', { tint: 90 }));
    await expect(visitor.gifs).toHaveCount(gifs + 1);
    const newcomer = await person();
    await newcomer.enterByLink(room);
    await newcomer.messageBox.pressSequentially('쓰는 중');
    await expect(typingNotice(visitor)).not.toBeEmpty();
    await newcomer.leave();
    // and somebody begins to type.
    await visitor.messageBox.pressSequentially('annyeong');
    for (const key of ['Backspace', 'ArrowLeft', 'Shift+Enter']) await visitor.messageBox.press(key);
    await visitor.messageBox.fill('');
    const ime = await Ime.of(visitor);
    await ime.compose('ㅎ', '하', '한');
    await ime.commit('한');
    await visitor.messageBox.fill('한글');
    // What is pressed waits, but not that a finger or the mouse goes down and up.
    for (const type of ['pointerdown', 'mousedown', 'touchstart', 'pointermove', 'pointerup', 'mouseup', 'touchend']) {
      for (const place of [visitor.message('새 말').getByRole('button').first(), visitor.gifs.last(), visitor.messageBox]) await place.dispatchEvent(type);
    }
    await addEvents(calls, visitor);
    await addAged(calls, visitor, () => visitor.reload());
  }
  const visitor = await person();
  await visitor.createRoom({ title: '방' });
  await holdBack(visitor);
  await addLate(calls, visitor, () => visitor.reload());
  const lost = await person({ relay });
  await lost.createRoom({ title: '방' });
  await holdBack(lost);
  await lost.reload();
  await addLost(calls, lost, relay);
  await calls.write('room');
});
