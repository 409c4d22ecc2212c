import { expect, test } from '../lib/test.ts';
import { WITH_WORKER } from '../lib/worker.ts';

test('an unknown path says method and path, with status 404 and a way back', async ({ person }) => {
  const mina = await person();
  const answer = await mina.page.goto('/x');
  expect(answer?.status()).toBe(404);
  await expect(mina.page.getByText('GET /x 라우터가 없습니다.')).toBeVisible();
  await expect(mina.page.getByText('404')).toBeVisible();
  await mina.page.getByRole('link', { name: /목록/ }).first().click();
  await expect(mina.page).toHaveURL('/');
});

test('a path that looks like HTML is shown as text', async ({ person }) => {
  const mina = await person();
  await mina.page.goto('/%3Cimg%20src=x%20onerror=alert(1)%3E');
  await expect(mina.page.getByText(/라우터가 없습니다\./)).toBeVisible();
  await expect(mina.page.locator('img[src=x]')).toHaveCount(0);
});

test('every page is whole under its own content security policy, without a word in the console', async ({ person, title }) => {
  const mina = await person(WITH_WORKER);
  const words: string[] = [];
  // Chromium tells the console that it did not move the focus because the person was typing, which this test may do.
  mina.page.on('console', (message) => {
    if (!message.text().startsWith('Autofocus processing was blocked')) words.push(`${message.type()}: ${message.text()}`);
  });
  await mina.context.addInitScript(() => {
    document.addEventListener('securitypolicyviolation', (breach) => {
      console.error(`${breach.violatedDirective} refused ${breach.blockedURI} at ${breach.sourceFile}:${breach.lineNumber}`);
    });
  });
  for (const path of ['/', '/room', '/?q=x']) {
    const answer = await mina.page.goto(path);
    const policy = answer?.headers()['content-security-policy'] ?? '';
    expect(policy).toMatch(/script-src[^;]*'nonce-/);
    expect(policy).not.toContain("'unsafe-inline'");
    await expect(mina.page.locator('[style]')).toHaveCount(0);
  }
  await mina.createRoom({ title });
  await mina.say('조용하네요');
  expect(words).toEqual([]);
});

test('the manifest and its icons are there', async ({ person }) => {
  const mina = await person();
  await mina.openLobby();
  const href = await mina.page.locator('link[rel=manifest]').getAttribute('href');
  const answer = await mina.context.request.get(href!);
  expect(answer.status()).toBe(200);
  expect(answer.headers()['content-type']).toMatch(/json/);
  const manifest = (await answer.json()) as { name: string; icons: { src: string; sizes: string }[] };
  expect(manifest.name).toBeTruthy();
  expect(manifest.icons.map((icon) => icon.sizes)).toEqual(expect.arrayContaining(['192x192', '512x512']));
  for (const { src } of manifest.icons) {
    const icon = await mina.context.request.get(new URL(src, new URL(href!, mina.url)).href);
    expect(icon.status(), src).toBe(200);
    expect(icon.headers()['content-type'], src).toMatch(/^image\//);
  }
  const session = await mina.context.newCDPSession(mina.page);
  const { installabilityErrors } = await session.send('Page.getInstallabilityErrors');
  // A private window cannot install apps. There may be no other reason.
  expect(installabilityErrors.map((error) => error.errorId).filter((id) => id !== 'in-incognito')).toEqual([]);
});

test('icons of the page load', async ({ person }) => {
  const mina = await person();
  await mina.openLobby();
  const hrefs = await mina.page.locator('link[rel~=icon], link[rel=apple-touch-icon]').evaluateAll((links) => links.map((link) => (link as HTMLLinkElement).href));
  expect(hrefs.length).toBeGreaterThan(0);
  for (const href of hrefs) expect((await mina.context.request.get(href)).status(), href).toBe(200);
});

test('a request from a foreign page is refused', async ({ person, title }) => {
  const mina = await person();
  await mina.openLobby();
  const form = { title, capacity: '10', password: '' };
  const headers = { accept: 'application/json', origin: 'https://evil.example' };
  const answer = await mina.context.request.post('/api/create_room', { form, headers });
  expect(answer.status()).toBe(403);
  await mina.openLobby();
  await expect(mina.card(title)).toHaveCount(0);
});

test('the session cookie is out of reach of scripts and of other sites', async ({ person }) => {
  const mina = await person();
  await mina.createRoom({ title: '쿠키' });
  const cookies = await mina.context.cookies();
  const session = cookies.filter((cookie) => cookie.name !== 'lang');
  expect(session).toHaveLength(1);
  expect(session[0]).toMatchObject({ httpOnly: true, sameSite: 'Lax' });
});

test.describe('with the limits of a real server', () => {
  test.use({ settings: { LIMIT_MESSAGES: '3/10', LIMIT_NEW_ROOMS: '5/600', LIMIT_WRONG_PASSWORDS: '5/60' } });

  test('who talks too fast loses nothing: it is said a little later', async ({ person, title }) => {
    const [mina, sora] = [await person(), await person()];
    await mina.createRoom({ title });
    await sora.enterRoom(title);
    const lines = ['하나', '둘', '셋', '넷', '다섯'];
    for (const line of lines) {
      await mina.send(line);
      await mina.expectMessage(line);
    }
    for (const line of lines) await sora.expectMessage(line, { timeout: 20_000 });
    expect((await sora.transcript()).filter((line) => lines.includes(line))).toEqual(lines);
  });

  test('messages past the limit are answered with 429 and when to come again', async ({ person, title }) => {
    const mina = await person();
    await mina.openLobby();
    const room = await mina.createRoomByApi({ title });
    for (let n = 0; n < 3; n++) await mina.sayByApi(room, `${n}`);
    const refused = await mina.callApi('send_text', { room, client: 'cd'.repeat(16), text: '너무 빨라' });
    expect(refused.status()).toBe(429);
    expect(Number(refused.headers()['retry-after'])).toBeGreaterThan(0);
  });

  test('guessing passwords is slowed down', async ({ person, title }) => {
    const [mina, sora] = [await person(), await person()];
    const room = await mina.createRoom({ title, password: '123456' });
    await sora.openLobby();
    for (let n = 0; n < 5; n++) expect((await sora.callApi('enter_room', { room, password: `guess ${n}` })).status()).toBe(403);
    const refused = await sora.callApi('enter_room', { room, password: '123456' });
    expect(refused.status()).toBe(429);
    expect(Number(refused.headers()['retry-after'])).toBeGreaterThan(0);
  });
});
