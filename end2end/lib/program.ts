/** Programs that tests run: what they write, and how they end. */

import { spawn, type ChildProcess } from 'node:child_process';
import net from 'node:net';
import path from 'node:path';

export const PROJECT = path.resolve(import.meta.dirname, '../..');

export interface Call {
  command: string;
  args?: string[];
  env?: NodeJS.ProcessEnv;
  /** Told all that the program writes. */
  hear?: (text: string) => void;
}

/** However a worker of Playwright ends, what it has started ends with it. */
const running = new Set<ChildProcess>();
process.on('exit', () => running.forEach((program) => program.kill('SIGTERM')));

export class Program {
  #process: ChildProcess | undefined;
  #wrote = '';

  /** All that it has written. */
  get wrote(): string {
    return this.#wrote;
  }

  constructor(private readonly name: string) {}

  /** Runs it, and returns when `isReady` says yes. */
  async start({ command, args = [], env = {}, hear }: Call, isReady: () => Promise<boolean>): Promise<void> {
    const program = spawn(command, args, { cwd: PROJECT, env: { ...process.env, ...env }, stdio: ['ignore', 'pipe', 'pipe'] });
    const listen = (text: string) => {
      this.#wrote += text;
      hear?.(text);
    };
    for (const stream of [program.stdout, program.stderr]) stream.setEncoding('utf8').on('data', listen);
    program.on('error', (error) => listen(`${error}\n`));
    program.once('exit', () => running.delete(program));
    running.add(program);
    this.#process = program;
    await this.#becomesReady(program, isReady);
  }

  /** Its exit code once it has ended; 0 when it did not run. */
  async end(signal: 'SIGTERM' | 'SIGKILL' = 'SIGTERM'): Promise<number | null> {
    const program = this.#process;
    if (!program || hasEnded(program)) return 0;
    const ended = new Promise<number | null>((done) => program.once('exit', done));
    program.kill(signal);
    return ended;
  }

  async #becomesReady(program: ChildProcess, isReady: () => Promise<boolean>): Promise<void> {
    const deadline = Date.now() + 30_000;
    while (Date.now() < deadline && program.pid !== undefined && !hasEnded(program)) {
      if (await isReady()) return;
      await new Promise((later) => setTimeout(later, 30));
    }
    await this.end('SIGKILL');
    throw new Error(`${this.name} did not become ready:\n${this.#wrote}`);
  }
}

function hasEnded(program: ChildProcess): boolean {
  return program.pid === undefined || program.exitCode !== null || program.signalCode !== null;
}

export async function freePort(): Promise<number> {
  const probe = net.createServer();
  await new Promise<void>((ready) => probe.listen(0, '127.0.0.1', ready));
  const { port } = probe.address() as net.AddressInfo;
  await new Promise((closed) => probe.close(closed));
  return port;
}

/** Whether anybody listens there. */
export function answers(port: number): Promise<boolean> {
  return new Promise((told) => {
    const socket = net.connect(port, '127.0.0.1');
    for (const [event, does] of [['connect', true], ['error', false]] as const) {
      socket.once(event, () => {
        socket.destroy();
        told(does);
      });
    }
  });
}
