/** The socket of a page is opened before its WASM has arrived, and taken over by it. */

import { WASM_FAULTS, breakWasm, holdWasm } from '../lib/altered.ts';
import { expect, test } from '../lib/test.ts';

/** WebSocket.CLOSED */
const CLOSED = 3;

test('a page opens its one socket while its WASM is on the way', async ({ person, title }) => {
  const [mina, sora] = [await person(), await person()];
  const room = await mina.createRoomByApi({ title });
  await sora.callApi('enter_room', { room, password: '' });
  let opened = 0;
  sora.page.on('websocket', () => (opened += 1));
  for (const path of ['/', `/room/${room}`]) {
    opened = 0;
    const release = await holdWasm(sora);
    await sora.page.goto(path, { waitUntil: 'commit' });
    await expect.poll(() => opened).toBe(1);
    release();
    await sora.waitUntilLive();
    await sora.page.unrouteAll();
    expect(opened).toBe(1);
  }
  await sora.say('미리 열린 소켓으로');
  await sora.expectMessage('미리 열린 소켓으로');
});

test('pages that hear nothing from the server open no socket', async ({ person, title }) => {
  const [mina, sora] = [await person(), await person()];
  const room = await mina.createRoomByApi({ title });
  let opened = 0;
  sora.page.on('websocket', () => (opened += 1));
  for (const path of ['/room', `/room/${room}`]) {
    await sora.page.goto(path);
    await expect.poll(() => sora.page.evaluate(() => 'isLive' in window)).toBe(true);
  }
  expect(opened).toBe(0);
});

test('a socket that has ended before the WASM is there is replaced', async ({ person, title }) => {
  const mina = await person();
  let count = 0;
  let isEnded = false;
  await mina.page.routeWebSocket(/\/ws$/, (socket) => {
    count += 1;
    if (count > 1) return void socket.connectToServer();
    void socket.close({ code: 1012 }).then(() => (isEnded = true));
  });
  const release = await holdWasm(mina);
  await mina.page.goto('/', { waitUntil: 'commit' });
  await expect.poll(() => isEnded).toBe(true);
  await expect.poll(() => mina.page.evaluate(() => (window as unknown as { earlySocket: WebSocket }).earlySocket.readyState)).toBe(CLOSED);
  release();
  // Rooms that others make appear, so the page has a socket.
  await expect.poll(() => count).toBe(2);
  const sora = await person();
  await sora.createRoomByApi({ title });
  await expect(mina.page.getByText(title)).toBeVisible();
});

test('a page whose WASM fails keeps no socket', async ({ person }) => {
  const mina = await person();
  const opened = mina.page.waitForEvent('websocket');
  await breakWasm(mina, WASM_FAULTS['is refused']);
  await mina.page.goto('/');
  await expect(mina.page.getByText(/페이지의 프로그램을 불러오지 못해서/)).toBeVisible();
  await opened;
  await expect.poll(() => mina.sockets).toBe(0);
});
