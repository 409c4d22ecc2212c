/** One process of the release server, on a port of its own. */

import path from 'node:path';

import { PROJECT, Program, freePort } from './program.ts';

/** The binary of the release. */
export const BINARY =
  process.env['GIFCHAT_SERVER'] ?? path.join(process.env['CARGO_TARGET_DIR'] ?? `${PROJECT}/target`, 'release/gifchat');

/** Settings of the server, by the names of their environment variables. */
export type Settings = Record<string, string>;

/** Tests are quicker than people, so the limits are high. The engines are empty, since the caller's environment may name some. */
const DEFAULTS: Settings = {
  RUST_LOG: 'info',
  LIMIT_MESSAGES: '10000/10',
  LIMIT_ACTS: '10000/10',
  LIMIT_NEW_ROOMS: '10000/60',
  LIMIT_UPLOADS: '10000/60',
  LIMIT_ENTERS: '10000/60',
  LIMIT_LOOKS: '10000/10',
  LIMIT_SEARCHES: '10000/10',
  LIMIT_CONNECTS: '10000/60',
  LIMIT_REQUESTS: '100000/10',
  LIMIT_WRONG_PASSWORDS: '1000/60',
  MONGODB_URI: '',
  NATS_URL: '',
};

export class Server {
  #program = new Program('the server');

  static async start(settings: Settings, onOutput: (text: string) => void, binary = BINARY): Promise<Server> {
    const server = new Server(await freePort(), settings, onOutput, binary);
    await server.start();
    return server;
  }

  private constructor(
    readonly port: number,
    private readonly settings: Settings,
    private readonly onOutput: (text: string) => void,
    private readonly binary: string,
  ) {}

  get url(): string {
    return `http://127.0.0.1:${this.port}`;
  }

  /** Starts the server (again) on the same port. */
  async start(more: Settings = {}): Promise<void> {
    const env = { ...DEFAULTS, ...this.settings, ...more, HOST: '127.0.0.1', PORT: String(this.port) };
    await this.#program.start({ command: this.binary, env, onOutput: this.onOutput }, async () => {
      const answer = await fetch(`${this.url}/readyz`).catch(() => undefined);
      return answer?.ok ?? false;
    });
  }

  /** Stops the server as an operator would, and returns how many milliseconds that took. */
  async stop(): Promise<number> {
    const began = Date.now();
    const code = await this.#program.stop();
    if (code !== 0) throw new Error(`the server ended with ${code}:\n${this.#program.output}`);
    return Date.now() - began;
  }

  /** Ends the server without warning, as a power cut would. */
  async kill(): Promise<void> {
    await this.#program.stop('SIGKILL');
  }
}
