/** A NATS server or a MongoDB that belongs to one test, so that it can be stopped. */

import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';

import { Program, freePort, isListening } from './program.ts';

type Kind = 'mongodb' | 'nats';

export class Engine {
  #program: Program;

  static async start(kind: Kind): Promise<Engine> {
    const folder = await mkdtemp(path.join(tmpdir(), `gifchat-${kind}-`));
    const engine = new Engine(kind, await freePort(), folder);
    await engine.start();
    return engine;
  }

  private constructor(
    private readonly kind: Kind,
    private readonly port: number,
    private readonly folder: string,
  ) {
    this.#program = new Program(kind);
  }

  get url(): string {
    return `${this.kind}://127.0.0.1:${this.port}`;
  }

  /** Starts the engine (again) on the same port. MongoDB keeps its data between starts, NATS has none. */
  async start(): Promise<void> {
    const args = [String(this.port), ...(this.kind === 'mongodb' ? [this.folder] : [])];
    const command = path.join(testSetting('GIFCHAT_ENGINES'), this.kind);
    await this.#program.start({ command, args }, () => isListening(this.port));
  }

  /** Stops the engine as an operator would, so that its data is on the disk afterwards. */
  async stop(): Promise<void> {
    await this.#program.stop();
  }

  async remove(): Promise<void> {
    await this.stop();
    await rm(this.folder, { recursive: true, force: true });
  }
}

/** A setting that bin/test makes for the tests. */
export function testSetting(name: 'GIFCHAT_ENGINES' | 'GIFCHAT_TEST_MONGODB' | 'GIFCHAT_TEST_NATS'): string {
  const value = process.env[name];
  if (!value) throw new Error(`${name} is not set: run this by bin/test e2e, which starts what the tests need`);
  return value;
}
