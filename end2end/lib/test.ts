/** The fixtures of all specs: a server, and people who come to it. */

import { writeFile } from 'node:fs/promises';

import { test as base, expect, type BrowserContextOptions } from '@playwright/test';

import { Line } from './line.ts';
import { Person } from './person.ts';
import { Site, type Settings } from './site.ts';

export { expect };
export type { Person };

/** All rounds of the repeated tests, or a tenth of them: bin/test --long. */
export const LONG = process.env['GIFCHAT_LONG'] === '1';

/** How often a race is run. */
export const ROUNDS = LONG ? 20 : 2;

interface Coming extends BrowserContextOptions {
  /** The cable this person comes by, when the test wants to cut it. */
  line?: Line;
}

interface Fixtures {
  /** Settings that need a server of the test's own; `{}` is an empty server with the usual ones. */
  settings: Settings | undefined;
  site: Site;
  /** A new person: a browser context of their own. */
  person: (options?: Coming) => Promise<Person>;
  line: Line;
  /** A title that no other test uses on the shared server. */
  title: string;
}

export const test = base.extend<Fixtures, { shared: Site }>({
  settings: [undefined, { option: true }],

  shared: [
    async ({}, use) => {
      const site = await Site.start();
      await use(site);
      await site.remove();
    },
    { scope: 'worker' },
  ],

  site: async ({ settings, shared }, use, info) => {
    const site = settings ? await Site.start(settings) : shared;
    const from = site.log.length;
    await use(site);
    if (info.status !== info.expectedStatus) await writeFile(info.outputPath('server.log'), site.log.slice(from));
    if (settings) await site.remove();
  },

  line: async ({ site }, use) => {
    const line = await Line.to(site.url);
    await use(line);
    await line.close();
  },

  person: async ({ browser, site, contextOptions }, use) => {
    const people: Person[] = [];
    await use(async ({ line, ...options } = {}) => {
      const someone = await Person.arrive(browser, line?.url ?? site.url, { ...contextOptions, ...options });
      people.push(someone);
      return someone;
    });
    const complaints = people.flatMap((someone) => someone.complaints);
    await Promise.all(people.map((someone) => someone.context.close()));
    expect(complaints, 'what the browsers complained about').toEqual([]);
  },

  title: async ({}, use, info) => {
    await use(`${info.title.slice(0, 30)} ${crypto.randomUUID().slice(0, 8)}`);
  },
});
