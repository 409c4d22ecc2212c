/** Files to upload: GIFs that are drawn here, and files that are not quite GIFs. */

export interface Upload {
  name: string;
  mimeType: string;
  buffer: Buffer;
}

interface Drawing {
  width?: number;
  height?: number;
  frames?: number;
  /** 0 to 5: the pair of colours that the gradient runs between. */
  tint?: number;
}

/** LZW codes of 128 colours begin with 8 bits. Clearing the table this often keeps them at 8, so that each pixel is one byte. */
const PIXELS_BETWEEN_CLEARS = 120;
const COLOURS = 128;
const CLEAR = 128;
const END = 129;

const TINTS = [
  [[246, 190, 92], [130, 80, 230]],
  [[70, 220, 190], [46, 108, 238]],
  [[255, 120, 120], [255, 214, 120]],
  [[120, 200, 255], [240, 130, 200]],
  [[150, 230, 120], [40, 120, 160]],
  [[250, 250, 210], [220, 90, 60]],
] as const;

/** A small animated GIF (version 89a) in which a ball bounces over a gradient. */
export function gif(name = '움짤.gif', { width = 32, height = 24, frames = 3, tint = 0 }: Drawing = {}): Upload {
  const parts = [Buffer.from('GIF89a'), uint16s(width, height), Buffer.from([0xf6, 0, 0]), palette(tint), LOOP_FOREVER];
  for (let frame = 0; frame < frames; frame++) {
    parts.push(Buffer.from([0x21, 0xf9, 4, 0, 8, 0, 0, 0]));
    parts.push(Buffer.from([0x2c]), uint16s(0, 0, width, height), Buffer.from([0]));
    parts.push(pixels(width, height, frame / frames));
  }
  parts.push(Buffer.from([0x3b]));
  return { name, mimeType: 'image/gif', buffer: Buffer.concat(parts) };
}

/** A GIF of plain and pictured frames, each shown for 80 ms, again and again. */
export function gifOfFrames(kinds: readonly ('black' | 'white' | 'picture')[], times = 1): Upload {
  const [width, height] = [320, 240];
  const colours = Array.from({ length: COLOURS }, (_, i) => (i === 0 ? [0, 0, 0] : i === 1 ? [255, 255, 255] : [250, 2 * i, 160 - i]));
  const parts = [Buffer.from('GIF89a'), uint16s(width, height), Buffer.from([0xf6, 0, 0]), Buffer.from(colours.flat()), LOOP_FOREVER];
  for (const [n, kind] of Array.from({ length: times }, () => kinds).flat().entries()) {
    const colour = (i: number): number => (kind === 'black' ? 0 : kind === 'white' ? 1 : 40 + ((i + n) % 80));
    parts.push(Buffer.from([0x21, 0xf9, 4, 0, 8, 0, 0, 0]));
    parts.push(Buffer.from([0x2c]), uint16s(0, 0, width, height), Buffer.from([0]), imageData(width * height, colour));
  }
  parts.push(Buffer.from([0x3b]));
  return { name: '장면.gif', mimeType: 'image/gif', buffer: Buffer.concat(parts) };
}

/** A GIF whose file ends in the middle of the pixels of its only frame. */
export function truncatedGif(): Upload {
  const whole = gif('잘린.gif', { width: 64, height: 64, frames: 1 });
  return { ...whole, buffer: whole.buffer.subarray(0, whole.buffer.length / 2) };
}

/** A GIF whose file is padded to this many bytes. */
export function gifOfBytes(bytes: number): Upload {
  const small = gif('커다란.gif');
  return { ...small, buffer: Buffer.concat([small.buffer], bytes) };
}

/** A PNG of one pixel whose name and media type are those of a GIF. */
export function pngNamedGif(): Upload {
  const png = 'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==';
  return { name: '사실은-png.gif', mimeType: 'image/gif', buffer: Buffer.from(png, 'base64') };
}

/** The Netscape extension, without which a GIF plays once. */
const LOOP_FOREVER = Buffer.concat([
  Buffer.from([0x21, 0xff, 11]),
  Buffer.from('NETSCAPE2.0'),
  Buffer.from([3, 1, 0, 0, 0]),
]);

function uint16s(...values: number[]): Buffer {
  return Buffer.from(Uint16Array.from(values).buffer);
}

function palette(tint: number): Buffer {
  const [from, to] = TINTS[tint % TINTS.length]!;
  const colours = Array.from({ length: COLOURS }, (_, i) => {
    const share = i / (COLOURS - 1);
    return from.map((channel, c) => Math.round(channel + (to[c]! - channel) * share));
  });
  return Buffer.from(colours.flat());
}

/** The image data of one frame. `moment` is the part of the animation that is over, from 0 to 1. */
function pixels(width: number, height: number, moment: number): Buffer {
  const radius = height / 5;
  const centre = { x: width / 2, y: height - radius * (1.2 + 2.6 * Math.abs(Math.sin(Math.PI * moment))) };
  return imageData(width * height, (i) => {
    const [x, y] = [i % width, Math.floor(i / width)];
    const isBall = Math.hypot(x - centre.x, y - centre.y) < radius;
    return Math.floor(((x + y) / (width + height)) * (COLOURS / 2) + (isBall ? COLOURS / 2 : 0)) % COLOURS;
  });
}

/** Image data of so many pixels, each of the colour with that number. */
function imageData(count: number, colour: (pixel: number) => number): Buffer {
  const codes: number[] = [];
  for (let i = 0; i < count; i++) {
    if (i % PIXELS_BETWEEN_CLEARS === 0) codes.push(CLEAR);
    codes.push(colour(i));
  }
  codes.push(END);
  const blocks: Buffer[] = [Buffer.from([7])];
  for (let at = 0; at < codes.length; at += 255) {
    const block = codes.slice(at, at + 255);
    blocks.push(Buffer.from([block.length, ...block]));
  }
  return Buffer.concat([...blocks, Buffer.from([0])]);
}
