/** What must be true of every page in every look. */

import { AxeBuilder } from '@axe-core/playwright';
import { expect, type Locator } from '@playwright/test';

import { imageOf } from './messages.ts';
import type { Person } from './person.ts';

/** Axe finds nothing, no HTML shows as text, and nothing is wider than the screen. A screenshot is kept at `path`. */
export async function expectLooksRight(someone: Person, path: string): Promise<void> {
  const { page } = someone;
  // While something fades in, axe would measure the wrong contrast. (Endless animations are not waited for.)
  await page.evaluate(() => {
    const ending = document.getAnimations().filter(({ effect }) => effect?.getComputedTiming().endTime !== Infinity);
    return Promise.allSettled(ending.map((animation) => animation.finished));
  });
  await page.screenshot({ path });
  const { violations } = await new AxeBuilder({ page }).analyze();
  const found = violations.flatMap(({ id, help, nodes }) => nodes.map((node) => `${id}: ${help}: ${node.target.join(' ')}`));
  expect(found, path).toEqual([]);
  expect(await page.locator('body').innerText(), `${path} shows its source`).not.toMatch(/<\/?[a-z]+[ >]/);
  const sticksOut = await page.evaluate(() => {
    const { scrollWidth, clientWidth } = document.documentElement;
    if (scrollWidth <= clientWidth) return [];
    const wide = [...document.querySelectorAll('body *')].filter((node) => node.getBoundingClientRect().right > clientWidth);
    return [`${scrollWidth - clientWidth} px`, ...wide.map((node) => node.outerHTML.slice(0, 200))];
  });
  expect(sticksOut, `${path} scrolls sideways`).toEqual([]);
}

/** Waits until the browser has decoded the picture of a GIF. */
export async function expectDrawn(gif: Locator): Promise<void> {
  const image = imageOf(gif);
  await image.scrollIntoViewIfNeeded();
  await expect.poll(() => image.evaluate((img: HTMLImageElement) => img.complete && img.naturalWidth)).toBeGreaterThan(0);
}
