/** The fixtures of all specs: a server or a cluster, and the people who visit it. */

import { writeFile } from 'node:fs/promises';

import { test as base, expect, type BrowserContextOptions } from '@playwright/test';

import { Cluster } from './cluster.ts';
import { LONG } from './long.ts';
import { Person } from './person.ts';
import { Relay } from './relay.ts';
import type { Settings } from './server.ts';
import { SingleServer, type Site } from './site.ts';

export { LONG, expect };
export type { Person };

/** How often a test of a race is repeated. */
export const ROUNDS = LONG ? 20 : 2;

/** Marks a test that also runs on several nodes without --long: `test('…', NODES, async …)`. */
export const NODES = { tag: '@nodes' };

interface PersonOptions extends BrowserContextOptions {
  /** Connects this person through a relay, so that the test can break the connection. */
  relay?: Relay;
  /** The address this person uses, where it matters. */
  url?: string;
}

interface Fixtures {
  /** With settings a test gets a server of its own; `{}` is a new server with the default settings. */
  settings: Settings | undefined;
  site: Site;
  /** The site, in tests that only run on several nodes. */
  cluster: Cluster;
  /** Makes a new person, with a browser context of their own. */
  person: (options?: PersonOptions) => Promise<Person>;
  relay: Relay;
  /** A room title that no other test uses on the shared server. */
  title: string;
}

interface WorkerFixtures {
  /** Whether the project of playwright.config.ts runs on several nodes instead of one server. */
  nodes: boolean;
  /** Starts a server or a cluster, as the project asks. */
  startSite: (settings?: Settings) => Promise<Site>;
  /** The site of all tests without settings of their own, which the first of them starts. */
  sharedSite: () => Promise<Site>;
}

export const test = base.extend<Fixtures, WorkerFixtures>({
  settings: [undefined, { option: true }],
  nodes: [false, { option: true, scope: 'worker' }],

  startSite: [
    async ({ nodes }, use) => {
      await use((settings) => (nodes ? Cluster.start(settings) : SingleServer.start(settings)));
    },
    { scope: 'worker' },
  ],

  sharedSite: [
    async ({ startSite }, use) => {
      let site: Promise<Site> | undefined;
      await use(() => (site ??= startSite()));
      await (await site)?.remove();
    },
    { scope: 'worker' },
  ],

  site: async ({ settings, startSite, sharedSite }, use, info) => {
    const site = settings ? await startSite(settings) : await sharedSite();
    const from = site.log.length;
    await use(site);
    if (info.status !== info.expectedStatus) await writeFile(info.outputPath('server.log'), site.log.slice(from));
    if (settings) await site.remove();
  },

  cluster: async ({ site }, use) => {
    if (!(site instanceof Cluster)) throw new Error('this test is for the project "nodes"');
    await use(site);
  },

  relay: async ({ site }, use) => {
    const relay = await Relay.to(site.url);
    await use(relay);
    await relay.close();
  },

  person: async ({ browser, site, contextOptions }, use) => {
    const people: Person[] = [];
    await use(async ({ relay, url, ...options } = {}) => {
      const entryUrl = site.entryUrls[people.length % site.entryUrls.length]!;
      const someone = await Person.arrive(browser, relay?.url ?? url ?? entryUrl, { ...contextOptions, ...options });
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
