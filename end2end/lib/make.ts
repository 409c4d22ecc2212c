/** What people do in the tab for making GIFs. */

import { expect, type BrowserContextOptions, type Locator } from '@playwright/test';

import type { Upload } from './gif.ts';
import { addressOf } from './messages.ts';
import { openPanel, panelOf, tabOf } from './panel.ts';
import type { Input, Person } from './person.ts';

/** A person whose browser may use the camera. (Its picture is drawn by the browser.) */
export const WITH_CAMERA: BrowserContextOptions = { permissions: ['camera'] };

export async function openMaking(someone: Person, input: Input = 'mouse'): Promise<Locator> {
  const panel = await openPanel(someone, input);
  if (input === 'keyboard') {
    await someone.tabTo(tabOf(someone, 'mine'));
    await someone.page.keyboard.press('ArrowLeft');
  } else {
    await someone.press(tabOf(someone, 'make'), input);
  }
  return panel;
}

export function cameraButton(someone: Person): Locator {
  return someone.button(['카메라로 찍기', 'Use the camera'], panelOf(someone));
}

export function recordButton(someone: Person, seconds = 3): Locator {
  return someone.button([`${seconds}초 찍기`, `Record ${seconds} s`], panelOf(someone));
}

export function makeButton(someone: Person): Locator {
  return someone.button(['GIF 만들기', 'Make the GIF'], panelOf(someone));
}

/** The preview of the GIF. */
export function preview(someone: Person): Locator {
  return panelOf(someone).locator('.make-show canvas');
}

/** What is wrong, in words. */
export function complaint(someone: Person): Locator {
  return panelOf(someone).getByRole('alert').filter({ visible: true });
}

/** Chooses files of which a GIF is to be made, in the open tab for making GIFs. */
export async function chooseToMake(someone: Person, files: Upload | Upload[]): Promise<void> {
  await panelOf(someone).locator('.make input[type=file]').setInputFiles(files);
}

export async function unfoldEditing(someone: Person): Promise<void> {
  await someone.button(['편집', 'Edit'], panelOf(someone)).click();
}

/** Records for three seconds with the camera. */
export async function record(someone: Person): Promise<void> {
  await cameraButton(someone).click();
  await recordButton(someone).click();
  await expect(makeButton(someone)).toBeVisible({ timeout: 30_000 });
}

/** Presses the button, and waits until the GIF is among the files that are about to be sent. */
export async function makeGif(someone: Person): Promise<void> {
  await makeButton(someone).click();
  await expectMade(someone);
}

export async function expectMade(someone: Person): Promise<void> {
  await expect(panelOf(someone).locator('.thumb img')).toBeVisible({ timeout: 40_000 });
}

/** The colours of a picture or canvas at these places, given as fractions of its width and height. */
export function colours(picture: Locator, places: [number, number][]): Promise<number[][]> {
  return picture.evaluate((picture: HTMLCanvasElement & HTMLImageElement, places) => {
    const canvas = document.createElement('canvas');
    const [width, height] = [picture.naturalWidth || picture.width, picture.naturalHeight || picture.height];
    Object.assign(canvas, { width, height });
    const context = canvas.getContext('2d')!;
    context.drawImage(picture, 0, 0);
    return places.map(([x, y]) => [...context.getImageData(Math.floor(x * width), Math.floor(y * height), 1, 1).data]);
  }, places);
}

/** How much of the upper or lower half of the preview is nearly white, and how much nearly black, as fractions of the half. */
export function ink(canvas: Locator, half: 'top' | 'bottom'): Promise<{ white: number; black: number }> {
  return canvas.evaluate((canvas: HTMLCanvasElement, half) => {
    const { width, height } = canvas;
    const middle = Math.floor(height / 2);
    const { data } = canvas.getContext('2d')!.getImageData(0, half === 'top' ? 0 : middle, width, middle);
    let [white, black] = [0, 0];
    for (let at = 0; at < data.length; at += 4) {
      const sum = data[at]! + data[at + 1]! + data[at + 2]!;
      if (sum > 690) white++;
      if (sum < 75) black++;
    }
    return { white: (white * 4) / data.length, black: (black * 4) / data.length };
  }, half);
}

/** How many pictures the bytes of a GIF have. */
export function countFrames(gif: Buffer): number {
  return gif.toString('latin1').split('\x21\xf9\x04').length - 1;
}

/** The bytes of a GIF in the log. */
export async function bytesOf(someone: Person, gif: Locator): Promise<Buffer> {
  const answer = await someone.context.request.get(await addressOf(gif));
  expect(answer.status()).toBe(200);
  return answer.body();
}

/** Pastes a picture file, as after the browser's "copy image", which keeps only one frame of a moving picture. */
export async function pastePicture(someone: Person, { name, mimeType, buffer }: Upload): Promise<void> {
  await someone.messageBox.focus();
  await someone.page.evaluate(
    ({ name, mimeType, bytes }) => {
      const data = new DataTransfer();
      data.items.add(new File([new Uint8Array(bytes)], name, { type: mimeType }));
      const paste = new ClipboardEvent('paste', { bubbles: true, cancelable: true, clipboardData: data });
      document.activeElement!.dispatchEvent(paste);
    },
    { name, mimeType, bytes: [...buffer] },
  );
}
