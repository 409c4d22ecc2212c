/** Two nodes of gifchat on one MongoDB and one NATS, with nginx in front. */

import { existsSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';

import { testSetting } from './engine.ts';
import { Nginx } from './nginx.ts';
import { Server, type Settings } from './server.ts';
import type { Site } from './site.ts';

export class Cluster implements Site {
  log = '';
  #nodes: Server[] = [];
  /** The nodes must never create this folder: all their data is in MongoDB. */
  readonly dataDir: string;
  #nginx: Nginx | undefined;

  /** Starts a cluster with a database of its own; `settings` may name other engines. */
  static async start(settings: Settings = {}): Promise<Cluster> {
    const cluster = new Cluster(`e2e_${crypto.randomUUID().replaceAll('-', '')}`);
    try {
      await cluster.#start(settings);
    } catch (error) {
      await cluster.remove().catch(() => {});
      throw error;
    }
    return cluster;
  }

  private constructor(private readonly database: string) {
    this.dataDir = path.join(tmpdir(), `gifchat-${database}`);
  }

  get nodes(): [Server, Server] {
    return this.#nodes as [Server, Server];
  }

  /** The address of nginx, which gives each request and each socket to the next node in turn. */
  get url(): string {
    if (!this.#nginx) throw new Error('nginx is not running');
    return this.#nginx.url;
  }

  /** The first node, the second, and nginx. */
  get entryUrls(): string[] {
    return [...this.nodes.map((node) => node.url), this.url];
  }

  async stop(): Promise<number> {
    return Math.max(...(await Promise.all(this.nodes.map((node) => node.stop()))));
  }

  /** Restarts one node after the other, so that one of them always runs. */
  async restart(): Promise<void> {
    for (const node of this.nodes) {
      await node.stop();
      await node.start();
    }
  }

  async remove(): Promise<void> {
    const results = await Promise.allSettled([this.#nginx?.remove(), ...this.#nodes.map((node) => node.stop())]);
    for (const result of results) if (result.status === 'rejected') throw result.reason;
    if (existsSync(this.dataDir)) throw new Error('a node wrote to its disk, which may be read-only');
  }

  async #start(settings: Settings): Promise<void> {
    const all: Settings = {
      MONGODB_URI: withDatabase(testSetting('GIFCHAT_TEST_MONGODB'), this.database),
      NATS_URL: testSetting('GIFCHAT_TEST_NATS'),
      COOKIE_SECRET: crypto.randomUUID(),
      TRUSTED_PROXIES: '127.0.0.1',
      DATA_DIR: this.dataDir,
      ...settings,
    };
    const logAs = (name: string) => (text: string) => (this.log += text.replace(/^(?=.)/gm, `${name} | `));
    for (const name of ['a', 'b']) this.#nodes.push(await Server.start(all, logAs(name)));
    this.#nginx = await Nginx.inFrontOf(
      this.#nodes.map((node) => node.port),
      logAs('nginx'),
    );
  }
}

/** The URI of a database, from the URI of its server, which may end with options. */
function withDatabase(uri: string, database: string): string {
  const [server, options] = uri.split('?');
  return `${server!.replace(/\/$/, '')}/${database}${options ? `?${options}` : ''}`;
}
