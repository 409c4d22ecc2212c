import { gif, gifOfBytes, pngNamedGif, truncatedGif, type Upload } from '../lib/gif.ts';
import { holdRequests } from '../lib/held-requests.ts';
import { expectDrawn } from '../lib/looks.ts';
import { addressOf, imageOf } from '../lib/messages.ts';
import { hideButton } from '../lib/people.ts';
import { NODES, expect, test } from '../lib/test.ts';
import { hiddenFold } from '../lib/unread.ts';

const MIB = 1024 * 1024;

test('a GIF is seen by everyone in the room', NODES, async ({ person, title }) => {
  const [mina, sora, juno] = [await person(), await person(), await person()];
  await mina.createRoom({ title });
  await sora.enterRoom(title);
  await juno.enterRoom(title);
  await mina.sendGif(gif('움짤.gif', { width: 60, height: 40 }));
  for (const someone of [mina, sora, juno]) {
    await expect(someone.gifs).toHaveCount(1);
    await expectDrawn(someone.gifs.first());
  }
});

test('a GIF keeps its place before it has loaded', async ({ person, title }) => {
  const [mina, sora] = [await person(), await person()];
  await mina.createRoom({ title });
  await mina.sendGif(gif('움짤.gif', { width: 120, height: 80 }));
  await sora.page.route('**/gif/**', (route) => route.abort());
  await sora.enterRoom(title);
  const box = (await imageOf(sora.gifs).boundingBox())!;
  expect(box.height).toBeGreaterThan(40);
  expect(box.width / box.height).toBeCloseTo(1.5, 1);
});

test('a GIF whose row is gone by the time it has loaded troubles nobody', async ({ person, title }) => {
  const [mina, sora] = [await person(), await person()];
  await mina.createRoom({ title });
  await sora.enterRoom(title);
  const loads = await holdRequests(sora, '**/gif/**');
  const loaded = sora.page.waitForResponse(/\/gif\//);
  await mina.sendGif(gif());
  await expect.poll(loads.count).toBeGreaterThan(0);
  await (await hideButton(sora, mina)).click();
  await expect(sora.gifs).toHaveCount(0);
  loads.release();
  await (await loaded).finished();
  // An image of the same address, which the page makes after the one that is gone, loads after it.
  await sora.page.evaluate(async (address) => Object.assign(new Image(), { src: address }).decode(), (await loaded).url());
  await mina.say('아직 여기');
  await expect(hiddenFold(sora, 2)).toBeVisible();
});

test('the same GIF sent again is one more message', NODES, async ({ person, title }) => {
  const mina = await person();
  await mina.createRoom({ title });
  await mina.sendGif(gif());
  await mina.sendGif(gif());
  await expect(mina.gifs).toHaveCount(2);
});

test('text overtakes a slow upload', NODES, async ({ person, title }) => {
  const [mina, sora] = [await person(), await person()];
  await mina.createRoom({ title });
  await sora.enterRoom(title);
  const uploads = await holdRequests(mina, '**/api/upload_gif*');
  await mina.chooseGif(gif());
  await mina.say('움짤은 곧 와요');
  await sora.expectMessage('움짤은 곧 와요');
  uploads.release();
  await expect(sora.gifs).toHaveCount(1);
});

test('uploads that are cancelled do not go out, the one under way nor the one after it', async ({ person, title }) => {
  const [mina, sora] = [await person(), await person()];
  await mina.createRoom({ title });
  await sora.enterRoom(title);
  const uploads = await holdRequests(mina, '**/api/upload_gif*');
  for (const tint of [1, 2]) await mina.chooseGif(gif(`${tint}.gif`, { tint }));
  const cancel = mina.button(['올리기 취소', 'Cancel upload']);
  for (const left of [1, 0]) {
    await expect.poll(uploads.count).toBe(2 - left);
    await cancel.first().click();
    await expect(cancel).toHaveCount(left);
    await expect.poll(uploads.cancelled).toBe(2 - left);
  }
  uploads.release();
  await mina.say('아무것도 안 갔죠?');
  await sora.expectMessage('아무것도 안 갔죠?');
  // Uploads arrive in the order of sending, so a cancelled one would be here before this one.
  await mina.page.unroute('**/api/upload_gif*');
  await mina.sendGif(gif('3.gif', { tint: 3 }));
  await expect(sora.gifs).toHaveCount(1);
});

const REFUSED: { what: string; file: () => Upload; says: RegExp }[] = [
  { what: 'a file of 6 MiB', file: () => gifOfBytes(6 * MIB), says: /너무 커요.*5 MB까지/ },
  { what: 'a PNG named .gif', file: pngNamedGif, says: /GIF가 아니에요/ },
  { what: 'a GIF that breaks off', file: truncatedGif, says: /중간에 끊겨/ },
];

for (const { what, file, says } of REFUSED) {
  test(`${what} is refused with a clear message and changes nothing`, NODES, async ({ person, title }) => {
    const [mina, sora] = [await person(), await person()];
    await mina.createRoom({ title });
    await sora.enterRoom(title);
    const sent: string[] = [];
    mina.page.on('request', (request) => {
      if (request.url().includes('upload_gif')) sent.push(request.url());
    });
    await mina.chooseGif(file());
    await expect(mina.page.getByText(says)).toBeVisible();
    expect(sent, 'nothing is sent that would be refused').toEqual([]);
    await mina.say('아직 괜찮아요');
    await sora.expectMessage('아직 괜찮아요');
    await expect(sora.gifs).toHaveCount(0);
    await sora.reload();
    await sora.expectMessage('아직 괜찮아요');
    await expect(sora.gifs).toHaveCount(0);
  });
}

test('where the judge of GIFs cannot be loaded, the server alone judges', async ({ person, title }) => {
  const mina = await person();
  await mina.createRoom({ title });
  await mina.page.route('**/pkg/judge*', (route) => route.abort());
  await mina.chooseGif(truncatedGif());
  await expect(mina.page.getByText(/중간에 끊겨/)).toBeVisible();
  await mina.button(['지우기', 'Discard'], mina.log).click();
  await mina.sendGif(gif());
});

for (const { what, file, status } of [
  { what: 'a file of 6 MiB', file: () => gifOfBytes(6 * MIB), status: 413 },
  { what: 'a PNG named .gif', file: pngNamedGif, status: 415 },
  { what: 'a GIF that breaks off', file: truncatedGif, status: 415 },
]) {
  test(`the server refuses ${what} by itself`, NODES, async ({ person, title }) => {
    const mina = await person();
    const room = await mina.createRoom({ title });
    const answer = await mina.uploadByApi(room, file());
    expect(answer.status()).toBe(status);
  });
}

test('a GIF of just 5 MiB is taken', async ({ person, title }) => {
  const mina = await person();
  await mina.createRoom({ title });
  await mina.sendGif(gifOfBytes(5 * MIB));
});

test('a GIF is only for the people seated in its room', NODES, async ({ person, title }) => {
  const [mina, stranger] = [await person(), await person()];
  await mina.createRoom({ title });
  const sent = await mina.sendGif(gif());
  await expectDrawn(sent);
  const address = await addressOf(sent);

  const seen = await mina.context.request.get(address);
  expect(seen.status()).toBe(200);
  expect(seen.headers()['content-type']).toBe('image/gif');
  expect(seen.headers()['x-content-type-options']).toBe('nosniff');
  expect(seen.headers()['cache-control']).toMatch(/private.*immutable|immutable.*private/);

  await stranger.openLobby();
  expect((await stranger.context.request.get(address)).status()).toBe(403);
  await stranger.createRoom({ title: `${title} 2` });
  expect((await stranger.context.request.get(address.replace(mina.roomId(), stranger.roomId()))).status()).not.toBe(200);
});

test('a GIF goes with its room', NODES, async ({ person, title }) => {
  const mina = await person();
  await mina.createRoom({ title });
  const sent = await mina.sendGif(gif());
  await expectDrawn(sent);
  const address = await addressOf(sent);
  await mina.leaveAsLast();
  for (const path of [address, `${address}/still`]) expect((await mina.context.request.get(path)).status()).toBe(404);
});
