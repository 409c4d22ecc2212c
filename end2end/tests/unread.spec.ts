import { AxeBuilder } from '@axe-core/playwright';
import type { Locator } from '@playwright/test';

import { badge, look, noteOutside } from '../lib/tab.ts';
import { expect, test, type Person } from '../lib/test.ts';

function lineOf(someone: Person): Locator {
  return someone.log.getByText('여기부터 안 읽은 메시지', { exact: true });
}

function jumpOf(someone: Person): Locator {
  return someone.page.getByRole('button', { name: /^(새 메시지 \d+\+?개|맨 아래로)$/ });
}

/** What this person reads right below the line; nothing where there is no line. */
async function firstUnread(someone: Person): Promise<string | undefined> {
  const rows = someone.log.locator('.rows > li');
  const place = (await rows.allInnerTexts()).findIndex((row) => row.includes('여기부터 안 읽은 메시지'));
  return place < 0 ? undefined : rows.nth(place + 1).locator('.bubble').innerText();
}

async function sayMany(someone: Person, texts: string[]): Promise<void> {
  for (const text of texts) await someone.sayUnseen(someone.room(), text);
}

const numbered = (count: number, from = 1) => Array.from({ length: count }, (_, n) => `${n + from}번째 말`);

test('what comes while the tab is hidden is counted in its title, and a line marks it on return', async ({ person, title }) => {
  const [mina, sora, juno] = [await person(), await person(), await person()];
  await mina.createRoom({ title });
  await sora.enterRoom(title);
  await mina.say('읽은 말');
  await sora.expectMessage('읽은 말');
  await expect(sora.page).toHaveTitle(`${title} · gifchat`);
  await expect(lineOf(sora)).toHaveCount(0);

  await look(sora, 'elsewhere');
  await juno.enterRoom(title);
  await expect(sora.log.getByText(/입장하셨습니다/)).toHaveCount(3);
  await expect(sora.page).toHaveTitle(`${title} · gifchat`);
  await mina.say('하나');
  await juno.say('둘');
  await expect(sora.page).toHaveTitle(`(2) ${title} · gifchat`);

  await look(sora, 'here');
  await expect(sora.page).toHaveTitle(`${title} · gifchat`);
  await expect(lineOf(sora)).toBeVisible();
  expect(await firstUnread(sora)).toBe('하나');

  await mina.say('셋');
  await sora.expectMessage('셋');
  expect(await firstUnread(sora), 'what is read as it comes moves no line').toBe('하나');
  await look(sora, 'elsewhere');
  await mina.say('넷');
  await expect(sora.page).toHaveTitle(`(1) ${title} · gifchat`);
  expect(await firstUnread(sora), 'a new batch').toBe('넷');
  await look(sora, 'here');
  await sora.say('다 읽었어요');
  await expect(lineOf(sora)).toHaveCount(0);
  await expect(lineOf(mina)).toHaveCount(0);
});

test('what comes while one reads further up is counted, and the way down leads past the line', async ({ person, title }) => {
  const [mina, sora] = [await person(), await person()];
  const room = await mina.createRoom({ title });
  await sayMany(mina, numbered(40));
  await sora.page.goto(`/room/${room}`);
  await sora.page.getByRole('button', { name: '입장' }).click();
  await sora.isInside();
  await sora.message('10번째 말').scrollIntoViewIfNeeded();
  const before = (await sora.message('10번째 말').boundingBox())!.y;
  await mina.say('아래');
  await expect(sora.page).toHaveTitle(`(1) ${title} · gifchat`);
  await expect(jumpOf(sora)).toHaveText('새 메시지 1개');
  expect(Math.abs((await sora.message('10번째 말').boundingBox())!.y - before)).toBeLessThan(2);
  await jumpOf(sora).click();
  await expect(sora.message('아래')).toBeInViewport();
  await expect(lineOf(sora)).toBeInViewport();
  await expect(sora.page).toHaveTitle(`${title} · gifchat`);

  // Who reads further up keeps their line where it is; the next one stands there when they are down.
  await sora.message('20번째 말').scrollIntoViewIfNeeded();
  await expect(jumpOf(sora)).toHaveText('맨 아래로');
  const place = (await sora.message('20번째 말').boundingBox())!.y;
  await mina.say('더 아래');
  await expect(jumpOf(sora)).toHaveText('새 메시지 1개');
  expect(await firstUnread(sora)).toBe('아래');
  expect(Math.abs((await sora.message('20번째 말').boundingBox())!.y - place)).toBeLessThan(2);
  await jumpOf(sora).click();
  await expect.poll(() => firstUnread(sora)).toBe('더 아래');
});

test('a reload and a walk to the lobby keep the place', async ({ person, title }) => {
  const [mina, sora] = [await person(), await person()];
  const room = await mina.createRoom({ title });
  await sora.enterRoom(title);
  await mina.say('읽은 말');
  await sora.expectMessage('읽은 말');
  await look(sora, 'elsewhere');
  await mina.say('못 본 말');
  await sora.expectMessage('못 본 말');
  await sora.page.reload();
  await sora.isInside();
  await expect(lineOf(sora)).toBeVisible();
  expect(await firstUnread(sora)).toBe('못 본 말');
  await sora.page.reload();
  await sora.isInside();
  await sora.expectMessage('못 본 말');
  await expect(lineOf(sora), 'it has been read').toHaveCount(0);

  await sora.openLobby();
  await sayMany(mina, ['없는 동안 하나', '없는 동안 둘']);
  await sora.page.goto(`/room/${room}`);
  await sora.isInside();
  await expect(lineOf(sora)).toBeVisible();
  expect(await firstUnread(sora)).toBe('없는 동안 하나');
});

test('what was missed while the line was cut is marked, wherever one looked', async ({ person, line, title }) => {
  const [mina, sora] = [await person(), await person({ line })];
  await mina.createRoom({ title });
  await sora.enterRoom(title);
  await mina.say('읽은 말');
  await sora.expectMessage('읽은 말');
  line.cut();
  await expect(sora.page.getByText('연결이 끊겼어요.')).toBeVisible();
  await sayMany(mina, ['끊긴 사이 하나', '끊긴 사이 둘']);
  line.mend();
  await expect(sora.message('끊긴 사이 둘')).toBeVisible({ timeout: 20_000 });
  await expect(lineOf(sora)).toBeVisible();
  expect(await firstUnread(sora)).toBe('끊긴 사이 하나');
  await expect(sora.page).toHaveTitle(`${title} · gifchat`);
});

for (const missed of [30, 130]) {
  test(`of ${missed} missed messages the button leads to the first, then to the newest, by keyboard too`, async ({ person, title }) => {
    const [mina, sora] = [await person(), await person()];
    const room = await mina.createRoom({ title });
    await sora.enterRoom(title);
    await mina.say('읽은 말');
    await sora.expectMessage('읽은 말');
    await sora.openLobby();
    await sayMany(mina, numbered(missed));
    await sora.page.goto(`/room/${room}`);
    await sora.isInside();
    await expect(sora.message(`${missed}번째 말`)).toBeInViewport();
    await expect(jumpOf(sora)).toHaveText(missed === 30 ? '새 메시지 30개' : /^새 메시지 \d\d\+개$/);
    await jumpOf(sora).focus();
    await sora.page.keyboard.press('Enter');
    await expect(lineOf(sora)).toBeInViewport();
    await expect(lineOf(sora)).toBeFocused();
    await expect(sora.message('1번째 말')).toBeInViewport();
    expect(await firstUnread(sora)).toBe('1번째 말');
    await expect(jumpOf(sora)).toHaveText('맨 아래로');
    await jumpOf(sora).click();
    await expect(sora.message(`${missed}번째 말`)).toBeInViewport();
    await expect(sora.page.locator('.to-bottom')).toBeHidden();
  });
}

test('a second tab that reads takes the count away from the first', async ({ person, title }) => {
  const [mina, sora] = [await person(), await person()];
  const room = await mina.createRoom({ title });
  await sora.enterRoom(title);
  await look(sora, 'elsewhere');
  await mina.say('어느 쪽에서 볼까요');
  await expect(sora.page).toHaveTitle(`(1) ${title} · gifchat`);
  const other = await sora.secondTab();
  await other.page.goto(`/room/${room}`);
  await other.isInside();
  await expect(sora.page).toHaveTitle(`${title} · gifchat`);
});

test('the count stands on the icon of the installed app', async ({ person, title }) => {
  const [mina, sora] = [await person(), await person()];
  await noteOutside(sora);
  await mina.createRoom({ title });
  await sora.enterRoom(title);
  await look(sora, 'elsewhere');
  await sayMany(mina, ['하나', '둘', '셋']);
  await expect.poll(() => badge(sora)).toBe(3);
  await look(sora, 'here');
  await expect.poll(() => badge(sora)).toBe(0);
  // Nobody counts on for who has gone.
  await look(sora, 'elsewhere');
  await sayMany(mina, ['넷']);
  await expect.poll(() => badge(sora)).toBe(1);
  await sora.page.goto('/');
  expect(await badge(sora)).toBe(0);
});

for (const event of ['visibilitychange', 'online', 'pageshow', 'focus']) {
  test(`a line that died in one's sleep is noticed within five seconds of coming back: ${event}`, async ({ person, line, title }) => {
    const [mina, sora] = [await person(), await person({ line })];
    await mina.createRoom({ title });
    await sora.enterRoom(title);
    line.freeze();
    await mina.say('들리나요?');
    await sora.page.evaluate((name) => {
      const target = name === 'visibilitychange' ? document : window;
      target.dispatchEvent(new Event(name, { bubbles: true }));
    }, event);
    await expect(sora.message('들리나요?')).toBeVisible({ timeout: 5000 });
  });
}

test('a lid that was shut without an event is noticed too', async ({ person, line, title }) => {
  const [mina, sora] = [await person(), await person({ line })];
  await sora.page.clock.install();
  await mina.createRoom({ title });
  await sora.enterRoom(title);
  line.freeze();
  await mina.say('들리나요?');
  // Half a minute passes at once: too short to count as silence, too long for a page that was awake.
  await sora.page.clock.fastForward(30_000);
  await expect(sora.message('들리나요?')).toBeVisible({ timeout: 8000 });
});

const SIZES = { wide: { width: 1280, height: 800 }, phone: { width: 390, height: 844 } };

for (const [size, viewport] of Object.entries(SIZES)) {
  for (const colorScheme of ['light', 'dark'] as const) {
    test(`the line and the bell look right: ${size}, ${colorScheme}`, async ({ person, title }, info) => {
      const [mina, sora] = [await person(), await person({ viewport, colorScheme, reducedMotion: 'reduce', locale: size === 'wide' ? 'ko-KR' : 'en-US' })];
      await noteOutside(sora);
      const room = await mina.createRoom({ title });
      await sora.page.goto(`/room/${room}`);
      await sora.page.getByRole('button', { name: /^(입장|Enter)$/ }).click();
      await expect(sora.page.getByRole('log')).toBeVisible();
      await sora.isLive();
      const bell = sora.page.getByRole('button', { name: /^(새 메시지 알림|Notify me of new messages)$/ });
      await bell.click();
      await expect(bell).toHaveAttribute('aria-pressed', 'true');
      await mina.say('이 움짤 봤어요?');
      await expect(sora.page.getByRole('log').getByText('이 움짤 봤어요?')).toBeVisible();
      await look(sora, 'elsewhere');
      await mina.say('아직 안 봤네요');
      await mina.say('오면 얘기해요');
      await expect(sora.page).toHaveTitle(/^\(2\) /);
      await look(sora, 'here');
      await expect(sora.page.getByText(/^(여기부터 안 읽은 메시지|New messages)$/)).toBeVisible();
      await sora.page.screenshot({ path: info.outputPath('unread.png') });
      const { violations } = await new AxeBuilder({ page: sora.page }).analyze();
      expect(violations.map(({ id, help }) => `${id}: ${help}`)).toEqual([]);
      const overhang = await sora.page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth);
      expect(overhang).toBeLessThanOrEqual(0);

      await sayMany(mina, numbered(30));
      await expect(sora.page.getByRole('log').getByText('30번째 말', { exact: true })).toBeInViewport();
      await expect(sora.page).not.toHaveTitle(/^\(/);
      await look(sora, 'elsewhere');
      await sayMany(mina, numbered(30, 31));
      await expect(sora.page).toHaveTitle(/^\(30\) /);
      await look(sora, 'here');
      await expect(sora.page.locator('.to-bottom.up')).toBeVisible();
      await sora.page.screenshot({ path: info.outputPath('unread-above.png') });
      const again = await new AxeBuilder({ page: sora.page }).analyze();
      expect(again.violations.map(({ id, help }) => `${id}: ${help}`)).toEqual([]);
    });
  }
}
