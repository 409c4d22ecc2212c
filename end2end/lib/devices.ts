/** The screens and the kinds of input that tests are run with. */

import type { BrowserContextOptions } from '@playwright/test';

import { LONG } from './long.ts';
import type { Input } from './person.ts';

export const WIDE = { width: 1280, height: 800 };
export const PHONE = { width: 390, height: 844 };

type Scheme = 'light' | 'dark';

/** Each screen with its name and the color schemes to test it in: both schemes with --long, otherwise one for each screen. */
export const EACH_SIZE: [string, { width: number; height: number }, Scheme[]][] = [
  ['wide', WIDE, LONG ? ['light', 'dark'] : ['light']],
  ['phone', PHONE, LONG ? ['light', 'dark'] : ['dark']],
];

export const TOUCH = { hasTouch: true, isMobile: true };

/** A person for each kind of input: Korean with a mouse, English with the keyboard, Korean on a phone. */
export const INPUTS: Record<Input, BrowserContextOptions> = {
  mouse: { locale: 'ko-KR', viewport: WIDE },
  keyboard: { locale: 'en-US', viewport: WIDE },
  touch: { locale: 'ko-KR', viewport: PHONE, ...TOUCH },
};

/** The same as a list of pairs, for loops that make a test of each. */
export const EACH_INPUT = Object.entries(INPUTS) as [Input, BrowserContextOptions][];
