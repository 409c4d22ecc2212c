/** A TCP relay between one person's browser and the server, by which a test breaks that person's connection. */

import net from 'node:net';

/** The time that tests give a page to be back after a cut. It waits up to ten seconds between two tries, and a busy machine takes longer. */
export const BACK = { timeout: 20_000 };

export class Relay {
  readonly url: string;
  #isOpen = true;
  #sockets = new Set<net.Socket>();

  static async to(url: string): Promise<Relay> {
    const targetPort = Number(new URL(url).port);
    const listener = net.createServer();
    await new Promise<void>((ready) => listener.listen(0, '127.0.0.1', ready));
    return new Relay(listener, targetPort);
  }

  private constructor(
    private readonly listener: net.Server,
    private readonly targetPort: number,
  ) {
    this.url = `http://127.0.0.1:${(listener.address() as net.AddressInfo).port}`;
    listener.on('connection', (client) => this.#forward(client));
  }

  /** Ends every connection, and refuses new ones until `restore`. */
  cut(): void {
    this.#isOpen = false;
    for (const socket of this.#sockets) socket.destroy();
  }

  restore(): void {
    this.#isOpen = true;
  }

  /** Stops forwarding but leaves the connections open, as when a phone sleeps. New connections work. */
  freeze(): void {
    for (const socket of this.#sockets) socket.pause().unpipe();
  }

  async close(): Promise<void> {
    this.cut();
    await new Promise((closed) => this.listener.close(closed));
  }

  #forward(client: net.Socket): void {
    if (!this.#isOpen) {
      client.destroy();
      return;
    }
    const server = net.connect(this.targetPort, '127.0.0.1');
    for (const [socket, other] of [[client, server], [server, client]] as const) {
      this.#sockets.add(socket);
      socket.setNoDelay(true).pipe(other);
      socket.on('error', () => other.destroy());
      socket.on('close', () => {
        this.#sockets.delete(socket);
        other.destroy();
      });
    }
  }
}
