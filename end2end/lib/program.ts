/** The programs that tests start and stop. */

import { spawn, type ChildProcess } from 'node:child_process';
import net from 'node:net';
import path from 'node:path';

export const PROJECT = path.resolve(import.meta.dirname, '../..');

interface Command {
  command: string;
  args?: string[];
  env?: NodeJS.ProcessEnv;
  /** Called with everything that the program writes. */
  onOutput?: (text: string) => void;
}

/** Everything that a worker of Playwright has started ends with it, however the worker ends. */
const running = new Set<ChildProcess>();
process.on('exit', () => running.forEach((program) => program.kill('SIGTERM')));

export class Program {
  #process: ChildProcess | undefined;
  #output = '';

  /** Everything that the program has written. */
  get output(): string {
    return this.#output;
  }

  constructor(private readonly name: string) {}

  /** Starts the program, and returns when `isReady` is true. */
  async start({ command, args = [], env = {}, onOutput }: Command, isReady: () => Promise<boolean>): Promise<void> {
    const program = spawn(command, args, { cwd: PROJECT, env: { ...process.env, ...env }, stdio: ['ignore', 'pipe', 'pipe'] });
    const record = (text: string) => {
      this.#output += text;
      onOutput?.(text);
    };
    for (const stream of [program.stdout, program.stderr]) stream.setEncoding('utf8').on('data', record);
    program.on('error', (error) => record(`${error}\n`));
    program.once('exit', () => running.delete(program));
    running.add(program);
    this.#process = program;
    await this.#waitUntil(program, isReady);
  }

  /** Ends the program and returns its exit code, which is 0 when it was not running. */
  async stop(signal: 'SIGTERM' | 'SIGKILL' = 'SIGTERM'): Promise<number | null> {
    const program = this.#process;
    if (!program || hasEnded(program)) return 0;
    const ended = new Promise<number | null>((resolve) => program.once('exit', resolve));
    program.kill(signal);
    return ended;
  }

  async #waitUntil(program: ChildProcess, isReady: () => Promise<boolean>): Promise<void> {
    const deadline = Date.now() + 30_000;
    while (Date.now() < deadline && program.pid !== undefined && !hasEnded(program)) {
      if (await isReady()) return;
      await new Promise((resolve) => setTimeout(resolve, 30));
    }
    await this.stop('SIGKILL');
    throw new Error(`${this.name} did not become ready:\n${this.#output}`);
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

/** Whether something accepts connections on the port. */
export function isListening(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = net.connect(port, '127.0.0.1');
    for (const [event, accepts] of [['connect', true], ['error', false]] as const) {
      socket.once(event, () => {
        socket.destroy();
        resolve(accepts);
      });
    }
  });
}
