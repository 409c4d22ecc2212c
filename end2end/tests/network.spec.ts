import { holdRequests } from '../lib/held-requests.ts';
import { ENTERED, LEFT } from '../lib/person.ts';
import { BACK } from '../lib/relay.ts';
import { LONG, NODES, expect, test, type Person } from '../lib/test.ts';

/** The messages of the first tests, in the order in which this person's page shows them. */
async function newsOf(someone: Person): Promise<string[]> {
  return (await someone.transcript()).filter((line) => /^소식 \d+$/.test(line));
}

for (const missed of LONG ? [0, 1, 41, 500] : [0, 1, 41]) {
  test(`${missed} messages missed while the line was cut arrive afterwards`, NODES, async ({ person, relay, title }) => {
    const [mina, sora] = [await person(), await person({ relay })];
    const room = await mina.createRoom({ title });
    await sora.enterRoom(title);
    await mina.say('소식 0');
    await sora.expectMessage('소식 0');

    relay.cut();
    await expect(sora.offlineNotice).toBeVisible();
    for (let n = 1; n <= missed; n++) await mina.sayByApi(room, `소식 ${n}`);
    // On a busy machine a browser needs some seconds to show 500 messages. Mina goes on when her page has shown its own.
    await mina.expectMessage(`소식 ${missed}`, { timeout: 20_000 });
    relay.restore();

    await mina.say(`소식 ${missed + 1}`);
    await sora.expectMessage(`소식 ${missed + 1}`, BACK);
    await expect(sora.offlineNotice).toBeHidden();
    const shown = Math.min(missed + 2, 50);
    expect((await newsOf(sora)).slice(-shown)).toEqual((await newsOf(mina)).slice(-shown));
    expect((await newsOf(sora)).slice(-shown)).toHaveLength(shown);
  });
}

test('a line that went dead without a word is noticed when the device wakes', NODES, async ({ person, relay, title }) => {
  const [mina, sora] = [await person(), await person({ relay })];
  await mina.createRoom({ title });
  await sora.enterRoom(title);
  relay.freeze();
  await mina.say('들리나요?');
  await sora.page.evaluate(() => window.dispatchEvent(new Event('online')));
  await sora.expectMessage('들리나요?', { timeout: 20_000 });
});

test('an open lobby catches up after a cut', NODES, async ({ person, relay, title }) => {
  const [mina, watcher] = [await person(), await person({ relay })];
  await watcher.watchLobby();
  relay.cut();
  await mina.openLobby();
  await mina.createRoomByApi({ title });
  relay.restore();
  await expect(watcher.card(title)).toBeVisible(BACK);
});

test('a text that was refused is kept, and sent once by trying again', async ({ person, title }) => {
  const [mina, sora] = [await person(), await person()];
  await mina.createRoom({ title });
  await sora.enterRoom(title);
  await sora.page.route('**/api/send_text*', (route) => route.fulfill({ status: 500, json: 'Internal' }));
  await sora.send('꼭 전해 주세요');
  await expect(sora.retryButton()).toBeVisible();
  await sora.expectMessage('꼭 전해 주세요');

  await sora.page.unroute('**/api/send_text*');
  await sora.retryButton().click();
  await mina.expectMessage('꼭 전해 주세요');
  await expect(sora.retryButton()).toHaveCount(0);
  await sora.expectMessage('꼭 전해 주세요');
});

test('a text said while the line was cut is kept, and goes by itself when it is back', NODES, async ({ person, relay, title }) => {
  const [mina, sora] = [await person(), await person({ relay })];
  await mina.createRoom({ title });
  await sora.enterRoom(title);
  relay.cut();
  await sora.send('터널 속에서');
  await expect(sora.offlineNotice).toBeVisible();
  await sora.expectMessage('터널 속에서');
  await expect(sora.unsentNotice).toBeVisible();
  await expect(sora.retryButton()).toBeVisible();
  relay.restore();
  await mina.expectMessage('터널 속에서', BACK);
  await sora.expectMessage('터널 속에서');
});

test('a text whose answer was lost stands there once, however often it was sent', NODES, async ({ person, title }) => {
  const [mina, sora] = [await person(), await person()];
  await mina.createRoom({ title });
  await sora.enterRoom(title);
  let sent = 0;
  await sora.page.route('**/api/send_text*', async (route) => {
    sent += 1;
    await route.fetch();
    await route.fetch();
    await (sent === 1 ? route.abort() : route.fallback());
  });
  await sora.send('한 번만');
  await mina.expectMessage('한 번만');
  // Mina sees the text when the first of the requests arrives, while the route is still at work on the second.
  await sora.page.unrouteAll({ behavior: 'wait' });
  await mina.say('다음');
  await sora.expectMessage('다음');
  await sora.expectMessage('한 번만');
  await mina.expectMessage('한 번만');
});

test('a text that never gets an answer is given up and goes again, and the next ones after it', async ({ person, title }) => {
  const [mina, sora] = [await person(), await person()];
  await mina.createRoom({ title });
  await sora.enterRoom(title);
  let asked = 0;
  // The first request gets no answer at all.
  await sora.page.route('**/api/send_text*', (route) => ((asked += 1) > 1 ? route.fallback() : undefined));
  for (const text of ['들려요?', '여보세요']) await sora.send(text);
  await mina.expectMessage('여보세요', { timeout: 40_000 });
  await mina.expectMessage('들려요?');
  expect((await mina.log.locator('.bubble').allInnerTexts()).slice(-2)).toEqual(['들려요?', '여보세요']);
});

test('an own message shows at once, before the server has answered', async ({ person, title }) => {
  const mina = await person();
  await mina.createRoom({ title });
  const sending = await holdRequests(mina, '**/api/send_text*');
  await mina.send('벌써 보여요');
  await mina.expectMessage('벌써 보여요');
  await expect(mina.messageBox).toHaveValue('');
  await expect(mina.sendingNotice).toBeVisible();
  sending.release();
  await expect(mina.sendingNotice).toHaveCount(0);
  await mina.expectMessage('벌써 보여요');
});

test.describe('on a server of its own', () => {
  test.use({ settings: {} });

  test('a restart of the server loses no room, entry, session or seat', NODES, async ({ person, site, title }) => {
    const [mina, sora, watcher] = [await person(), await person(), await person()];
    await watcher.watchLobby();
    await mina.createRoom({ title, password: '우리끼리' });
    await sora.enterRoom(title, '우리끼리');
    await mina.say('껐다 켜도 남아요');
    await sora.expectMessage('껐다 켜도 남아요');

    expect(await site.stop()).toBeLessThan(10_000);
    await site.restart();

    for (const someone of [mina, sora, watcher]) await someone.waitUntilLive();
    await sora.say('저는 그대로예요');
    await mina.expectMessage('저는 그대로예요');
    await expect(watcher.card(title)).toContainText(/2\s*\/\s*10/);
    await mina.reload();
    await mina.expectMessage('껐다 켜도 남아요');
    expect(await mina.times(ENTERED)).toBe(2);
    expect(await mina.times(LEFT)).toBe(0);
  });

  test('what is being written survives a restart of the server', NODES, async ({ person, site, title }) => {
    const mina = await person();
    await mina.createRoom({ title });
    await mina.messageBox.fill('쓰던 글');
    await site.restart();
    await mina.waitUntilLive();
    await expect(mina.messageBox).toHaveValue('쓰던 글');
    await mina.messageBox.press('Enter');
    await mina.expectMessage('쓰던 글');
  });
});
