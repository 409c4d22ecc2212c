/** What the people of a test connect to: one server with a data folder of its own, or a cluster (cluster.ts). */

import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';

import { Server, type Settings } from './server.ts';

export interface Site {
  /** The address that works for everybody. */
  readonly url: string;
  /** The addresses that the people of a test use in turn. */
  readonly entryUrls: readonly string[];
  /** What the servers have written so far. */
  readonly log: string;
  /** Stops the servers as an operator would, and returns how many milliseconds that took. */
  stop(): Promise<number>;
  /** Stops the servers and starts them again, with the same data and ports. */
  restart(): Promise<void>;
  /** Stops the servers and removes their data. */
  remove(): Promise<void>;
}

export class SingleServer implements Site {
  log = '';
  readonly #folder: string;
  #server!: Server;

  static async start(settings: Settings = {}, binary?: string): Promise<SingleServer> {
    const site = new SingleServer(await mkdtemp(path.join(tmpdir(), 'gifchat-')));
    const record = (text: string) => (site.log += text);
    site.#server = await Server.start({ ...settings, DATA_DIR: site.#folder }, record, binary);
    return site;
  }

  private constructor(folder: string) {
    this.#folder = folder;
  }

  get url(): string {
    return this.#server.url;
  }

  get entryUrls(): string[] {
    return [this.url];
  }

  async stop(): Promise<number> {
    return this.#server.stop();
  }

  async restart(): Promise<void> {
    await this.stop();
    await this.#server.start();
  }

  async remove(): Promise<void> {
    await this.stop();
    await rm(this.#folder, { recursive: true, force: true });
  }
}
