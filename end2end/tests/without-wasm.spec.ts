import { WASM_FAULTS, breakWasm, holdWasm } from '../lib/altered.ts';
import { LONG, expect, test, type Person } from '../lib/test.ts';

const FAILED = /페이지의 프로그램을 불러오지 못해서/;
const MISSING = /이 브라우저에서는 WebAssembly를 쓸 수 없어서/;
const SLOW = /페이지의 프로그램이 아직 오지 않아서/;

/** A room works as it does without scripts, says why, and shows nothing that does not work. */
async function expectPlainRoom(someone: Person, other: Person, why: RegExp): Promise<void> {
  await expect(someone.page.getByText(why)).toBeVisible();
  const log = someone.page.frameLocator('iframe.log-frame');
  await someone.send('프로그램 없이도 돼요');
  await expect(log.getByText('프로그램 없이도 돼요', { exact: true })).toBeVisible();
  await other.expectMessage('프로그램 없이도 돼요');
  await expect(someone.page.getByText(why)).toBeVisible();
  await expect(someone.page.locator('.js').filter({ visible: true })).toHaveCount(0);
}

/** Goes from the lobby into a room, and checks every page on the way. */
async function expectPlainPages(someone: Person, other: Person, title: string, why: RegExp): Promise<void> {
  await someone.openLobby();
  await expect(someone.page.getByText(why)).toBeVisible();
  await someone.searchBox.fill(title);
  await someone.page.getByRole('button', { name: '찾기' }).click();
  await expect(someone.page).toHaveURL(/\?q=/);
  await someone.clickEnterOnCard(title);
  await expect(someone.page.getByText(why)).toBeVisible();
  await someone.tryPassword('참깨');
  await expectPlainRoom(someone, other, why);
}

const FAULTS = Object.keys(WASM_FAULTS) as (keyof typeof WASM_FAULTS)[];
for (const name of FAULTS) {
  test(`when the WebAssembly ${name}, the page takes its form without scripts`, async ({ person, title }) => {
    const [mina, sora] = [await person(), await person()];
    const room = await mina.createRoom({ title, password: '참깨' });
    await breakWasm(sora, WASM_FAULTS[name]);
    if (LONG || name === 'is cut off') return expectPlainPages(sora, mina, title, FAILED);
    await sora.visitRoom(room);
    await sora.tryPassword('참깨');
    await expectPlainRoom(sora, mina, FAILED);
  });
}

test('a browser without WebAssembly gets the form without scripts', async ({ person, title }) => {
  const [mina, sora] = [await person(), await person()];
  await mina.createRoom({ title, password: '참깨' });
  await sora.context.addInitScript(() => Reflect.deleteProperty(globalThis, 'WebAssembly'));
  await expectPlainPages(sora, mina, title, MISSING);
});

test('a browser without module scripts gets the form without scripts', async ({ person, title }) => {
  const [mina, sora] = [await person(), await person()];
  await mina.createRoom({ title, password: '참깨' });
  await sora.context.addInitScript(() => Reflect.deleteProperty(HTMLScriptElement.prototype, 'noModule'));
  await sora.page.route(/\.js$/, (route) => route.abort());
  await sora.openLobby();
  await expect(sora.page.getByText(MISSING)).toBeVisible();
});

test('WebAssembly that is slow is told, and takes over when it arrives', async ({ person, title }) => {
  const [mina, sora] = [await person(), await person()];
  const room = await mina.createRoom({ title });
  await sora.callApi('enter_room', { room, password: '' });
  const release = await holdWasm(sora);
  await sora.page.clock.install();
  await sora.visitRoom(room);
  await expect(sora.log).toBeVisible();
  await expect(sora.page.getByText(SLOW)).toHaveCount(0);
  await sora.page.clock.fastForward('00:21');
  await expect(sora.page.getByText(SLOW)).toBeVisible();
  await expect(sora.page.locator('iframe.log-frame')).toBeVisible();
  // The next page is shown as without scripts at once.
  await sora.page.reload();
  await expect(sora.page.getByText(SLOW)).toBeVisible();
  await sora.messageBox.fill('쓰던 글');

  release();
  await sora.expectInside();
  await expect(sora.page.getByText(SLOW)).toHaveCount(0);
  await expect(sora.page.locator('iframe.log-frame')).toHaveCount(0);
  await sora.messageBox.press('Enter');
  await mina.expectMessage('쓰던 글');
});
