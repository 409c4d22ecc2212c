/** Requests of a page that a test keeps waiting. */

import type { Request } from '@playwright/test';

import type { Person } from './person.ts';

interface HeldRequests {
  /** How many there have been. */
  count(): number;
  /** How many of them the page has cancelled. */
  cancelled(): number;
  /** Lets all of them go on, and those that follow. */
  release(): void;
}

/** Holds this person's requests to a URL, by a pattern of Playwright's `route`. */
export async function holdRequests({ page }: Person, url: string): Promise<HeldRequests> {
  const held: Request[] = [];
  let release = () => {};
  const released = new Promise<void>((resolve) => (release = resolve));
  await page.route(url, async (route) => {
    const request = route.request();
    held.push(request);
    await released;
    // A request that was cancelled a moment ago could still be sent, because the part of the browser that holds it learns of that last.
    if (!isCancelled(request)) await route.continue();
  });
  return { count: () => held.length, cancelled: () => held.filter(isCancelled).length, release };
}

function isCancelled(request: Request): boolean {
  return request.failure() !== null;
}
