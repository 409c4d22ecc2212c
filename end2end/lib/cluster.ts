/** Two nodes on one MongoDB and one NATS, with nginx in front. */

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
  /** Where a node would keep its data, had it any. */
  readonly dataDir: string;
  #nginx: Nginx | undefined;

  /** With a database of its own; `settings` may name other engines. */
  static async start(settings: Settings = {}): Promise<Cluster> {
    const cluster = new Cluster(`e2e_${crypto.randomUUID().replaceAll('-', '')}`);
    try {
      await cluster.#run(settings);
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

  /** Through nginx: each request and each socket to whichever node is next. */
  get url(): string {
    if (!this.#nginx) throw new Error('nginx does not run');
    return this.#nginx.url;
  }

  /** One person on the first node, the next on the second, the third through nginx. */
  get doors(): string[] {
    return [...this.nodes.map((node) => node.url), this.url];
  }

  async halt(): Promise<number> {
    return Math.max(...(await Promise.all(this.nodes.map((node) => node.halt()))));
  }

  /** One node after the other: there is always one to go to. */
  async restart(): Promise<void> {
    for (const node of this.nodes) {
      await node.halt();
      await node.start();
    }
  }

  async remove(): Promise<void> {
    const ended = await Promise.allSettled([this.#nginx?.remove(), ...this.#nodes.map((node) => node.halt())]);
    for (const end of ended) if (end.status === 'rejected') throw end.reason;
    if (existsSync(this.dataDir)) throw new Error('a node wrote to its disk, which may be read-only');
  }

  async #run(settings: Settings): Promise<void> {
    const all: Settings = {
      MONGODB_URI: withDatabase(testSetting('GIFCHAT_TEST_MONGODB'), this.database),
      NATS_URL: testSetting('GIFCHAT_TEST_NATS'),
      COOKIE_SECRET: crypto.randomUUID(),
      TRUSTED_PROXIES: '127.0.0.1',
      DATA_DIR: this.dataDir,
      ...settings,
    };
    const hear = (name: string) => (text: string) => (this.log += text.replace(/^(?=.)/gm, `${name} | `));
    for (const name of ['a', 'b']) this.#nodes.push(await Server.start(all, hear(name)));
    this.#nginx = await Nginx.before(
      this.#nodes.map((node) => node.port),
      hear('nginx'),
    );
  }
}

/** The URI of a database on a server whose URI may end with options. */
export function withDatabase(uri: string, database: string): string {
  const [server, options] = uri.split('?');
  return `${server!.replace(/\/$/, '')}/${database}${options ? `?${options}` : ''}`;
}
