/** What happens to people, and to what they write, when there is no network. Each browser here has the service worker. */

import type { Request } from '@playwright/test';

import { PHONE } from '../lib/devices.ts';
import { expectLooksRight } from '../lib/looks.ts';
import { idOf } from '../lib/people.ts';
import { LEFT } from '../lib/person.ts';
import { BACK } from '../lib/relay.ts';
import { LONG, expect, test, type Person } from '../lib/test.ts';
import { WITH_WORKER, offlineHeading, reloadOffline, storedTexts, unsentTexts, waitForWorker } from '../lib/worker.ts';

/** The texts that these pages ask the server to take from now on, in order. */
function countSends(...people: Person[]): string[] {
  const sent: string[] = [];
  const note = (request: Request) => {
    if (request.url().includes('/api/send_text')) sent.push(new URLSearchParams(request.postData() ?? '').get('text') ?? '');
  };
  for (const { page } of people) page.on('request', note);
  return sent;
}

test('texts written without a network wait over a reload, and go once each, in order, when the page is back', async ({
  person,
  relay,
  title,
}) => {
  const [mina, sora] = [await person(), await person({ relay, ...WITH_WORKER })];
  const room = await mina.createRoom({ title });
  await sora.enterByLink(room);
  await waitForWorker(sora);
  relay.cut();
  const texts = ['하나', '둘', '셋'];
  for (const text of texts) await sora.send(text);
  await expect(sora.unsentNotice).toBeVisible();
  await sora.messageBox.fill('쓰다 만 글');
  await reloadOffline(sora);
  await expect(sora.page).toHaveURL(`/room/${room}`);
  await expect(sora.page.locator('main:visible')).toContainText('보낼 글 3개가 기다리고 있어요');
  await expectLooksRight(sora, 'test-results/offline-ko.png');

  const sent = countSends(sora);
  relay.restore();
  for (const text of texts) await mina.expectMessage(text, BACK);
  await sora.expectInside();
  await expect(sora.log.locator('.pending li')).toHaveCount(0);
  await expect(sora.messageBox).toHaveValue('쓰다 만 글');
  expect((await mina.log.locator('.bubble').allInnerTexts()).slice(-3)).toEqual(texts);
  expect(sent).toEqual(texts);
  await expect.poll(async () => (await storedTexts(sora)).length).toBe(1);
});

test('of two tabs that come back, one sends what waits', async ({ person, relay, title }) => {
  const [mina, sora] = [await person(), await person({ relay, ...WITH_WORKER })];
  const room = await mina.createRoom({ title });
  await sora.enterByLink(room);
  await waitForWorker(sora);
  const tab = await sora.newTab();
  await tab.openRoom(room);
  relay.cut();
  await sora.send('첫째 탭에서');
  await sora.send('또 첫째 탭에서');
  await tab.send('둘째 탭에서');
  for (const someone of [sora, tab]) await reloadOffline(someone);

  const sent = countSends(sora, tab);
  relay.restore();
  for (const text of ['첫째 탭에서', '또 첫째 탭에서', '둘째 탭에서']) await mina.expectMessage(text, BACK);
  for (const someone of [sora, tab]) {
    await someone.expectInside();
    await expect(someone.log.locator('.pending li')).toHaveCount(0);
  }
  expect(sent.toSorted()).toEqual(['둘째 탭에서', '또 첫째 탭에서', '첫째 탭에서'].toSorted());
  expect(sent.indexOf('첫째 탭에서')).toBeLessThan(sent.indexOf('또 첫째 탭에서'));
});

test.describe('when the seat is gone', () => {
  test.use({ settings: { ROOM_GRACE: '1', ROOM_AWAY_GRACE: '1' } });

  test('what waited is shown to be copied, and sent only when its author says so', async ({ person, relay, title }) => {
    const [mina, sora] = [await person(), await person({ relay, viewport: PHONE, ...WITH_WORKER })];
    const room = await mina.createRoom({ title });
    await sora.enterByLink(room);
    await waitForWorker(sora);
    relay.cut();
    await sora.send('아직 못 보낸 글');
    await reloadOffline(sora);
    await expect.poll(() => mina.times(LEFT)).toBe(1);
    relay.restore();
    await expect(unsentTexts(sora)).toHaveValue('아직 못 보낸 글', BACK);
    await expectLooksRight(sora, 'test-results/unsent-phone.png');
    await sora.clickEnter();
    await sora.expectInside();
    await expect(sora.retryButton()).toBeVisible();
    await mina.say('다시 오셨네요');
    await expect(mina.message('아직 못 보낸 글')).toHaveCount(0);
    await sora.retryButton().click();
    await mina.expectMessage('아직 못 보낸 글');
  });

  if (LONG) {
    test('what waited for a room that is gone is shown once and thrown away', async ({ person, relay, title }) => {
      const [mina, sora] = [await person(), await person({ relay, locale: 'en-US', ...WITH_WORKER })];
      const room = await mina.createRoom({ title });
      await sora.enterByLink(room);
      await waitForWorker(sora);
      relay.cut();
      await sora.send('too late');
      await sora.messageBox.fill('a draft');
      await reloadOffline(sora);
      await expectLooksRight(sora, 'test-results/offline-en.png');
      await expect.poll(() => mina.times(LEFT)).toBe(1);
      await mina.leaveAsLast();
      relay.restore();
      await expect(unsentTexts(sora)).toHaveCount(2, BACK);
      await expect(unsentTexts(sora).first()).toHaveValue('too late');
      await expect(unsentTexts(sora).last()).toHaveValue('a draft');
      expect(await storedTexts(sora)).toEqual([]);
      await sora.page.reload();
      await expect(unsentTexts(sora)).toHaveCount(0);
    });
  }
});

test('whoever is thrown out keeps nothing of the room', async ({ person, relay, title }) => {
  const [mina, sora] = [await person(), await person({ relay, ...WITH_WORKER })];
  const room = await mina.createRoom({ title });
  await sora.enterByLink(room);
  await waitForWorker(sora);
  const whom = await idOf(sora);
  await sora.messageBox.fill('쓰던 글');
  relay.cut();
  await sora.send('못 보낸 글');
  await reloadOffline(sora);
  expect((await mina.callApi('throw_out', { room, whom, reason: '' })).status()).toBe(200);
  relay.restore();
  await expect(offlineHeading(sora)).toBeHidden(BACK);
  await expect.poll(() => storedTexts(sora)).toEqual([]);
  await expect(unsentTexts(sora)).toHaveCount(0);
});

test('a form that did not get through leads to its page, and a search says why it waits', async ({ person, relay, title }) => {
  const [mina, sora] = [await person(), await person({ relay, ...WITH_WORKER })];
  const room = await mina.createRoom({ title });
  await sora.watchLobby();
  await waitForWorker(sora);
  relay.cut();
  await expect(sora.offlineNotice).toBeVisible();
  await sora.searchBox.fill('없는 방');
  await expect(sora.page.getByRole('alert')).toContainText('연결이 끊겨서');
  await expectLooksRight(sora, 'test-results/lobby-offline.png');
  relay.restore();
  await expect(sora.page.getByText('“없는 방” 방은 없어요')).toBeVisible(BACK);
  await expect(sora.page.getByRole('alert')).toBeHidden();

  await sora.watchLobby();
  relay.cut();
  await sora.clickEnterOnCard(title);
  await expect(offlineHeading(sora)).toBeVisible();
  relay.restore();
  await expect(sora.page).toHaveURL(`/room/${room}`, BACK);
  await expect(sora.button(['입장', 'Enter'])).toBeVisible();
});

if (LONG) {
  for (const colorScheme of ['light', 'dark'] as const) {
    for (const locale of ['ko-KR', 'en-US']) {
      test(`the offline page looks right, ${colorScheme}, ${locale}`, async ({ person, relay }) => {
        const sora = await person({ relay, colorScheme, locale, viewport: PHONE, ...WITH_WORKER });
        await sora.openLobby();
        await waitForWorker(sora);
        relay.cut();
        await reloadOffline(sora);
        await expectLooksRight(sora, `test-results/offline-${colorScheme}-${locale}.png`);
      });
    }
  }
}
