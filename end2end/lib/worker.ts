/** The service worker of a person's browser, and the page that it shows when there is no network. */

import { expect, type Locator } from '@playwright/test';

import type { Person } from './person.ts';

/** A browser that may have workers. The tests of everything else have none. */
export const WITH_WORKER = { serviceWorkers: 'allow' } as const;

/** Waits until the worker at our address handles what this page loads next. The worker itself is asked for its state, because the
 * state that Chromium tells the page sometimes stays at "activating". */
export async function waitForWorker({ context }: Person): Promise<void> {
  const own = () => context.serviceWorkers().filter((worker) => worker.url().endsWith('/sw.js'));
  const states = () =>
    Promise.all(own().map((worker) => worker.evaluate(() => (self as unknown as { serviceWorker: ServiceWorker }).serviceWorker.state)));
  await expect.poll(states, { message: 'no worker came' }).toContain('activated');
}

/** The paths of everything that the worker keeps, of all its builds. */
export function keptFiles({ page }: Person): Promise<string[]> {
  return page.evaluate(async () => {
    const paths: string[] = [];
    for (const name of await caches.keys()) {
      for (const { url } of await (await caches.open(name)).keys()) paths.push(new URL(url).pathname);
    }
    return paths.sort();
  });
}

export function countWorkers({ page }: Person): Promise<number> {
  return page.evaluate(async () => (await navigator.serviceWorker.getRegistrations()).length);
}

/** The heading of the page that the worker shows without a network. */
export function offlineHeading(someone: Person): Locator {
  return someone.page.getByRole('heading', { name: someone.words(['연결할 수 없어요', 'No connection']) });
}

/** Loads the page again without a network. */
export async function reloadOffline(someone: Person): Promise<void> {
  await someone.page.reload();
  await expect(offlineHeading(someone)).toBeVisible();
}

/** The bar that offers a new version. */
export function updateBar({ page }: Person): Locator {
  return page.locator('#update.shown');
}

/** The texts of a room in which this person has no seat any more. */
export function unsentTexts(someone: Person): Locator {
  return someone.page.getByRole('textbox', { name: someone.words(['보내지 못한 글', 'Not sent']) });
}

/** The keys under which the browser has stored texts and drafts. */
export function storedTexts({ page }: Person): Promise<string[]> {
  return page.evaluate(() => Object.keys(localStorage).filter((key) => /^gifchat\.(out|draft|aim)\./.test(key)));
}
