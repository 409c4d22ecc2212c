/** Making GIFs: from the camera, from films and pictures, and from GIFs that are too large. */

import { EACH_SIZE, PHONE, TOUCH } from '../lib/devices.ts';
import { FILMS, still } from '../lib/films.ts';
import { gif, gifOfBytes } from '../lib/gif.ts';
import { holdRequests } from '../lib/held-requests.ts';
import { expectLooksRight } from '../lib/looks.ts';
import {
  WITH_CAMERA,
  bytesOf,
  cameraButton,
  chooseToMake,
  colours,
  complaint,
  countFrames,
  expectMade,
  ink,
  makeButton,
  makeGif,
  openMaking,
  pastePicture,
  preview,
  record,
  recordButton,
  unfoldEditing,
} from '../lib/make.ts';
import { dropFiles, openPanel, openTab, panelOf, panelSend, tabOf } from '../lib/panel.ts';
import { NODES, expect, test, type Person } from '../lib/test.ts';

/** Sends the GIF in the panel, and returns its bytes as another person gets them. */
async function sent(from: Person, to: Person): Promise<Buffer> {
  const before = await to.gifs.count();
  await panelSend(from).click();
  await expect(to.gifs).toHaveCount(before + 1);
  return bytesOf(to, to.gifs.last());
}

test('what a camera sees becomes a GIF that others get', NODES, async ({ person, title }, info) => {
  const [mina, sora] = [await person(WITH_CAMERA), await person()];
  await mina.createRoom({ title });
  await sora.enterRoom(title);
  await openMaking(mina);
  await record(mina);
  await expectLooksRight(mina, info.outputPath('recorded.png'));
  await makeGif(mina);
  const panel = panelOf(mina);
  await expect(panel.getByText(/camera\.gif: \d+×\d+/)).toBeVisible();
  await expect(tabOf(mina, 'file')).toHaveAttribute('aria-selected', 'true');
  await expectLooksRight(mina, info.outputPath('made.png'));
  const bytes = await sent(mina, sora);
  expect(countFrames(bytes)).toBeGreaterThan(5);
  expect(bytes.readUInt16LE(6)).toBeLessThanOrEqual(360);
  // The camera is off.
  expect(await mina.page.evaluate(() => document.querySelector('video'))).toBeNull();
});

for (const [kind, film] of Object.entries(FILMS)) {
  test(`a file that moves becomes a GIF: ${kind}`, async ({ person, title }) => {
    const [mina, sora] = [await person(), await person()];
    await mina.createRoom({ title });
    await sora.enterRoom(title);
    await dropFiles(mina, [film]);
    await expect(tabOf(mina, 'make')).toHaveAttribute('aria-selected', 'true');
    await expect(makeButton(mina)).toBeFocused();
    await mina.page.keyboard.press('Enter');
    await expectMade(mina);
    const bytes = await sent(mina, sora);
    expect([bytes.readUInt16LE(6), bytes.readUInt16LE(8), countFrames(bytes)]).toEqual([96, 64, 2]);
  });
}

test('a film that does not say how long it is becomes a GIF', async ({ person, title }) => {
  const mina = await person();
  await mina.createRoom({ title });
  await openMaking(mina);
  const recorded = await mina.page.evaluate(async () => {
    const canvas = document.createElement('canvas');
    [canvas.width, canvas.height] = [160, 90];
    const context = canvas.getContext('2d')!;
    const recorder = new MediaRecorder(canvas.captureStream(20), { mimeType: 'video/webm' });
    const parts: Blob[] = [];
    recorder.ondataavailable = ({ data }) => parts.push(data);
    const stopped = new Promise((stopped) => (recorder.onstop = stopped));
    recorder.start();
    for (let n = 0; n < 24; n++) {
      context.fillStyle = n < 12 ? '#d00' : '#00d';
      context.fillRect(0, 0, 160, 90);
      await new Promise((passed) => setTimeout(passed, 50));
    }
    recorder.stop();
    await stopped;
    return [...new Uint8Array(await new Blob(parts).arrayBuffer())];
  });
  await chooseToMake(mina, { name: '녹화.webm', mimeType: 'video/webm', buffer: Buffer.from(recorded) });
  await unfoldEditing(mina);
  const end = panelOf(mina).getByRole('slider', { name: '끝' });
  expect(Number(await end.getAttribute('max'))).toBeGreaterThan(8);
  expect(Number(await end.getAttribute('max'))).toBeLessThan(40);
  await makeGif(mina);
});

test('a pasted picture becomes a GIF, and several are shown one after the other', async ({ person, title }) => {
  const [mina, sora] = [await person(), await person({ locale: 'en-US' })];
  await mina.createRoom({ title });
  await sora.enterRoom(title);
  await pastePicture(mina, still());
  await expect(panelOf(mina).getByText('멈춘 그림이라')).toBeVisible();
  await makeGif(mina);
  expect(countFrames(await sent(mina, sora))).toBeLessThanOrEqual(1);

  await openPanel(sora);
  await openTab(sora, 'file');
  await panelOf(sora).locator('input[type=file]').first().setInputFiles([still('1.png'), FILMS.apng, still('2.png')]);
  await makeGif(sora);
  expect(countFrames(await sent(sora, mina))).toBe(4);
});

test('what a GIF shows can be changed, and Korean words are on it', async ({ person, title }, info) => {
  const [mina, sora] = [await person(), await person()];
  await mina.createRoom({ title });
  await sora.enterRoom(title);
  const panel = await openMaking(mina);
  await chooseToMake(mina, FILMS.webm);
  await unfoldEditing(mina);
  const red = (await colours(preview(mina), [[0.5, 0.5]]))[0]!;
  expect(red[0]! + red[2]!).toBeGreaterThan(150);
  expect((await ink(preview(mina), 'bottom')).white).toBe(0);
  await panel.getByRole('textbox', { name: '넣을 글자' }).fill('오늘도 출근');
  await expect.poll(async () => (await ink(preview(mina), 'bottom')).white).toBeGreaterThan(0.01);
  expect((await ink(preview(mina), 'bottom')).black).toBeGreaterThan(0.01);
  expect((await ink(preview(mina), 'top')).white).toBe(0);
  await mina.button(['위', 'Top'], panel).click();
  await expect.poll(async () => (await ink(preview(mina), 'top')).white).toBeGreaterThan(0.01);
  await mina.button(['1:1', '1:1'], panel).click();
  await expect.poll(() => preview(mina).evaluate(({ width, height }: HTMLCanvasElement) => [width, height])).toEqual([64, 64]);
  const place = panel.getByRole('slider', { name: '위치', exact: true });
  await expect(place).toHaveValue('50');
  // A finger that moves up or down scrolls the panel.
  await expect(preview(mina)).toHaveCSS('touch-action', 'pan-y');
  const box = (await preview(mina).boundingBox())!;
  for (const [by, value] of [[-0.125, '75'], [0.9, '0'], [-0.25, '50']] as const) {
    await mina.page.mouse.move(box.x + box.width / 2, box.y + box.height / 2);
    await mina.page.mouse.down();
    await mina.page.mouse.move(box.x + box.width * (0.5 + by), box.y + box.height / 2, { steps: 4 });
    await mina.page.mouse.up();
    await expect(place).toHaveValue(value);
  }
  await panel.getByRole('slider', { name: '끝' }).fill('5');
  await expect(panel.getByText('0.5초')).toBeVisible();
  await panel.getByRole('checkbox', { name: '갔다가 되돌아오기' }).check();
  await mina.button(['2×', '2×'], panel).click();
  await expectLooksRight(mina, info.outputPath('edited.png'));
  await makeGif(mina);
  const bytes = await sent(mina, sora);
  expect([bytes.readUInt16LE(6), bytes.readUInt16LE(8)]).toEqual([64, 64]);
  // Half a second of red under a caption that stays is one picture.
  expect(countFrames(bytes)).toBeLessThanOrEqual(1);
});

test.describe('where GIFs have to be small', () => {
  test.use({ settings: { GIF_MAX_BYTES: '9000' } });

  test('one that is too large is made to fit, and says what it has less of', async ({ person, title }, info) => {
    const [mina, sora] = [await person(), await person()];
    await mina.createRoom({ title });
    await sora.enterRoom(title);
    const large = gif('큰 움짤.gif', { width: 320, height: 200, frames: 12 });
    expect(large.buffer.length).toBeGreaterThan(9000);
    await dropFiles(mina, [large, gif('작은.gif')]);
    await expect(panelOf(mina).getByText('너무 커서 보낼 수 있게 줄이는 중')).toBeVisible();
    await expectLooksRight(mina, info.outputPath('fitting.png'));
    await expect(panelOf(mina).locator('.thumb')).toHaveCount(2, { timeout: 40_000 });
    await expect(panelOf(mina).getByText(/큰 움짤\.gif: .*줄였어요/)).toBeVisible();
    await expectLooksRight(mina, info.outputPath('fitted.png'));
    await panelSend(mina).click();
    await expect(sora.gifs).toHaveCount(2);
  });

  test('what cannot be read is named, and can be tried again', async ({ person, title }) => {
    const mina = await person({ locale: 'en-US' });
    await mina.createRoom({ title });
    await dropFiles(mina, [{ ...gifOfBytes(40_000), buffer: Buffer.alloc(40_000, 7) }]);
    await expect(complaint(mina)).toContainText('커다란.gif: this browser cannot read');
    await mina.button(['다시 시도', 'Try again'], panelOf(mina)).click();
    await expect(complaint(mina)).toContainText('커다란.gif: this browser cannot read');
  });
});

/** Why a browser gives no camera: the name of its error, and the words that the person gets. */
const CAMERAS = {
  'there is none': ['NotFoundError', 'No camera was found'],
  'it was not allowed': ['NotAllowedError', 'The camera was not allowed'],
  'another app has it': ['NotReadableError', 'could not be opened'],
  'the page may not ask for any': [undefined, 'cannot be used in this browser'],
} as const;

for (const [why, [error, words]] of Object.entries(CAMERAS)) {
  test(`without a camera there are words and another way: ${why}`, async ({ person, title }, info) => {
    const mina = await person({ locale: 'en-US', viewport: PHONE });
    await mina.page.addInitScript((error) => {
      const refuse = () => Promise.reject(new DOMException('', error));
      Object.defineProperty(navigator, 'mediaDevices', { value: error && { getUserMedia: refuse } });
    }, error);
    await mina.createRoom({ title });
    await openMaking(mina);
    await cameraButton(mina).click();
    await expect(complaint(mina)).toContainText(words);
    await expect(cameraButton(mina)).toBeFocused();
    await expectLooksRight(mina, info.outputPath('no-camera.png'));
    await chooseToMake(mina, FILMS.webp);
    await expect(complaint(mina)).toHaveCount(0);
    await expect(makeButton(mina)).toBeVisible();
  });
}

test('a camera that is taken away leaves what it has seen', async ({ person, title }) => {
  const mina = await person(WITH_CAMERA);
  await mina.createRoom({ title });
  await openMaking(mina);
  const takeAway = () =>
    mina.page.evaluate(() => {
      const [track] = (document.querySelector('video')!.srcObject as MediaStream).getTracks();
      track!.stop();
      track!.dispatchEvent(new Event('ended'));
    });
  await cameraButton(mina).click();
  await expect(recordButton(mina)).toBeVisible();
  await takeAway();
  await expect(complaint(mina)).toContainText('카메라가 끊겼어요');

  await cameraButton(mina).click();
  await recordButton(mina).click();
  // The recording is interrupted after a third of its three seconds.
  await expect(panelOf(mina).getByText('찍는 중…')).toBeVisible();
  const recorded = async () => Number(await panelOf(mina).getByRole('progressbar').getAttribute('value'));
  await expect.poll(recorded, { intervals: [50] }).toBeGreaterThan(33);
  await takeAway();
  await expect(panelOf(mina).getByText(/카메라가 끊겨서 \d\.\d초만 찍었어요/)).toBeVisible();
  await makeGif(mina);
});

test('the camera is let go when the tab changes and when the panel closes', async ({ person, title }) => {
  const mina = await person(WITH_CAMERA);
  await mina.page.addInitScript(() => {
    const devices = navigator.mediaDevices;
    const ask = devices.getUserMedia.bind(devices);
    devices.getUserMedia = async (wanted) => {
      const stream = await ask(wanted);
      Object.assign(window, { stream });
      return stream;
    };
  });
  const state = () =>
    mina.page.evaluate(() => (window as unknown as { stream: MediaStream }).stream.getTracks().map((track) => track.readyState));
  await mina.createRoom({ title });
  await openMaking(mina);
  await cameraButton(mina).click();
  await expect(recordButton(mina)).toBeVisible();
  expect(await state()).toEqual(['live']);
  await openTab(mina, 'mine');
  await expect.poll(state).toEqual(['ended']);
  await openTab(mina, 'make');
  await cameraButton(mina).click();
  await expect(recordButton(mina)).toBeVisible();
  expect(await state()).toEqual(['live']);
  await mina.page.keyboard.press('Escape');
  await expect(panelOf(mina)).toBeHidden();
  await expect.poll(state).toEqual(['ended']);
});

test('making can be cancelled, and what was edited is still there', async ({ person, title }, info) => {
  const mina = await person({ ...WITH_CAMERA, locale: 'en-US' });
  await mina.createRoom({ title });
  const panel = await openMaking(mina);
  await record(mina);
  await unfoldEditing(mina);
  await mina.button(['크게', 'Large'], panel).click();
  // (A quick machine would be done before the test could cancel.)
  const maker = await holdRequests(mina, '**/maker.js*');
  await makeButton(mina).click();
  const cancel = mina.button(['취소', 'Cancel'], panel);
  await expect(cancel).toBeFocused();
  await expectLooksRight(mina, info.outputPath('making.png'));
  await cancel.press('Enter');
  maker.release();
  await expect(makeButton(mina)).toBeFocused();
  await expect(complaint(mina)).toHaveCount(0);
  await expect(mina.button(['크게', 'Large'], panel)).toHaveAttribute('aria-pressed', 'true');
  await makeGif(mina);
  // The GIF can be changed and made again.
  await openTab(mina, 'make');
  await expect(makeButton(mina)).toBeVisible();
});

test('where the maker cannot be loaded, words say so, and trying again helps', async ({ person, title }, info) => {
  const mina = await person();
  await mina.createRoom({ title });
  await mina.page.route('**/maker.js*', (route) => route.abort());
  await openMaking(mina);
  await chooseToMake(mina, FILMS.webp);
  await makeButton(mina).click();
  await expect(complaint(mina)).toContainText('불러오지 못했어요');
  await expectLooksRight(mina, info.outputPath('not-loaded.png'));
  await mina.page.unroute('**/maker.js*');
  await mina.button(['다시 시도', 'Try again'], panelOf(mina)).click();
  await expectMade(mina);
});

test('what cannot be read, and what is left out, is named', async ({ person, title }) => {
  const mina = await person();
  await mina.createRoom({ title });
  await dropFiles(mina, [{ ...FILMS.webm, name: '망가진.webm', buffer: Buffer.from('x') }]);
  await expect(complaint(mina)).toContainText('망가진.webm: 이 브라우저가 읽지 못하는');
  await dropFiles(mina, [FILMS.webm, { ...FILMS.webm, name: '두 번째.webm' }]);
  await expect(complaint(mina)).toContainText('두 번째.webm: 영상은 한 번에 하나씩');
  await expect(makeButton(mina)).toBeVisible();
});

test('a GIF can be recorded and made with the keyboard alone', async ({ person, title }) => {
  const [mina, sora] = [await person({ ...WITH_CAMERA, locale: 'en-US' }), await person()];
  await mina.createRoom({ title });
  await sora.enterRoom(title);
  await openMaking(mina, 'keyboard');
  await mina.press(cameraButton(mina), 'keyboard');
  await expect(recordButton(mina)).toBeFocused();
  await mina.page.keyboard.press('Enter');
  await expect(makeButton(mina)).toBeFocused({ timeout: 30_000 });
  await mina.page.keyboard.press('Enter');
  await expectMade(mina);
  await mina.page.keyboard.press('Enter');
  await expect(sora.gifs).toHaveCount(1);
});

test('a browser that cannot take pictures apart leaves that to the maker', async ({ person, title }) => {
  const [mina, sora] = [await person(), await person()];
  await mina.page.addInitScript(() => Reflect.deleteProperty(window, 'ImageDecoder'));
  await mina.createRoom({ title });
  await sora.enterRoom(title);
  await openMaking(mina);
  await chooseToMake(mina, [FILMS.webp, gif('둘.gif', { width: 96, height: 64, frames: 2 }), FILMS.apng]);
  await makeGif(mina);
  expect(countFrames(await sent(mina, sora))).toBe(6);
});

test('a browser that fails halfway through a file leaves no pictures of it twice', async ({ person, title }) => {
  const [mina, sora] = [await person(), await person()];
  await mina.page.addInitScript(() => {
    const decoder: { decode(options: { frameIndex: number }): Promise<unknown> } = ImageDecoder.prototype;
    const { decode } = decoder;
    decoder.decode = function (options) {
      // Nothing that can be drawn, after a red and a blue picture.
      if (options.frameIndex === 5) return Promise.resolve({ image: { displayWidth: 96, displayHeight: 64 } });
      return decode.call(this, options);
    };
  });
  await mina.createRoom({ title });
  await sora.enterRoom(title);
  await openMaking(mina);
  await chooseToMake(mina, FILMS.apng);
  await makeGif(mina);
  expect(countFrames(await sent(mina, sora))).toBe(2);
});

for (const [size, viewport, schemes] of EACH_SIZE) {
  for (const colorScheme of schemes) {
    test(`making looks right: ${size}, ${colorScheme}`, async ({ person, title }, info) => {
      const mina = await person({ ...WITH_CAMERA, viewport, colorScheme, ...(viewport === PHONE ? TOUCH : {}) });
      await mina.createRoom({ title });
      await openMaking(mina);
      await expectLooksRight(mina, info.outputPath('start.png'));
      await cameraButton(mina).click();
      await expect(recordButton(mina)).toBeVisible();
      await expectLooksRight(mina, info.outputPath('camera.png'));
      await recordButton(mina).click();
      await expect(panelOf(mina).getByRole('timer')).toBeVisible();
      await mina.page.screenshot({ path: info.outputPath('counting.png') });
      await expect(makeButton(mina)).toBeVisible({ timeout: 30_000 });
      await expectLooksRight(mina, info.outputPath('ready.png'));
      await unfoldEditing(mina);
      await panelOf(mina).getByRole('textbox').fill('월요일 아침의 나');
      await expectLooksRight(mina, info.outputPath('edit.png'));
      await panelOf(mina).locator('.make-fields').evaluate((fields) => fields.scrollIntoView({ block: 'end' }));
      await expectLooksRight(mina, info.outputPath('edit-end.png'));
      await makeGif(mina);
      await expectLooksRight(mina, info.outputPath('made.png'));
    });
  }
}
