/** The cable between one person and the server: a TCP relay that can be cut and mended. */

import net from 'node:net';

export class Line {
  readonly url: string;
  #connected = true;
  #ends = new Set<net.Socket>();

  static async to(url: string): Promise<Line> {
    const target = Number(new URL(url).port);
    const server = net.createServer();
    await new Promise<void>((ready) => server.listen(0, '127.0.0.1', ready));
    return new Line(server, target);
  }

  private constructor(
    private readonly server: net.Server,
    private readonly target: number,
  ) {
    this.url = `http://127.0.0.1:${(server.address() as net.AddressInfo).port}`;
    server.on('connection', (near) => this.#relay(near));
  }

  /** Every connection breaks, and none can be made. */
  cut(): void {
    this.#connected = false;
    for (const end of this.#ends) end.destroy();
  }

  mend(): void {
    this.#connected = true;
  }

  /** Nothing goes through any more, and nobody is told: a phone that slept. */
  freeze(): void {
    for (const end of this.#ends) end.pause().unpipe();
  }

  async close(): Promise<void> {
    this.cut();
    await new Promise((closed) => this.server.close(closed));
  }

  #relay(near: net.Socket): void {
    if (!this.#connected) {
      near.destroy();
      return;
    }
    const far = net.connect(this.target, '127.0.0.1');
    for (const [end, other] of [[near, far], [far, near]] as const) {
      this.#ends.add(end);
      end.setNoDelay(true).pipe(other);
      end.on('error', () => other.destroy());
      end.on('close', () => {
        this.#ends.delete(end);
        other.destroy();
      });
    }
  }
}
