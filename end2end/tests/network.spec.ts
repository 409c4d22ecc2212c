import { LONG, NODES, expect, test, type Person } from '../lib/test.ts';

/** The texts of this test, in the order in which someone reads them. */
async function read(someone: Person): Promise<string[]> {
  return (await someone.transcript()).filter((line) => /^소식 \d+$/.test(line));
}

for (const missed of LONG ? [0, 1, 41, 500] : [0, 1, 41]) {
  test(`${missed} messages missed while the line was cut arrive afterwards`, NODES, async ({ person, line, title }) => {
    const [mina, sora] = [await person(), await person({ line })];
    const room = await mina.createRoom({ title });
    await sora.enterRoom(title);
    await mina.say('소식 0');
    await sora.expectMessage('소식 0');

    line.cut();
    await expect(sora.page.getByText('연결이 끊겼어요.')).toBeVisible();
    for (let n = 1; n <= missed; n++) await mina.sayUnseen(room, `소식 ${n}`);
    // Her page has shown her own before she goes on: a burst of 500 keeps a browser on a busy machine for some seconds.
    await expect(mina.message(`소식 ${missed}`)).toBeVisible({ timeout: 20_000 });
    line.mend();

    await mina.say(`소식 ${missed + 1}`);
    await expect(sora.message(`소식 ${missed + 1}`)).toBeVisible({ timeout: 20_000 });
    await expect(sora.page.getByText('연결이 끊겼어요.')).toBeHidden();
    const shown = Math.min(missed + 2, 50);
    expect((await read(sora)).slice(-shown)).toEqual((await read(mina)).slice(-shown));
    expect((await read(sora)).slice(-shown)).toHaveLength(shown);
  });
}

test('a line that went dead without a word is noticed when the device wakes', NODES, async ({ person, line, title }) => {
  const [mina, sora] = [await person(), await person({ line })];
  await mina.createRoom({ title });
  await sora.enterRoom(title);
  line.freeze();
  await mina.say('들리나요?');
  await sora.page.evaluate(() => window.dispatchEvent(new Event('online')));
  await expect(sora.message('들리나요?')).toBeVisible({ timeout: 20_000 });
});

test('an open lobby catches up after a cut', NODES, async ({ person, line, title }) => {
  const [mina, watcher] = [await person(), await person({ line })];
  await watcher.openLobby();
  await watcher.isLive();
  line.cut();
  await mina.openLobby();
  await mina.createRoomUnseen({ title });
  line.mend();
  await expect(watcher.card(title)).toBeVisible({ timeout: 20_000 });
});

test('a text that was refused is kept, and sent once by trying again', async ({ person, title }) => {
  const [mina, sora] = [await person(), await person()];
  await mina.createRoom({ title });
  await sora.enterRoom(title);
  await sora.page.route('**/api/send_text*', (route) => route.fulfill({ status: 500, json: 'Internal' }));
  await sora.type('꼭 전해 주세요');
  await sora.messageBox.press('Enter');
  const again = sora.page.getByRole('button', { name: '다시 보내기' });
  await expect(again).toBeVisible();
  await expect(sora.message('꼭 전해 주세요')).toBeVisible();

  await sora.page.unroute('**/api/send_text*');
  await again.click();
  await mina.expectMessage('꼭 전해 주세요');
  await expect(again).toHaveCount(0);
  await sora.expectMessage('꼭 전해 주세요');
});

test('a text said while the line was cut is kept, and goes by itself when it is back', NODES, async ({ person, line, title }) => {
  const [mina, sora] = [await person(), await person({ line })];
  await mina.createRoom({ title });
  await sora.enterRoom(title);
  line.cut();
  await sora.type('터널 속에서');
  await sora.messageBox.press('Enter');
  await expect(sora.page.getByText('연결이 끊겼어요.')).toBeVisible();
  await expect(sora.message('터널 속에서')).toBeVisible();
  await expect(sora.log.getByText('아직 보내지 못했어요.')).toBeVisible();
  await expect(sora.page.getByRole('button', { name: '다시 보내기' })).toBeVisible();
  line.mend();
  await expect(mina.message('터널 속에서')).toBeVisible({ timeout: 20_000 });
  await mina.expectMessage('터널 속에서');
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
  await sora.type('한 번만');
  await sora.messageBox.press('Enter');
  await mina.expectMessage('한 번만');
  await sora.page.unroute('**/api/send_text*');
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
  // The first one hangs: neither sent on nor refused.
  await sora.page.route('**/api/send_text*', (route) => ((asked += 1) > 1 ? route.fallback() : undefined));
  for (const text of ['들려요?', '여보세요']) {
    await sora.type(text);
    await sora.messageBox.press('Enter');
  }
  await expect(mina.message('여보세요')).toBeVisible({ timeout: 40_000 });
  await mina.expectMessage('들려요?');
  expect((await mina.log.locator('.bubble').allInnerTexts()).slice(-2)).toEqual(['들려요?', '여보세요']);
});

test('an own message shows at once, before the server has answered', async ({ person, title }) => {
  const mina = await person();
  await mina.createRoom({ title });
  let answer = () => {};
  const held = new Promise<void>((release) => (answer = release));
  await mina.page.route('**/api/send_text*', async (route) => {
    await held;
    await route.continue();
  });
  await mina.type('벌써 보여요');
  await mina.messageBox.press('Enter');
  await expect(mina.message('벌써 보여요')).toBeVisible();
  await expect(mina.messageBox).toHaveValue('');
  await expect(mina.log.getByText('보내는 중…')).toBeVisible();
  answer();
  await expect(mina.log.getByText('보내는 중…')).toHaveCount(0);
  await mina.expectMessage('벌써 보여요');
});

test.describe('on a server of its own', () => {
  test.use({ settings: {} });

  test('a restart of the server loses no room, entry, session or seat', NODES, async ({ person, site, title }) => {
    const [mina, sora, watcher] = [await person(), await person(), await person()];
    await watcher.openLobby();
    await watcher.isLive();
    await mina.createRoom({ title, password: '우리끼리' });
    await sora.enterRoom(title, '우리끼리');
    await mina.say('껐다 켜도 남아요');
    await sora.expectMessage('껐다 켜도 남아요');

    expect(await site.halt()).toBeLessThan(10_000);
    await site.restart();

    for (const someone of [mina, sora, watcher]) await someone.isLive();
    await sora.say('저는 그대로예요');
    await mina.expectMessage('저는 그대로예요');
    await expect(watcher.card(title)).toContainText(/2\s*\/\s*10/);
    await mina.page.reload();
    await mina.isInside();
    await mina.expectMessage('껐다 켜도 남아요');
    expect((await mina.transcript()).join('\n').match(/입장하셨습니다/g)).toHaveLength(2);
    expect((await mina.transcript()).join('\n')).not.toContain('퇴장하셨습니다');
  });

  test('what is being written survives a restart of the server', NODES, async ({ person, site, title }) => {
    const mina = await person();
    await mina.createRoom({ title });
    await mina.type('쓰던 글');
    await site.restart();
    await mina.isLive();
    await expect(mina.messageBox).toHaveValue('쓰던 글');
    await mina.messageBox.press('Enter');
    await mina.expectMessage('쓰던 글');
  });
});
