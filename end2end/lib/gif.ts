/** Pictures to send: GIFs drawn here, and files that only pretend to be one. */

export interface Upload {
  name: string;
  mimeType: string;
  buffer: Buffer;
}

interface Drawing {
  width?: number;
  height?: number;
  frames?: number;
  /** 0 to 5: which two colours the gradient runs between. */
  tint?: number;
}

/** The codes of 128 colours take 8 bits; clearing the table this often keeps them at 8, so a pixel is a byte. */
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

/** A small animated GIF (version 89a): a ball that bounces over a gradient. */
export function gif(name = '움짤.gif', { width = 32, height = 24, frames = 3, tint = 0 }: Drawing = {}): Upload {
  const parts = [Buffer.from('GIF89a'), words(width, height), Buffer.from([0xf6, 0, 0]), palette(tint), LOOP_FOR_EVER];
  for (let frame = 0; frame < frames; frame++) {
    parts.push(Buffer.from([0x21, 0xf9, 4, 0, 8, 0, 0, 0]));
    parts.push(Buffer.from([0x2c]), words(0, 0, width, height), Buffer.from([0]));
    parts.push(pixels(width, height, frame / frames));
  }
  parts.push(Buffer.from([0x3b]));
  return { name, mimeType: 'image/gif', buffer: Buffer.concat(parts) };
}

/** A GIF that breaks off in the middle of its pixels. */
export function cutGif(): Upload {
  const whole = gif('잘린.gif', { width: 64, height: 64 });
  return { ...whole, buffer: whole.buffer.subarray(0, whole.buffer.length / 2) };
}

/** A GIF with so much behind it that the file is of this many bytes. */
export function gifOfBytes(bytes: number): Upload {
  const small = gif('커다란.gif');
  return { ...small, buffer: Buffer.concat([small.buffer], bytes) };
}

/** A PNG of one pixel that is named, and announced, as a GIF. */
export function pngNamedGif(): Upload {
  const png = 'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==';
  return { name: '사실은-png.gif', mimeType: 'image/gif', buffer: Buffer.from(png, 'base64') };
}

/** The Netscape extension: without it a GIF plays once. */
const LOOP_FOR_EVER = Buffer.concat([
  Buffer.from([0x21, 0xff, 11]),
  Buffer.from('NETSCAPE2.0'),
  Buffer.from([3, 1, 0, 0, 0]),
]);

function words(...values: number[]): Buffer {
  return Buffer.from(Uint16Array.from(values).buffer);
}

function palette(tint: number): Buffer {
  const [from, to] = TINTS[tint % TINTS.length]!;
  const colours = Array.from({ length: COLOURS }, (_, i) => {
    const there = i / (COLOURS - 1);
    return from.map((channel, c) => Math.round(channel + (to[c]! - channel) * there));
  });
  return Buffer.from(colours.flat());
}

/** One frame, at a moment from 0 to 1 of the round. */
function pixels(width: number, height: number, moment: number): Buffer {
  const radius = height / 5;
  const centre = { x: width / 2, y: height - radius * (1.2 + 2.6 * Math.abs(Math.sin(Math.PI * moment))) };
  const codes: number[] = [];
  for (let i = 0; i < width * height; i++) {
    if (i % PIXELS_BETWEEN_CLEARS === 0) codes.push(CLEAR);
    const [x, y] = [i % width, Math.floor(i / width)];
    const onTheBall = Math.hypot(x - centre.x, y - centre.y) < radius;
    codes.push(Math.floor(((x + y) / (width + height)) * (COLOURS / 2) + (onTheBall ? COLOURS / 2 : 0)) % COLOURS);
  }
  codes.push(END);
  const blocks: Buffer[] = [Buffer.from([7])];
  for (let at = 0; at < codes.length; at += 255) {
    const block = codes.slice(at, at + 255);
    blocks.push(Buffer.from([block.length, ...block]));
  }
  return Buffer.concat([...blocks, Buffer.from([0])]);
}
