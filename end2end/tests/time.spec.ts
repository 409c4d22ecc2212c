import { DAY, HeardClock, written, zoneWhereItIs } from '../lib/clock.ts';
import { openMessageMenu } from '../lib/messages.ts';
import { LONG, expect, test, type Person } from '../lib/test.ts';

const TIME = /^(오전|오후) \d+:\d\d$/;

/** The time beside a message. */
function timeOf(someone: Person, text: string) {
  return someone.message(text, someone.page.locator('.log')).locator('time');
}

/** The rows that begin a day. */
function days(someone: Person) {
  return someone.log.locator('.day');
}

test('what was said today gets its date at midnight, and its year with the next', async ({ person, title }) => {
  const mina = await person();
  const clock = await HeardClock.of(mina.context);
  await mina.page.clock.install();
  await mina.createRoom({ title });
  await mina.say('오늘');
  const said = Date.now();
  await expect(timeOf(mina, '오늘')).toHaveText(TIME);
  await expect(days(mina)).toHaveCount(0);

  await clock.pass(mina, DAY);
  const day = written('ko', said, { month: 'long', day: 'numeric', weekday: 'long' });
  await expect(days(mina)).toHaveText([day]);
  await expect(timeOf(mina, '오늘')).toHaveText(new RegExp(`^${written('ko', said, { month: 'short', day: 'numeric' })} (오전|오후) \\d+:\\d\\d$`));
  // The day stays once the server has said what time it is.
  await expect.poll(() => mina.frames.received.filter((frame) => frame.includes('"Time"')).length).toBeGreaterThan(1);
  await expect(days(mina)).toHaveText([day]);

  await clock.pass(mina, 365 * DAY);
  const year = written('en', said, { year: 'numeric' });
  await expect(days(mina)).toHaveText([new RegExp(`^${year}년 `)]);
  await expect(timeOf(mina, '오늘')).toHaveText(new RegExp(`^${year}년 .* \\d+:\\d\\d$`));

  // The title and the menu have the exact time.
  const exact = new RegExp(`^${year}년 .*요일 (오전|오후) \\d+시 \\d+분 \\d+초`);
  await expect(timeOf(mina, '오늘')).toHaveAttribute('title', exact);
  await openMessageMenu(mina, mina.message('오늘'), 'keyboard');
  await expect(mina.menu.locator('time')).toHaveText(exact);
});

test('a browser whose clock is wrong shows right times, also when it is set', async ({ person, title }) => {
  const mina = await person();
  await mina.page.clock.install({ time: Date.now() + DAY });
  await mina.createRoom({ title });
  await mina.say('지금');
  await expect(timeOf(mina, '지금')).toHaveText(TIME);
  await expect(days(mina)).toHaveCount(0);
  // The clock goes two days back, and nothing else happens.
  await mina.page.clock.setSystemTime(Date.now() - DAY);
  await expect.poll(() => mina.frames.received.filter((frame) => frame.includes('"Time"')).length).toBeGreaterThan(1);
  await expect(timeOf(mina, '지금')).toHaveText(TIME);
  await expect(days(mina)).toHaveCount(0);

  const sora = await person();
  await sora.page.clock.install({ time: Date.now() + DAY });
  await sora.watchLobby();
  await expect(sora.card(title).locator('time')).toHaveText('방금');
  await expect(sora.card(title)).toHaveClass(/new/);
});

const LOCALES = [
  ['ko-KR', TIME, /^\d+월 \d+일 (오전|오후) \d+:\d\d$/],
  ['en-US', /^\d+:\d\d\s[AP]M$/, /^\w{3} \d+, \d+:\d\d\s[AP]M$/],
  ['en-GB', /^\d\d:\d\d$/, /^\d+ \w{3,4}, \d\d:\d\d$/],
  ['de-DE', /^\d\d:\d\d$/, /^\d+ \w{3,4}, \d\d:\d\d$/],
] as const;

test('clock and dates have the form of the browser’s language, in the words of the page', async ({ person, title }) => {
  const mina = await person();
  const room = await mina.createRoom({ title });
  await mina.say('now');
  // At three o'clock some write "03:00" and some "3:00".
  const timezoneId = zoneWhereItIs(3);
  for (const [locale, time, date] of LONG ? LOCALES : LOCALES.slice(1)) {
    // The page of a German browser is in English by choice.
    const someone = await person({ locale, timezoneId });
    await someone.context.addCookies([{ name: 'lang', value: locale.startsWith('ko') ? 'ko' : 'en', url: someone.url }]);
    const clock = await HeardClock.of(someone.context);
    await someone.page.clock.install();
    await someone.visitRoom(room);
    await someone.page.locator('.door form button').click();
    await expect(timeOf(someone, 'now')).toHaveText(time);
    await clock.pass(someone, DAY);
    await expect(timeOf(someone, 'now')).toHaveText(date);
  }
});

test('a tab that travels shows the time of where it is', async ({ person, title }) => {
  const mina = await person({ timezoneId: undefined });
  const session = await mina.context.newCDPSession(mina.page);
  await session.send('Emulation.setTimezoneOverride', { timezoneId: 'Asia/Seoul' });
  await mina.createRoom({ title });
  await mina.say('여기');
  const here = await timeOf(mina, '여기').innerText();
  // Kathmandu differs from Seoul by a number of hours and 45 minutes.
  await session.send('Emulation.setTimezoneOverride', { timezoneId: 'Asia/Kathmandu' });
  await mina.page.evaluate(() => window.dispatchEvent(new Event('focus')));
  await expect(timeOf(mina, '여기')).not.toHaveText(here);
  const minute = (text: string) => Number(/:(\d\d)/.exec(text)![1]);
  expect((minute(await timeOf(mina, '여기').innerText()) - minute(here) + 60) % 60).toBe(45);
});

test('without JavaScript times are UTC and say so', async ({ person, title }) => {
  const mina = await person({ javaScriptEnabled: false });
  await mina.openLobby();
  await mina.clickNewRoom();
  await mina.fillInRoom({ title });
  await mina.submitRoom();
  await mina.send('서버');
  const time = mina.page.frameLocator('iframe').locator('.msg time');
  await expect(time).toHaveText(/^(\d{4}-\d\d-\d\d )?\d\d:\d\d UTC$/);
  await expect(time).toHaveAttribute('title', /^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d UTC$/);
  await mina.openLobby();
  await expect(mina.card(title).locator('time')).toHaveText(/^(\d{4}-\d\d-\d\d )?\d\d:\d\d UTC$/);
});

test('the first format of times is made in a task after the one that starts the page', async ({ person, title }) => {
  const mina = await person();
  await mina.page.addInitScript(() => {
    let isStarted = false;
    // boot.js sets this at the end of that task, whose microtasks are still to come.
    Object.defineProperty(window, 'isLive', {
      configurable: true,
      set: (value) => {
        Object.defineProperty(window, 'isLive', { value, writable: true });
        setTimeout(() => (isStarted = true));
      },
    });
    const made: boolean[] = [];
    const construct = (format: typeof Intl.DateTimeFormat, args: [], of: () => void): object => {
      made.push(isStarted);
      return Reflect.construct(format, args, of);
    };
    Object.assign(window, { made });
    Intl.DateTimeFormat = new Proxy(Intl.DateTimeFormat, { construct });
  });
  await mina.createRoom({ title });
  await mina.say('지금');
  await mina.page.reload();
  await expect(timeOf(mina, '지금')).toHaveText(TIME);
  const made: boolean[] = await mina.page.evaluate(() => Reflect.get(window, 'made'));
  expect(made.length).toBeGreaterThan(0);
  expect(made).not.toContain(false);
});
