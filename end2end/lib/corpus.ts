/** The corpus of GIFs (the crate chat/corpus), and how a browser shows them. */

import { readFile } from 'node:fs/promises';
import path from 'node:path';

import type { Upload } from './gif.ts';

/** One file of the corpus. */
export interface Sample {
  file: string;
  /** What is peculiar about it. */
  name: string;
  bytes: number;
  /** What every browser shows of a file that the server stores; null for a file that the server refuses. */
  shown: Size | null;
}

export interface Size {
  width: number;
  height: number;
  frames: number;
}

/** bin/test writes the corpus before the browser tests. */
function folder(): string {
  const folder = process.env['GIFCHAT_CORPUS'];
  if (!folder) throw new Error('GIFCHAT_CORPUS is not set: run this by bin/test e2e, which writes the corpus there');
  return folder;
}

export async function readCorpus(): Promise<Sample[]> {
  return JSON.parse(await readFile(path.join(folder(), 'corpus.json'), 'utf8')) as Sample[];
}

export async function uploadOf({ file }: Sample): Promise<Upload> {
  return { name: file, mimeType: 'image/gif', buffer: await readFile(path.join(folder(), file)) };
}

/** At most `count` of all, evenly spread. */
export function spread<T>(all: T[], count: number): T[] {
  if (all.length <= count) return all;
  return Array.from({ length: count }, (_, n) => all[Math.floor((n * all.length) / count)]!);
}

/** A message with a GIF, and the file that the GIF was sent as. */
export interface Stored {
  seq: number;
  sha: string;
  file: string;
  name: string;
}

/** How a browser shows a stored GIF. */
export interface Look {
  /** The size and the number of frames that the browser reads from the GIF itself. */
  stored: Size;
  /** The size and a hash of the pixels of its last frame. */
  last: string;
  /** How large the log shows it, in CSS pixels. */
  laidOut: { width: number; height: number; isStretched: boolean };
}

/** Looks at a GIF in an open room. This runs in the page, so it uses nothing from outside. */
export async function look({ seq, sha }: Stored): Promise<Look | string> {
  const deadline = performance.now() + 10_000;
  const until = async <T>(get: () => T | null | undefined | false): Promise<T> => {
    for (;;) {
      const found = get();
      if (found) return found;
      if (performance.now() > deadline) throw new Error(`never came: ${get}`);
      await new Promise(requestAnimationFrame);
    }
  };
  try {
    const box = await until(() => document.querySelector<HTMLElement>(`#m${seq} .gif`));
    box.scrollIntoView({ block: 'center' });
    // The picture may change its address while the server still finds out about the GIF.
    await until(() => {
      box.querySelector<HTMLElement>('.veil')?.click();
      const image = box.querySelector('img');
      return image?.complete && image.naturalWidth > 0;
    });
    const { width, height } = box.querySelector('img')!.getBoundingClientRect();
    const laidOut = { width, height, isStretched: box.classList.contains('stretched') };

    const address = location.pathname.replace('/room/', '/gif/') + `/${sha}`;
    const image = new Image();
    image.src = address;
    await image.decode();
    const data = await (await fetch(address)).arrayBuffer();
    const decoder = new ImageDecoder({ data, type: 'image/gif' });
    await Promise.all([decoder.completed, decoder.tracks.ready]);
    const frames = decoder.tracks.selectedTrack!.frameCount;
    // To decode the last frame, the browser has to decode all others.
    const { image: frame } = await decoder.decode({ frameIndex: frames - 1 });
    const canvas = new OffscreenCanvas(frame.displayWidth, frame.displayHeight);
    const context = canvas.getContext('2d')!;
    context.drawImage(frame, 0, 0);
    frame.close();
    decoder.close();
    const pixels = context.getImageData(0, 0, canvas.width, canvas.height).data;
    const hash = new Uint8Array(await crypto.subtle.digest('SHA-256', pixels));
    const last = `${canvas.width}x${canvas.height} ${hash.slice(0, 8).join('-')}`;
    return { stored: { width: image.naturalWidth, height: image.naturalHeight, frames }, last, laidOut };
  } catch (error) {
    return String(error);
  }
}

/** What is wrong with how a GIF is shown. */
export function faultsOf(shown: Size, { stored, laidOut }: Look): string[] {
  const faults: string[] = [];
  for (const what of ['width', 'height', 'frames'] as const) {
    if (stored[what] !== shown[what]) faults.push(`${what} ${stored[what]} instead of ${shown[what]}`);
  }
  const { width, height, isStretched } = laidOut;
  if (width < 15.5 || height < 15.5 || width > 320.5 || height > 320.5) faults.push(`laid out as ${width} by ${height}`);
  // Whole pixels may change the shape a little.
  const [right, high] = [(height * shown.width) / shown.height, (width * shown.height) / shown.width];
  const keepsShape = Math.min(Math.abs(width - right), Math.abs(height - high)) <= 1.5;
  if (!keepsShape && !isStretched) faults.push(`laid out as ${width} by ${height}, which is another shape`);
  return faults;
}
