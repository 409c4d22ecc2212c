/** Pages are live before the WASM that they do not need at first is there (docs/decisions/0057). */

import { ALTERATIONS, DEFERRED, WASM_FAULTS, alterPages, breakWasm, holdWasm, unchecked } from '../lib/altered.ts';
import { fillWithEvents } from '../lib/events.ts';
import { gif } from '../lib/gif.ts';
import { pastePicture } from '../lib/make.ts';
import { messageMenuButton } from '../lib/messages.ts';
import { panelOf } from '../lib/panel.ts';
import { LEFT } from '../lib/person.ts';
import { BACK } from '../lib/relay.ts';
import { LONG, expect, test, type Person } from '../lib/test.ts';

/** The field whose files are sent at once. */
const FILE = 'input[type=file][name=gif]';
const FAILED = /페이지의 프로그램을 불러오지 못해서/;

/** Whether the page still has the elements that it had when `isSame` was first called. */
async function isSame({ page }: Person): Promise<boolean> {
  return page.evaluate(() => {
    const main = document.querySelector('main') as HTMLElement & { isMarked?: boolean };
    const isFirst = !('hasMarked' in window);
    if (isFirst) [main.isMarked, (window as unknown as { hasMarked: boolean }).hasMarked] = [true, true];
    return main.isMarked === true;
  });
}

/** Counts the requests for the rest for which the page stands still. */
function countHurried({ page }: Person): () => number {
  let count = 0;
  page.on('request', (request) => (count += Number(DEFERRED.test(request.url()) && request.resourceType() === 'xhr')));
  return () => count;
}

/** Loads a page of a room again whose rest is held back. */
async function reloadWithoutRest(someone: Person): Promise<void> {
  await someone.page.reload();
  await expect(someone.log).toBeVisible();
  await someone.waitUntilLive();
}

/** Two people in a room. The second one's page is live, and the deferred part of its WASM is held back. */
async function twoInRoom(person: () => Promise<Person>, title: string): Promise<[Person, Person, () => void]> {
  const [mina, sora] = [await person(), await person()];
  const room = await mina.createRoom({ title });
  await mina.say('처음');
  await sora.enterByLink(room);
  const release = await holdWasm(sora, DEFERRED);
  await reloadWithoutRest(sora);
  expect(await isSame(sora)).toBe(true);
  return [mina, sora, release];
}

test('a room is live before the rest of its WASM is there, and what is pressed waits for it', async ({ person, title }) => {
  const [mina, sora, release] = await twoInRoom(person, title);
  await mina.say('새 말');
  await sora.expectMessage('새 말');
  await mina.sendGif(gif());
  await expect(sora.gifs).toHaveCount(1);
  await sora.messageBox.pressSequentially('안녕');
  await sora.page.keyboard.press('Shift+Enter');
  await sora.messageBox.pressSequentially('하세요');
  await expect(sora.messageBox).toHaveValue('안녕\n하세요');
  await sora.message('새 말').hover();
  await messageMenuButton(sora, sora.message('새 말')).click();
  await expect(sora.menu).toBeHidden();

  release();
  await expect(sora.menu).toBeVisible();
  await sora.page.keyboard.press('Escape');
  await sora.messageBox.press('Enter');
  await mina.expectMessage('안녕\n하세요');
  expect(await isSame(sora), 'the page was made anew').toBe(true);
});

for (const way of ['Enter', 'the button']) {
  test(`a message that is sent by ${way} before the rest is there goes once it is`, async ({ person, title }) => {
    const [mina, sora, release] = await twoInRoom(person, title);
    await sora.messageBox.fill('성급한 말');
    if (way === 'Enter') await sora.messageBox.press('Enter');
    else await sora.sendButton.click();
    await expect(sora.messageBox).toHaveValue('성급한 말');
    release();
    await mina.expectMessage('성급한 말');
    await expect(sora.messageBox).toHaveValue('');
    expect(await isSame(sora), 'the page was made anew').toBe(true);
  });
}

test('who presses to leave alone before the rest is there is asked as soon as it is', async ({ person, title }) => {
  const mina = await person();
  await mina.createRoom({ title });
  const release = await holdWasm(mina, DEFERRED);
  await reloadWithoutRest(mina);
  await mina.leaveButton.click();
  release();
  await expect(mina.page.getByRole('dialog', { name: '방을 닫을까요?' })).toBeVisible();
  await mina.page.getByRole('button', { name: '머무르기' }).click();
  await mina.say('아직 있어요');
});

test('for a picture that is pasted before the rest is there the panel opens at once', async ({ person, title }) => {
  const [, sora, release] = await twoInRoom(person, title);
  await pastePicture(sora, gif('붙인 것.gif'));
  await expect(panelOf(sora).locator('.thumb')).toBeVisible();
  release();
  expect(await isSame(sora), 'the page was made anew').toBe(true);
});

for (const locale of ['ko-KR', 'en-GB']) {
  test(`no page needs the rest before it is there: ${locale}`, async ({ person, title }) => {
    const [mina, sora] = [await person(), await person({ locale })];
    const room = await mina.createRoomByApi({ title });
    await fillWithEvents(room, mina, person);
    const early = countHurried(sora);
    const arrive = async (open: () => Promise<unknown>): Promise<void> => {
      const release = await holdWasm(sora, DEFERRED);
      const asked = sora.page.waitForRequest(DEFERRED);
      await open();
      await asked;
      // The page does its first things by then, and hears of the lobby.
      await mina.createRoomByApi({ title: `${title} 2` });
      await sora.page.evaluate(() => new Promise((resolve) => requestIdleCallback(resolve)));
      release();
    };
    // What happens in a rare order may need it. What happens always may not.
    const arriveFree = async (open: () => Promise<unknown>): Promise<void> => {
      const before = early();
      await arrive(open);
      if (early() === before) return;
      await arrive(open);
      expect(early()).toBe(before + 1);
    };
    await arriveFree(() => sora.openLobby());
    await arriveFree(() => sora.openRoomForm());
    await arriveFree(() => sora.visitRoom(room));
    expect((await sora.callApi('enter_room', { room })).ok()).toBe(true);
    await arriveFree(() => sora.visitRoom(room));
    await sora.say('다 됐어요');
  });
}

test.describe('with a short grace', () => {
  test.use({ settings: { ROOM_GRACE: '1', ROOM_AWAY_GRACE: '3600' } });

  test('a page that goes away before the rest is there says goodbye', async ({ person, title }) => {
    const [mina, sora] = await twoInRoom(person, title);
    await sora.page.goto('about:blank');
    await expect(mina.log).toContainText(LEFT);
  });
});

test('a form that is sent before the rest is there goes once it is', async ({ person, title }) => {
  const mina = await person();
  const release = await holdWasm(mina, DEFERRED);
  await mina.openRoomForm();
  await mina.page.waitForFunction(() => (window as unknown as { isLive: boolean }).isLive);
  await mina.fillInRoom({ title });
  await mina.submitRoom();
  await expect(mina.page).toHaveURL(/\/room$/);
  release();
  await mina.expectInside();
});

test('a page that needs the rest before it is there loads it at once', async ({ person, title }) => {
  const [mina, sora, release] = await twoInRoom(person, title);
  const early = countHurried(sora);
  await sora.messageBox.fill('쓰던 글');
  await sora.page.locator(FILE).setInputFiles(gif());
  await expect(mina.gifs).toHaveCount(1);
  expect(early()).toBe(1);
  await expect(sora.messageBox).toHaveValue('쓰던 글');

  await sora.messageBox.press('Enter');
  await mina.expectMessage('쓰던 글');
  release();
  await mina.say('그 뒤의 말');
  await sora.expectMessage('그 뒤의 말');
  expect(await isSame(sora), 'the page was made anew').toBe(true);
});

test('what is pressed waits for the rest for so long, and then loads it at once', async ({ person, title }) => {
  const [mina, sora, release] = await twoInRoom(person, title);
  const early = countHurried(sora);
  // Half a second instead of twenty.
  await sora.page.addInitScript(() => {
    const every = window.setInterval;
    window.setInterval = ((then: TimerHandler, millis = 0) => every(then, millis / 40)) as typeof setInterval;
  });
  await reloadWithoutRest(sora);
  await sora.message('처음').hover();
  await messageMenuButton(sora, sora.message('처음')).click();
  await expect(sora.menu).toBeVisible();
  expect(early()).toBe(1);
  await sora.page.keyboard.press('Escape');
  release();
  await sora.say('그 뒤의 말');
  await mina.expectMessage('그 뒤의 말');
  await expect(sora.page.locator('dialog.question')).toHaveCount(2);
});

test('a page whose network is lost before the rest is there says so, and goes on once it is back', async ({ person, relay, title }) => {
  const mina = await person({ relay });
  await mina.createRoom({ title });
  const release = await holdWasm(mina, DEFERRED);
  await reloadWithoutRest(mina);
  expect(await isSame(mina)).toBe(true);
  relay.cut();
  release();
  await mina.messageBox.fill('쓰던 글');
  await expect(mina.offlineNotice).toBeVisible();
  await mina.messageBox.press('Enter');
  await expect(mina.messageBox).toHaveValue('쓰던 글');

  relay.restore();
  await mina.expectMessage('쓰던 글', BACK);
  await expect(mina.offlineNotice).toBeHidden();
  expect(await isSame(mina), 'the page was made anew').toBe(true);
  // The browser says that it could not load the rest.
  mina.complaints.length = 0;
});

test('a page that needs the rest while the network is lost is made anew once it is back', async ({ person, relay, title }) => {
  const mina = await person({ relay });
  await mina.createRoom({ title });
  const release = await holdWasm(mina, DEFERRED);
  await reloadWithoutRest(mina);
  relay.cut();
  release();
  await mina.messageBox.fill('쓰던 글');
  await mina.page.locator(FILE).setInputFiles(gif());
  await expect(mina.page.getByText(FAILED)).toBeVisible();
  await mina.page.waitForEvent('requestfailed', (request) => request.url().endsWith('/healthz'));

  relay.restore();
  await mina.waitUntilLive(BACK.timeout);
  await expect(mina.page.getByText(FAILED)).toHaveCount(0);
  await expect(mina.messageBox).toHaveValue('쓰던 글');
  await mina.messageBox.press('Enter');
  await mina.expectMessage('쓰던 글');
  mina.complaints.length = 0;
});

const FAULTS = (Object.keys(WASM_FAULTS) as (keyof typeof WASM_FAULTS)[]).slice(0, LONG ? undefined : 1);
for (const fault of FAULTS) {
  test(`when the rest ${fault}, the page takes its form without scripts`, async ({ person, title }) => {
    const [mina, sora] = [await person(), await person()];
    const room = await mina.createRoom({ title });
    await sora.enterByLink(room);
    await breakWasm(sora, WASM_FAULTS[fault], DEFERRED);
    // (A page that needs the rest before it is live takes this form at once.)
    await sora.page.reload();
    await sora.messageBox.fill('잃지 않을 글');
    await expect(sora.page.getByText(FAILED)).toBeVisible();
    await expect(sora.page.locator('.js').filter({ visible: true })).toHaveCount(0);
    await expect(sora.page.locator('.talk')).not.toContainText('<iframe', { useInnerText: true });
    await expect(sora.messageBox).toHaveValue('잃지 않을 글');
    await sora.sendButton.click();
    await mina.expectMessage('잃지 않을 글');
  });
}

test('what cannot be loaded when it is needed ends in the form without scripts', async ({ person, title }) => {
  const [mina, sora, release] = await twoInRoom(person, title);
  await breakWasm(sora, WASM_FAULTS['is another file'], DEFERRED);
  await sora.messageBox.fill('잃지 않을 글');
  await sora.page.locator(FILE).setInputFiles(gif());
  await expect(sora.page.getByText(FAILED)).toBeVisible();
  await expect(sora.messageBox).toHaveValue('잃지 않을 글');
  release();
  await sora.sendButton.click();
  await mina.expectMessage('잃지 않을 글');
  // The script says what it could not load.
  sora.complaints.splice(0, sora.complaints.length, ...sora.complaints.filter((line) => !line.startsWith('broken script')));
});

test('a page that needs the rest before it is live, and cannot have it, takes its form without scripts', async ({ person, title }) => {
  const [mina, sora] = [await person(), await person()];
  const room = await mina.createRoom({ title });
  await mina.say('처음');
  await sora.enterByLink(room);
  await breakWasm(sora, WASM_FAULTS['is missing'], DEFERRED);
  // Hydration fails, and saying so takes functions that are in the rest.
  await alterPages(sora, (html) => (html.includes('id="boot"') ? unchecked(ALTERATIONS['every word wrapped in a mark'](html)) : html));
  const early = countHurried(sora);
  await sora.page.reload();
  await sora.messageBox.fill('잃지 않을 글');
  await expect(sora.page.getByText(FAILED)).toBeVisible();
  expect(early()).toBeGreaterThan(0);
  await sora.sendButton.click();
  await mina.expectMessage('잃지 않을 글');
});
