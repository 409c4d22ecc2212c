/** The fixtures of all specs: a server or a cluster, and people who come to it. */

import { writeFile } from 'node:fs/promises';

import { test as base, expect, type BrowserContextOptions } from '@playwright/test';

import { Cluster } from './cluster.ts';
import { Line } from './line.ts';
import { Person } from './person.ts';
import type { Settings } from './server.ts';
import { OneServer, type Site } from './site.ts';

export { expect };
export type { Person };

/** All rounds of the repeated tests, or a tenth of them: bin/test --long. */
export const LONG = process.env['GIFCHAT_LONG'] === '1';

/** How often a race is run. */
export const ROUNDS = LONG ? 20 : 2;

/** What is also tried on several nodes in a plain run: `test('…', NODES, async …)`. */
export const NODES = { tag: '@nodes' };

interface Coming extends BrowserContextOptions {
  /** The cable this person comes by, when the test wants to cut it. */
  line?: Line;
  /** Where this person comes in, when it matters. */
  url?: string;
}

interface Fixtures {
  /** Settings that need a server of the test's own; `{}` is an empty server with the usual ones. */
  settings: Settings | undefined;
  site: Site;
  /** The site, in tests that are of several nodes only. */
  cluster: Cluster;
  /** A new person: a browser context of their own. */
  person: (options?: Coming) => Promise<Person>;
  line: Line;
  /** A title that no other test uses on the shared server. */
  title: string;
}

interface WorkerFixtures {
  /** Several nodes instead of one server: says the project. */
  nodes: boolean;
  /** Starts what the project says. */
  start: (settings?: Settings) => Promise<Site>;
  /** The site of all tests that need none of their own; started by the first of them. */
  shared: () => Promise<Site>;
}

export const test = base.extend<Fixtures, WorkerFixtures>({
  settings: [undefined, { option: true }],
  nodes: [false, { option: true, scope: 'worker' }],

  start: [
    async ({ nodes }, use) => {
      await use((settings) => (nodes ? Cluster.start(settings) : OneServer.start(settings)));
    },
    { scope: 'worker' },
  ],

  shared: [
    async ({ start }, use) => {
      let site: Promise<Site> | undefined;
      await use(() => (site ??= start()));
      await (await site)?.remove();
    },
    { scope: 'worker' },
  ],

  site: async ({ settings, start, shared }, use, info) => {
    const site = settings ? await start(settings) : await shared();
    const from = site.log.length;
    await use(site);
    if (info.status !== info.expectedStatus) await writeFile(info.outputPath('server.log'), site.log.slice(from));
    if (settings) await site.remove();
  },

  cluster: async ({ site }, use) => {
    if (!(site instanceof Cluster)) throw new Error('this test is for the project "nodes"');
    await use(site);
  },

  line: async ({ site }, use) => {
    const line = await Line.to(site.url);
    await use(line);
    await line.close();
  },

  person: async ({ browser, site, contextOptions }, use) => {
    const people: Person[] = [];
    await use(async ({ line, url, ...options } = {}) => {
      const door = site.doors[people.length % site.doors.length]!;
      const someone = await Person.arrive(browser, line?.url ?? url ?? door, { ...contextOptions, ...options });
      people.push(someone);
      return someone;
    });
    const complaints = people.flatMap((someone) => someone.complaints);
    await Promise.all(people.map((someone) => someone.context.close()));
    expect(complaints, 'what the browsers complained about').toEqual([]);
  },

  title: async ({}, use, info) => {
    await use(`${info.title.slice(0, 30).trim()} ${crypto.randomUUID().slice(0, 8)}`);
  },
});
