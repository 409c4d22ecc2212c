import { EACH_SIZE } from '../lib/devices.ts';
import { expectLooksRight } from '../lib/looks.ts';
import { badgeOf, bell, setVisibility, stubNotifications } from '../lib/notifications.ts';
import { BACK } from '../lib/relay.ts';
import { expect, test, type Person } from '../lib/test.ts';
import { jumpButton, unreadLine } from '../lib/unread.ts';

/** The message right below the unread line; undefined where there is no such line. */
async function firstUnread(someone: Person): Promise<string | undefined> {
  const rows = someone.log.locator('.rows > li');
  const place = (await rows.allInnerTexts()).findIndex((row) => row.includes('여기부터 안 읽은 메시지'));
  return place < 0 ? undefined : rows.nth(place + 1).locator('.bubble').innerText();
}

async function sayMany(someone: Person, texts: string[]): Promise<void> {
  for (const text of texts) await someone.sayByApi(someone.roomId(), text);
}

/** What `deliverAfterScrolling` adds to a page. */
interface Holding {
  hold(): void;
  held(): number;
  deliver(): void;
}

/** Frames of the socket can be held back, and come as soon as a row is scrolled to: before the browser says that it has scrolled. */
function deliverAfterScrolling(): void {
  const waiting: (() => void)[] = [];
  let holds = false;
  const listen = WebSocket.prototype.addEventListener;
  WebSocket.prototype.addEventListener = function (this: WebSocket, type: string, listener: EventListener, ...rest: []) {
    const later = (event: Event) => (holds ? waiting.push(() => listener.call(this, event)) : listener.call(this, event));
    listen.call(this, type, type === 'message' ? later : listener, ...rest);
  } as typeof listen;
  const holding: Holding = {
    hold: () => void (holds = true),
    held: () => waiting.length,
    deliver: () => {
      holds = false;
      waiting.splice(0).forEach((deliver) => deliver());
    },
  };
  Object.assign(window, holding);
  const scroll = Element.prototype.scrollIntoView;
  Element.prototype.scrollIntoView = function (...how) {
    scroll.apply(this, how);
    holding.deliver();
  };
}

/** What the page is told of the unread line's place is from before it was scrolled to, and comes afterwards. */
function reportPlacesLate(): void {
  const wait = window.setTimeout;
  let isScrolled = false;
  const waiting: (() => void)[] = [];
  window.IntersectionObserver = class extends IntersectionObserver {
    constructor(report: IntersectionObserverCallback, how?: IntersectionObserverInit) {
      super((places, self) => {
        const isLine = places.some((place) => place.target.closest('.unread-line'));
        if (isLine && !isScrolled) waiting.push(() => report(places, self));
        else report(places, self);
      }, how);
    }
  };
  // What is to happen at once happens some frames later.
  window.setTimeout = ((then: TimerHandler, millis: number) => wait(then, millis || 300)) as typeof setTimeout;
  const scroll = Element.prototype.scrollIntoView;
  Element.prototype.scrollIntoView = function (...how) {
    scroll.apply(this, how);
    isScrolled = true;
    waiting.splice(0).forEach((report) => report());
  };
}

const numbered = (count: number, from = 1) => Array.from({ length: count }, (_, n) => `${n + from}번째 말`);

/** Two people and the address of their room. The second one read a message, went to the lobby, and missed this many. */
async function oneWhoMissed(count: number, person: () => Promise<Person>, title: string): Promise<[Person, Person, string]> {
  const [mina, sora] = [await person(), await person()];
  const room = await mina.createRoom({ title });
  await sora.enterRoom(title);
  await mina.say('읽은 말');
  await sora.expectMessage('읽은 말');
  await sora.openLobby();
  await sayMany(mina, numbered(count));
  return [mina, sora, room];
}

test('what comes while the tab is hidden is counted in its title, and a line marks it on return', async ({ person, title }) => {
  const [mina, sora, juno] = [await person(), await person(), await person()];
  await mina.createRoom({ title });
  await sora.enterRoom(title);
  await mina.say('읽은 말');
  await sora.expectMessage('읽은 말');
  await expect(sora.page).toHaveTitle(`${title} · gifchat`);
  await expect(unreadLine(sora)).toHaveCount(0);

  await setVisibility(sora, 'hidden');
  await juno.enterRoom(title);
  await expect(sora.log.getByText(/입장하셨습니다/)).toHaveCount(3);
  await expect(sora.page).toHaveTitle(`${title} · gifchat`);
  await mina.say('하나');
  await juno.say('둘');
  await expect(sora.page).toHaveTitle(`(2) ${title} · gifchat`);

  await setVisibility(sora, 'visible');
  await expect(sora.page).toHaveTitle(`${title} · gifchat`);
  await expect(unreadLine(sora)).toBeVisible();
  expect(await firstUnread(sora)).toBe('하나');

  await mina.say('셋');
  await sora.expectMessage('셋');
  expect(await firstUnread(sora), 'what is read as it comes moves no line').toBe('하나');
  await setVisibility(sora, 'hidden');
  await mina.say('넷');
  await expect(sora.page).toHaveTitle(`(1) ${title} · gifchat`);
  expect(await firstUnread(sora), 'a new batch').toBe('넷');
  await setVisibility(sora, 'visible');
  await sora.say('다 읽었어요');
  await expect(unreadLine(sora)).toHaveCount(0);
  await expect(unreadLine(mina)).toHaveCount(0);
});

test('what comes while one reads further up is counted, and the way down leads past the line', async ({ person, title }) => {
  const [mina, sora] = [await person(), await person()];
  const room = await mina.createRoom({ title });
  await sayMany(mina, numbered(40));
  await sora.enterByLink(room);
  await sora.bubble('10번째 말').scrollIntoViewIfNeeded();
  const before = (await sora.bubble('10번째 말').boundingBox())!.y;
  await mina.say('아래');
  await expect(sora.page).toHaveTitle(`(1) ${title} · gifchat`);
  await expect(jumpButton(sora)).toHaveText('새 메시지 1개');
  expect(Math.abs((await sora.bubble('10번째 말').boundingBox())!.y - before)).toBeLessThan(2);
  await jumpButton(sora).click();
  await expect(sora.bubble('아래')).toBeInViewport();
  await expect(unreadLine(sora)).toBeInViewport();
  await expect(sora.page).toHaveTitle(`${title} · gifchat`);

  // The line stays where it is while its reader is further up. Once the reader is at the bottom, the line moves to the next
  // message.
  await sora.bubble('20번째 말').scrollIntoViewIfNeeded();
  await expect(jumpButton(sora)).toHaveText('맨 아래로');
  const place = (await sora.bubble('20번째 말').boundingBox())!.y;
  await mina.say('더 아래');
  await expect(jumpButton(sora)).toHaveText('새 메시지 1개');
  expect(await firstUnread(sora)).toBe('아래');
  expect(Math.abs((await sora.bubble('20번째 말').boundingBox())!.y - place)).toBeLessThan(2);
  await jumpButton(sora).click();
  await expect.poll(() => firstUnread(sora)).toBe('더 아래');
});

test('a reload and a walk to the lobby keep the place', async ({ person, title }) => {
  const [mina, sora] = [await person(), await person()];
  const room = await mina.createRoom({ title });
  await sora.enterRoom(title);
  await mina.say('읽은 말');
  await sora.expectMessage('읽은 말');
  await setVisibility(sora, 'hidden');
  await mina.say('못 본 말');
  await sora.expectMessage('못 본 말');
  await sora.reload();
  await expect(unreadLine(sora)).toBeVisible();
  expect(await firstUnread(sora)).toBe('못 본 말');
  await sora.reload();
  await sora.expectMessage('못 본 말');
  await expect(unreadLine(sora), 'it has been read').toHaveCount(0);

  await sora.openLobby();
  await sayMany(mina, ['없는 동안 하나', '없는 동안 둘']);
  await sora.openRoom(room);
  await expect(unreadLine(sora)).toBeVisible();
  expect(await firstUnread(sora)).toBe('없는 동안 하나');
});

test('what was missed while the line was cut is marked, wherever one looked', async ({ person, relay, title }) => {
  const [mina, sora] = [await person(), await person({ relay })];
  await mina.createRoom({ title });
  await sora.enterRoom(title);
  await mina.say('읽은 말');
  await sora.expectMessage('읽은 말');
  relay.cut();
  await expect(sora.offlineNotice).toBeVisible();
  await sayMany(mina, ['끊긴 사이 하나', '끊긴 사이 둘']);
  relay.restore();
  await sora.expectMessage('끊긴 사이 둘', BACK);
  await expect(unreadLine(sora)).toBeVisible();
  expect(await firstUnread(sora)).toBe('끊긴 사이 하나');
  await expect(sora.page).toHaveTitle(`${title} · gifchat`);
});

for (const missed of [30, 130]) {
  test(`of ${missed} missed messages the button leads to the first, then to the newest, by keyboard too`, async ({ person, title }) => {
    const [, sora, room] = await oneWhoMissed(missed, person, title);
    await sora.openRoom(room);
    await expect(sora.bubble(`${missed}번째 말`)).toBeInViewport();
    await expect(jumpButton(sora)).toHaveText(missed === 30 ? '새 메시지 30개' : /^새 메시지 \d\d\+개$/);
    await jumpButton(sora).focus();
    await sora.page.keyboard.press('Enter');
    await expect(unreadLine(sora)).toBeInViewport();
    await expect(unreadLine(sora)).toBeFocused();
    await expect(sora.bubble('1번째 말')).toBeInViewport();
    expect(await firstUnread(sora)).toBe('1번째 말');
    await expect(jumpButton(sora)).toHaveText('맨 아래로');
    await jumpButton(sora).click();
    await expect(sora.bubble(`${missed}번째 말`)).toBeInViewport();
    await expect(jumpButton(sora)).toBeHidden();
  });
}

test('the unread line stays on the screen, however late the browser says where it was', async ({ person, title }) => {
  const [, sora, room] = await oneWhoMissed(60, person, title);
  await sora.page.addInitScript(reportPlacesLate);
  await sora.openRoom(room);
  await expect(jumpButton(sora)).toHaveText(/^새 메시지 \d\d\+개$/);
  await jumpButton(sora).click();
  await expect(unreadLine(sora)).toBeFocused();
  await expect(jumpButton(sora)).toHaveText('맨 아래로');
  await expect(unreadLine(sora)).toBeInViewport();
});

for (const by of ['the button', 'the wheel'] as const) {
  test(`a message that comes in the moment of scrolling up by ${by} neither pulls the reader down nor counts as read`, async ({ person, title }) => {
    const [mina, sora, room] = await oneWhoMissed(30, person, title);
    await sora.page.addInitScript(deliverAfterScrolling);
    await sora.openRoom(room);
    await expect(jumpButton(sora)).toHaveText('새 메시지 30개');

    await sora.page.evaluate(() => (window as unknown as Holding).hold());
    await mina.sayByApi(sora.roomId(), '방금 온 말');
    await expect.poll(() => sora.page.evaluate(() => (window as unknown as Holding).held())).toBeGreaterThan(0);
    if (by === 'the button') {
      await jumpButton(sora).click();
    } else {
      await sora.page.evaluate(() => {
        document.querySelector('.scroller')!.scrollTop = -1000;
        (window as unknown as Holding).deliver();
      });
    }
    await expect(sora.bubble('방금 온 말')).toBeAttached();
    await expect(sora.bubble('방금 온 말')).not.toBeInViewport();
    await expect(jumpButton(sora)).toHaveText('새 메시지 1개');
    if (by === 'the button') await expect(unreadLine(sora)).toBeInViewport();
  });
}

test('where older messages cannot be loaded, the way up leads to where that is said, and on once they can', async ({ person, title }) => {
  const [, sora, room] = await oneWhoMissed(70, person, title);
  let fails = true;
  await sora.page.route('**/api/history*', (route) => (fails ? route.abort() : route.fallback()));
  await sora.openRoom(room);
  await expect(jumpButton(sora)).toHaveText(/^새 메시지 \d\d\+개$/);
  await jumpButton(sora).click();
  await expect(sora.log.getByText('이전 메시지를 불러오지 못했어요.')).toBeInViewport();
  fails = false;
  await sora.button(['다시 시도', 'Try again'], sora.log).click();
  await expect(sora.bubble('20번째 말')).toBeAttached();
  await jumpButton(sora).click();
  await expect(unreadLine(sora)).toBeInViewport();
  expect(await firstUnread(sora)).toBe('1번째 말');
});

test('a second tab that reads takes the count away from the first', async ({ person, title }) => {
  const [mina, sora] = [await person(), await person()];
  const room = await mina.createRoom({ title });
  await sora.enterRoom(title);
  await setVisibility(sora, 'hidden');
  await mina.say('어느 쪽에서 볼까요');
  await expect(sora.page).toHaveTitle(`(1) ${title} · gifchat`);
  const other = await sora.newTab();
  await other.openRoom(room);
  await expect(sora.page).toHaveTitle(`${title} · gifchat`);
});

test('the count stands on the icon of the installed app', async ({ person, title }) => {
  const [mina, sora] = [await person(), await person()];
  await stubNotifications(sora);
  await mina.createRoom({ title });
  await sora.enterRoom(title);
  await setVisibility(sora, 'hidden');
  await sayMany(mina, ['하나', '둘', '셋']);
  await expect.poll(() => badgeOf(sora)).toBe(3);
  await setVisibility(sora, 'visible');
  await expect.poll(() => badgeOf(sora)).toBe(0);
  // Nothing is counted any more once the person has left the page.
  await setVisibility(sora, 'hidden');
  await sayMany(mina, ['넷']);
  await expect.poll(() => badgeOf(sora)).toBe(1);
  await sora.page.goto('/');
  expect(await badgeOf(sora)).toBe(0);
});

for (const event of ['visibilitychange', 'online', 'pageshow', 'focus']) {
  test(`a line that died in one's sleep is noticed within five seconds of coming back: ${event}`, async ({ person, relay, title }) => {
    const [mina, sora] = [await person(), await person({ relay })];
    await mina.createRoom({ title });
    await sora.enterRoom(title);
    relay.freeze();
    await mina.say('들리나요?');
    await sora.page.evaluate((name) => {
      const target = name === 'visibilitychange' ? document : window;
      target.dispatchEvent(new Event(name, { bubbles: true }));
    }, event);
    await sora.expectMessage('들리나요?', { timeout: 5000 });
  });
}

test('a lid that was shut without an event is noticed too', async ({ person, relay, title }) => {
  const [mina, sora] = [await person(), await person({ relay })];
  await sora.page.clock.install();
  await mina.createRoom({ title });
  await sora.enterRoom(title);
  relay.freeze();
  await mina.say('들리나요?');
  // Half a minute passes at once. As a silence of the socket that is too short to count, but a page that was awake would not
  // skip it.
  await sora.page.clock.fastForward(30_000);
  await sora.expectMessage('들리나요?', { timeout: 8000 });
});

for (const [size, viewport, schemes] of EACH_SIZE) {
  for (const colorScheme of schemes) {
    test(`the line and the bell look right: ${size}, ${colorScheme}`, async ({ person, title }, info) => {
      const [mina, sora] = [await person(), await person({ viewport, colorScheme, reducedMotion: 'reduce', locale: size === 'wide' ? 'ko-KR' : 'en-US' })];
      await stubNotifications(sora);
      const room = await mina.createRoom({ title });
      await sora.enterByLink(room);
      await bell(sora).click();
      await expect(bell(sora)).toHaveAttribute('aria-pressed', 'true');
      await mina.say('이 움짤 봤어요?');
      await sora.expectMessage('이 움짤 봤어요?');
      await setVisibility(sora, 'hidden');
      await mina.say('아직 안 봤네요');
      await mina.say('오면 얘기해요');
      await expect(sora.page).toHaveTitle(/^\(2\) /);
      await setVisibility(sora, 'visible');
      await expect(unreadLine(sora)).toBeVisible();
      await expectLooksRight(sora, info.outputPath('unread.png'));

      await sayMany(mina, numbered(30));
      await expect(sora.bubble('30번째 말')).toBeInViewport();
      await expect(sora.page).not.toHaveTitle(/^\(/);
      await setVisibility(sora, 'hidden');
      await sayMany(mina, numbered(30, 31));
      await expect(sora.page).toHaveTitle(/^\(30\) /);
      await setVisibility(sora, 'visible');
      await expect(jumpButton(sora)).toBeVisible();
      await expect(jumpButton(sora)).toHaveClass(/\bup\b/);
      await expectLooksRight(sora, info.outputPath('unread-above.png'));
    });
  }
}
