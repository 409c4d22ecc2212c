/** GIFs that compress as real ones do: dithered pictures in which something moves, compressed by LZW. */

import type { Upload } from '../lib/gif.ts';

const COLOURS = 128;
const CODE_BITS = 7;
const CLEAR = COLOURS;
const END = COLOURS + 1;
const MOST_CODES = 4096;

/** Width, height and number of frames of GIFs as people send them. */
const SHAPES = [
  [320, 240, 40],
  [400, 300, 32],
  [480, 270, 30],
  [360, 480, 24],
  [480, 360, 24],
  [500, 281, 28],
  [320, 320, 36],
  [640, 360, 20],
  [498, 373, 22],
  [640, 480, 20],
] as const;

/** Thresholds of an ordered dither. */
const BAYER = [0, 8, 2, 10, 12, 4, 14, 6, 3, 11, 1, 9, 15, 7, 13, 5].map((step) => (step + 0.5) / 16);

/** The GIF with this number, which decides its shape and its colours. */
export function drawnGif(number: number): Upload {
  const [width, height, frames] = SHAPES[number % SHAPES.length]!;
  const parts = [Buffer.from('GIF89a'), uint16s(width, height), Buffer.from([0xf6, 0, 0]), palette(number)];
  parts.push(Buffer.from([0x21, 0xff, 11]), Buffer.from('NETSCAPE2.0'), Buffer.from([3, 1, 0, 0, 0]));
  for (let frame = 0; frame < frames; frame++) {
    parts.push(Buffer.from([0x21, 0xf9, 4, 4, 7, 0, 0, 0]), Buffer.from([0x2c]), uint16s(0, 0, width, height), Buffer.from([0]));
    parts.push(imageData(picture(width, height, frame / frames, number)));
  }
  parts.push(Buffer.from([0x3b]));
  return { name: `${number}.gif`, mimeType: 'image/gif', buffer: Buffer.concat(parts) };
}

/** A backdrop that stays, and before it a cloud that drifts and turns. `moment` is the part of the loop that is over, 0 to 1. */
function picture(width: number, height: number, moment: number, seed: number): Uint8Array {
  const pixels = new Uint8Array(width * height);
  const turn = 2 * Math.PI * moment;
  const centre = { x: width * (0.5 + 0.15 * Math.cos(turn)), y: height * (0.5 + 0.1 * Math.sin(turn)) };
  const radius = Math.min(width, height) * 0.38;
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      const [dx, dy] = [x - centre.x, y - centre.y];
      const isCloud = dx * dx + dy * dy < radius * radius;
      const [u, v] = isCloud ? [dx / 23 + Math.sin(turn + seed), dy / 17 + Math.cos(turn)] : [x / 61 + seed, y / 47];
      const light = 0.5 + 0.25 * Math.sin(u + Math.sin(v)) + 0.2 * Math.sin(v * 0.7 + u * 0.3);
      const level = (isCloud ? light * 0.55 + 0.42 : light * 0.5) * 31;
      // Only every fourth colour is used. (A place in a photograph uses only some of its palette's colours, too.)
      const dithered = Math.floor(level) + (level % 1 > BAYER[(y % 4) * 4 + (x % 4)]! ? 1 : 0);
      pixels[y * width + x] = Math.min(COLOURS - 1, dithered * 4);
    }
  }
  return pixels;
}

function palette(number: number): Buffer {
  const hue = (number * 47) % 360;
  const channel = (light: number, shift: number): number =>
    Math.round(255 * Math.min(1, light * (0.75 + 0.45 * Math.cos(((hue + shift + 70 * light) * Math.PI) / 180))));
  return Buffer.from(Array.from({ length: COLOURS }, (_, i) => [0, 120, 240].map((shift) => channel(i / (COLOURS - 1), shift))).flat());
}

/** The image data of a frame, compressed by LZW: each code stands for the longest string that came before. */
function imageData(pixels: Uint8Array): Buffer {
  const bytes: number[] = [];
  let [bits, count] = [0, 0];
  let size = CODE_BITS + 1;
  const write = (code: number): void => {
    bits |= code << count;
    count += size;
    for (; count >= 8; count -= 8, bits >>>= 8) bytes.push(bits & 255);
  };
  // For each string (by its code) and each colour after it, the code of both together; 0 if there is none yet.
  const longer = new Uint16Array(MOST_CODES * COLOURS);
  let next = END + 1;
  write(CLEAR);
  let string = pixels[0]!;
  for (const colour of pixels.subarray(1)) {
    const known = longer[string * COLOURS + colour]!;
    if (known) {
      string = known;
      continue;
    }
    write(string);
    if (next === MOST_CODES) {
      write(CLEAR);
      longer.fill(0);
      next = END + 1;
      size = CODE_BITS + 1;
    } else {
      if (next === 1 << size) size += 1;
      longer[string * COLOURS + colour] = next;
      next += 1;
    }
    string = colour;
  }
  write(string);
  write(END);
  if (count > 0) bytes.push(bits & 255);
  const blocks: Buffer[] = [Buffer.from([CODE_BITS])];
  for (let at = 0; at < bytes.length; at += 255) {
    const block = bytes.slice(at, at + 255);
    blocks.push(Buffer.from([block.length, ...block]));
  }
  return Buffer.concat([...blocks, Buffer.from([0])]);
}

function uint16s(...values: number[]): Buffer {
  return Buffer.from(Uint16Array.from(values).buffer);
}
