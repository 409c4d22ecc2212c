/** A NATS server or a MongoDB that belongs to one test, so that it can be stopped. */

import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';

import { Program, answers, freePort } from './program.ts';

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

  /** Starts it (again) on the same port; MongoDB with what it held. */
  async start(): Promise<void> {
    const args = [String(this.port), ...(this.kind === 'mongodb' ? [this.folder] : [])];
    await this.#program.start({ command: path.join(testSetting('GIFCHAT_ENGINES'), this.kind), args }, () => answers(this.port));
  }

  /** As an operator would: what it holds is on its disk then. */
  async stop(): Promise<void> {
    await this.#program.end();
  }

  async remove(): Promise<void> {
    await this.stop();
    await rm(this.folder, { recursive: true, force: true });
  }
}

/** What bin/test tells the tests. */
export function testSetting(name: 'GIFCHAT_ENGINES' | 'GIFCHAT_TEST_MONGODB' | 'GIFCHAT_TEST_NATS'): string {
  const value = process.env[name];
  if (!value) throw new Error(`${name} is not set: run this by bin/test e2e, which starts what the tests need`);
  return value;
}
