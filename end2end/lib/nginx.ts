/** nginx in front of the nodes of a cluster, configured by the project's own example, deploy/nginx.conf. */

import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';

import { PROJECT, Program, freePort, isListening } from './program.ts';

const EXAMPLE = path.join(PROJECT, 'deploy/nginx.conf');
const NGINX = process.env['GIFCHAT_NGINX'] ?? '/usr/sbin/nginx';

export class Nginx {
  #program = new Program('nginx');

  /** Starts nginx in front of the servers on these ports, of which there must be as many as the example has. */
  static async inFrontOf(ports: number[], onOutput: (text: string) => void): Promise<Nginx> {
    const nginx = new Nginx(await freePort(), await mkdtemp(path.join(tmpdir(), 'gifchat-nginx-')));
    const file = path.join(nginx.folder, 'nginx.conf');
    await writeFile(file, nginx.#adapt(await readFile(EXAMPLE, 'utf8'), ports));
    const args = ['-p', nginx.folder, '-c', file, '-e', 'stderr', '-g', 'daemon off;'];
    try {
      await nginx.#program.start({ command: NGINX, args, onOutput }, () => isListening(nginx.port));
    } catch (error) {
      await nginx.remove();
      throw error;
    }
    return nginx;
  }

  private constructor(
    private readonly port: number,
    private readonly folder: string,
  ) {}

  get url(): string {
    return `http://127.0.0.1:${this.port}`;
  }

  async remove(): Promise<void> {
    await this.#program.stop();
    await rm(this.folder, { recursive: true, force: true });
  }

  /** Changes three things of the example: where nginx listens, where the nodes are, and where nginx may write. */
  #adapt(example: string, ports: number[]): string {
    const names = ['node-a:8005', 'node-b:8005'];
    if (ports.length !== names.length) throw new Error(`the example is for ${names.length} nodes`);
    const changes: [string, string][] = [
      ['listen 8080;', `listen 127.0.0.1:${this.port};`],
      ['/tmp/', `${this.folder}/`],
      ...names.map((name, n): [string, string] => [name, `127.0.0.1:${ports[n]}`]),
    ];
    return changes.reduce((text, [from, to]) => {
      if (!text.includes(from)) throw new Error(`${EXAMPLE} has no "${from}" any more`);
      return text.replaceAll(from, to);
    }, example);
  }
}
