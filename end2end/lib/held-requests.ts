/** Requests of a page that a test keeps waiting. */

import type { Person } from './person.ts';

interface HeldRequests {
  /** How many there have been. */
  count(): number;
  /** Lets all of them go on, and those that follow. */
  release(): void;
}

/** Holds this person's requests to a URL, by a pattern of Playwright's `route`. */
export async function holdRequests({ page }: Person, url: string): Promise<HeldRequests> {
  let [count, release] = [0, () => {}];
  const released = new Promise<void>((resolve) => (release = resolve));
  await page.route(url, async (route) => {
    count += 1;
    await released;
    // The page may have cancelled the request since; it cannot go on then.
    await route.continue().catch(() => {});
  });
  return { count: () => count, release };
}
