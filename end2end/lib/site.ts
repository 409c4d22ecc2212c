/** What people come to: one server with a data folder of its own, or a cluster (cluster.ts). */

import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';

import { Server, type Settings } from './server.ts';

export interface Site {
  /** The one address for everybody. */
  readonly url: string;
  /** The addresses that the people of a test use in turn. */
  readonly doors: readonly string[];
  /** What the servers wrote so far. */
  readonly log: string;
  /** Stops it as an operator would; says how many milliseconds that took. */
  halt(): Promise<number>;
  /** Stops what runs and starts it again, on the same data and ports. */
  restart(): Promise<void>;
  remove(): Promise<void>;
}

export class OneServer implements Site {
  log = '';
  readonly #data: string;
  #server!: Server;

  static async start(settings: Settings = {}): Promise<OneServer> {
    const site = new OneServer(await mkdtemp(path.join(tmpdir(), 'gifchat-')));
    const hear = (text: string) => (site.log += text);
    site.#server = await Server.start({ ...settings, DATA_DIR: site.#data }, hear);
    return site;
  }

  private constructor(data: string) {
    this.#data = data;
  }

  get url(): string {
    return this.#server.url;
  }

  get doors(): string[] {
    return [this.url];
  }

  async halt(): Promise<number> {
    return this.#server.halt();
  }

  async restart(): Promise<void> {
    await this.halt();
    await this.#server.start();
  }

  async remove(): Promise<void> {
    await this.halt();
    await rm(this.#data, { recursive: true, force: true });
  }
}
