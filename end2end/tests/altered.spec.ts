import { ALTERATIONS, DEFERRED, alterPages, holdWasm, translate, unchecked } from '../lib/altered.ts';
import { rename } from '../lib/people.ts';
import { LONG, expect, test, type Person } from '../lib/test.ts';

const ALL = Object.keys(ALTERATIONS) as (keyof typeof ALTERATIONS)[];
const TRANSLATED = 'all text wrapped in font by a translator';
const IN_ROOMS = LONG ? ALL : (['an element of an extension first in the body', 'every word wrapped in a mark', TRANSLATED] as const);

/** The page has one socket, and nothing of a page that was replaced is left. */
async function expectOnce(someone: Person): Promise<void> {
  await expect(someone.page.locator('.room')).toHaveCount(1);
  await expect.poll(() => someone.sockets).toBe(1);
}

for (const name of IN_ROOMS) {
  test(`a room with ${name} is live`, async ({ person, title }) => {
    const [mina, sora] = [await person(), await person()];
    const room = await mina.createRoom({ title });
    await mina.say('어서 오세요');
    await alterPages(sora, ALTERATIONS[name]);
    await sora.enterByLink(room);
    await sora.say('안녕하세요');
    await mina.expectMessage('안녕하세요');
    await mina.say('잘 오셨어요');
    await sora.expectMessage('잘 오셨어요');
    await sora.expectMessage('어서 오세요');
    expect(sora.catchUps).toBe(1);
    await expectOnce(sora);
    await rename(mina, '민아');
    await expect(sora.page.locator('.people')).toContainText('민아');
    await expect(sora.page.locator('.room-owner')).toContainText('민아');
    await sora.leave();
  });
}

for (const name of LONG ? ALL : ([TRANSLATED] as const)) {
  test(`a lobby and a form with ${name} are live`, async ({ person, title }) => {
    const [mina, sora] = [await person(), await person()];
    await alterPages(sora, ALTERATIONS[name]);
    await sora.watchLobby();
    await mina.createRoom({ title });
    await expect(sora.card(title)).toBeVisible();
    expect(await sora.page.locator('.colour code').textContent()).toMatch(/^#[0-9a-f]{6}$/i);

    await sora.openRoomForm();
    // Before that, the browser itself keeps an empty title from being sent.
    await sora.waitForForm();
    await sora.fillInRoom({ title: '', capacity: 1 });
    await sora.submitRoom();
    await expect(sora.formField('title')).toHaveAttribute('aria-invalid', 'true');
    await sora.fillInRoom({ title: `${title} 2`, capacity: 3 });
    await sora.submitRoom();
    await sora.expectInside();
  });

  test(`a door with ${name} says what is wrong`, async ({ person, title }) => {
    const [mina, sora] = [await person(), await person()];
    const room = await mina.createRoom({ title, password: '참깨' });
    await alterPages(sora, ALTERATIONS[name]);
    await sora.visitRoom(room);
    await sora.tryPassword('들깨');
    await expect(sora.page.getByText(/비밀번호가 틀렸습니다\./)).toBeVisible();
    await sora.tryPassword('참깨');
    await sora.expectInside();
  });
}

test('an alteration that shows only when hydration fails leaves nothing behind', async ({ person, title }) => {
  const [mina, sora] = [await person(), await person()];
  const room = await mina.createRoom({ title });
  await alterPages(sora, (html) => unchecked(ALTERATIONS[TRANSLATED](html)));
  await sora.enterByLink(room);
  await sora.say('안녕하세요');
  await mina.expectMessage('안녕하세요');
  // The instance that failed had said hello on the early socket, which may have been answered before it was closed.
  expect(sora.catchUps).toBeLessThanOrEqual(2);
  await expectOnce(sora);
  // The framework's debug build writes into the console why hydration failed.
  sora.complaints.splice(0, sora.complaints.length, ...sora.complaints.filter((line) => !/hydrat/i.test(line)));
});

test('a button that is pressed while the page is made anew does what it does', async ({ person, title }) => {
  const [mina, sora] = [await person(), await person()];
  const room = await mina.createRoom({ title });
  await alterPages(sora, ALTERATIONS[TRANSLATED]);
  const release = await holdWasm(sora);
  await sora.visitRoom(room);
  await sora.button(['입장', 'Enter']).hover();
  await sora.page.mouse.down();
  const loaded = sora.page.waitForResponse(DEFERRED);
  release();
  await loaded;
  // A page that did not wait would be made anew by then.
  await sora.page.evaluate(() => new Promise((resolve) => requestIdleCallback(resolve)));
  await sora.page.mouse.up();
  await sora.expectInside();
});

test('a press that never ends does not keep a page from being made anew', async ({ person, title }) => {
  const [mina, sora] = [await person(), await person()];
  const room = await mina.createRoom({ title });
  await alterPages(sora, ALTERATIONS[TRANSLATED]);
  const release = await holdWasm(sora);
  await sora.visitRoom(room);
  await sora.button(['입장', 'Enter']).hover();
  await sora.page.mouse.down();
  release();
  await sora.page.waitForFunction(() => 'isLive' in window);
  await sora.page.mouse.up();
  await sora.button(['입장', 'Enter']).click();
  await sora.expectInside();
});

test('a page whose words something has replaced shows what people wrote', async ({ person, title }) => {
  const [mina, sora] = [await person(), await person()];
  const room = await mina.createRoom({ title });
  await mina.say('mina@example.org 으로 보내 주세요');
  await alterPages(sora, (html) => html.replaceAll('mina@example.org', '[email protected]').replaceAll(title, title.toUpperCase()));
  await sora.page.goto('/');
  await sora.waitUntilLive();
  await expect(sora.card(title)).toBeVisible();
  await sora.enterByLink(room);
  await sora.page.reload();
  await sora.waitUntilLive();
  await sora.expectMessage('mina@example.org 으로 보내 주세요');
  await expect(sora.page.locator('.room-title')).toContainText(title);
});

test('an altered page that cannot ask for its data takes its form without scripts', async ({ person, title }) => {
  const [mina, sora] = [await person(), await person()];
  const room = await mina.createRoom({ title });
  await alterPages(sora, ALTERATIONS['all words replaced by others']);
  await sora.page.route(`**/room/${room}`, (route) => (route.request().resourceType() === 'fetch' ? route.abort() : route.fallback()));
  await sora.page.goto(`/room/${room}`);
  await expect(sora.page.locator('.why-plain')).toBeVisible();
});

test('the data of a page does not say again what the page shows', async ({ person, title }) => {
  const mina = await person();
  const room = await mina.createRoom({ title: `${title} "방" & 둘` });
  const texts = ['<b>안녕</b> "하세요" & 반가워요', '둘째 줄도\n있는 글 🙂', 'https://example.org/그림 을 보세요'];
  for (const text of texts) await mina.say(text);
  const html = await (await mina.context.request.get(`/room/${room}`, { headers: { accept: 'text/html' } })).text();
  const data = /id="page">(.*?)<\/script>/s.exec(html)?.[1] ?? '';
  for (const word of ['안녕', '둘째', '을 보세요', title]) {
    expect(html.split('</head>')[1]).toContain(word);
    expect(data).not.toContain(word);
  }
  expect(data).toContain(room);
});

test('a page that nobody has altered is hydrated, not made anew', async ({ person, title }) => {
  const mina = await person();
  const room = await mina.createRoom({ title });
  for (const text of ['<b>안녕</b> "하세요" https://example.org > 그렇죠?', '&amp; & 🙂 `글`\n*둘째* 줄']) await mina.say(text);
  // An element is marked before the page's script runs.
  await alterPages(mina, (html) => html.replace(/<div id="app"[^>]*><\w+/, '$& data-first'));
  for (const path of ['/', `/room/${room}`]) {
    await mina.page.goto(path);
    await mina.waitUntilLive();
    await expect(mina.page.locator('[data-first]')).toHaveCount(1);
  }
  await mina.openRoomForm();
  await mina.fillInRoom({ title: '새 방' });
  await expect(mina.page.locator('.count')).toHaveText('3/50');
  await expect(mina.page.locator('[data-first]')).toHaveCount(1);
});

test('what was typed, the focus and the selection are kept when the page is made anew', async ({ person, title }) => {
  const mina = await person();
  const room = await mina.createRoom({ title });
  await alterPages(mina, ALTERATIONS[TRANSLATED]);
  const release = await holdWasm(mina);
  await mina.visitRoom(room);
  await mina.messageBox.fill('쓰던 글');
  await mina.messageBox.evaluate((field: HTMLTextAreaElement) => field.setSelectionRange(1, 3));
  await mina.page.evaluate(() => document.querySelector('.text-form')!.classList.add('old'));
  release();
  await mina.waitUntilLive();
  await expect(mina.page.locator('.text-form.old')).toHaveCount(0);
  await expect(mina.messageBox).toHaveValue('쓰던 글');
  await expect(mina.messageBox).toBeFocused();
  const selection = (field: HTMLTextAreaElement) => [field.selectionStart, field.selectionEnd];
  expect(await mina.messageBox.evaluate(selection)).toEqual([1, 3]);
  await mina.messageBox.press('Enter');
  await mina.expectMessage('쓰던 글');

  await mina.openRoomForm();
  await mina.fillInRoom({ title: '새 방', capacity: 7, password: '참깨' });
  await expect(mina.page.locator('.count')).toHaveText('3/50');
});

test('a page that is translated later goes on changing', async ({ person, title }) => {
  const [mina, sora] = [await person(), await person()];
  await mina.createRoom({ title });
  await mina.say('하나');
  await translate(mina.page);
  await sora.enterRoom(title);
  await expect(mina.page.locator('.people-head .number')).toHaveText('2');
  await expect(mina.page.locator('.room-title .number')).toContainText('2');
  await translate(mina.page);
  await sora.say('둘');
  await mina.expectMessage('둘');
  await rename(mina, '민아');
  await expect(mina.page.locator('.room-owner')).toContainText('민아');
  await translate(mina.page);
  await sora.leave();
  await expect(mina.page.locator('.people-head .number')).toHaveText('1');
});
