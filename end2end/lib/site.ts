/** One running server of the release build, with a data folder of its own. */

import { spawn, type ChildProcess } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import net from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';

const PROJECT = path.resolve(import.meta.dirname, '../..');
const SERVER =
  process.env['GIFCHAT_SERVER'] ?? path.join(process.env['CARGO_TARGET_DIR'] ?? `${PROJECT}/target`, 'release/gifchat');

/** Settings of the server, by the names of its environment. */
export type Settings = Record<string, string>;

/** People in a test are quicker than people: limits are for the tests of limits. */
const GENEROUS: Settings = {
  RUST_LOG: 'info',
  LIMIT_MESSAGES: '10000/10',
  LIMIT_NEW_ROOMS: '10000/60',
  LIMIT_WRONG_PASSWORDS: '1000/60',
};

export class Site {
  /** What the server wrote so far. */
  log = '';
  #process: ChildProcess | undefined;

  static async start(settings: Settings = {}): Promise<Site> {
    const port = await freePort();
    const data = await mkdtemp(path.join(tmpdir(), 'gifchat-'));
    const site = new Site(port, data, settings);
    await site.#run();
    return site;
  }

  private constructor(
    private readonly port: number,
    private readonly data: string,
    private readonly settings: Settings,
  ) {}

  get url(): string {
    return `http://127.0.0.1:${this.port}`;
  }

  /** Stops the server as an operator would, and starts it again on the same data and port. */
  async restart(): Promise<void> {
    await this.halt();
    await this.#run();
  }

  /** Milliseconds the server took to end after SIGTERM. */
  async halt(): Promise<number> {
    const running = this.#process;
    if (!running || running.exitCode !== null) return 0;
    const asked = Date.now();
    const ended = new Promise((done) => running.once('exit', done));
    running.kill('SIGTERM');
    const code = await ended;
    if (code !== 0) throw new Error(`the server ended with ${code}:\n${this.log}`);
    return Date.now() - asked;
  }

  async remove(): Promise<void> {
    await this.halt();
    await rm(this.data, { recursive: true, force: true });
  }

  async #run(): Promise<void> {
    const own = { HOST: '127.0.0.1', PORT: String(this.port), DATA_DIR: this.data };
    const running = spawn(SERVER, { cwd: PROJECT, env: { ...process.env, ...GENEROUS, ...this.settings, ...own } });
    const listen = (chunk: Buffer) => (this.log += chunk.toString());
    running.stdout.on('data', listen);
    running.stderr.on('data', listen);
    running.on('error', (error) => (this.log += String(error)));
    this.#process = running;
    await this.#ready(running);
  }

  async #ready(running: ChildProcess): Promise<void> {
    const deadline = Date.now() + 15_000;
    while (Date.now() < deadline && running.exitCode === null) {
      const answer = await fetch(`${this.url}/readyz`).catch(() => undefined);
      if (answer?.ok) return;
      await new Promise((later) => setTimeout(later, 30));
    }
    throw new Error(`the server did not become ready:\n${this.log}`);
  }
}

async function freePort(): Promise<number> {
  const probe = net.createServer();
  await new Promise<void>((ready) => probe.listen(0, '127.0.0.1', ready));
  const { port } = probe.address() as net.AddressInfo;
  await new Promise((closed) => probe.close(closed));
  return port;
}
