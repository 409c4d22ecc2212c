/** A proxy in front of a server, by which a test shows people another build, a broken service worker, or another server. */

import http from 'node:http';
import net from 'node:net';

export class Front {
  readonly url: string;
  /** For each path, how the body of the server's answer is altered. */
  readonly #altered = new Map<string, (body: string) => string>();
  #isOpen = true;
  #sockets = new Set<net.Socket>();

  static async to(target: string): Promise<Front> {
    const listener = http.createServer();
    await new Promise<void>((ready) => listener.listen(0, '127.0.0.1', ready));
    return new Front(listener, target);
  }

  private constructor(
    private readonly listener: http.Server,
    public target: string,
  ) {
    this.url = `http://127.0.0.1:${(listener.address() as net.AddressInfo).port}`;
    listener.on('connection', (socket) => {
      if (!this.#isOpen) return void socket.destroy();
      this.#sockets.add(socket);
      socket.on('close', () => this.#sockets.delete(socket));
    });
    listener.on('request', (request, answer) => void this.#pass(request, answer));
    listener.on('upgrade', (request, socket: net.Socket, head: Buffer) => this.#connect(request, socket, head));
  }

  alter(path: string, alter: (body: string) => string): void {
    this.#altered.set(path, alter);
  }

  restoreAll(): void {
    this.#altered.clear();
  }

  /** Ends every connection, and refuses new ones until `restore`. */
  cut(): void {
    this.#isOpen = false;
    for (const socket of this.#sockets) socket.destroy();
  }

  restore(): void {
    this.#isOpen = true;
  }

  async close(): Promise<void> {
    this.cut();
    await new Promise((closed) => this.listener.close(closed));
  }

  async #pass(request: http.IncomingMessage, answer: http.ServerResponse): Promise<void> {
    const alter = this.#altered.get((request.url ?? '/').replace(/\?.*/, ''));
    const headers = { ...request.headers, ...(alter ? { 'accept-encoding': 'identity' } : {}) };
    const onward = http.request(this.target + request.url, { method: request.method, headers }, (from) => {
      if (!alter) {
        answer.writeHead(from.statusCode ?? 502, from.headers);
        return void from.pipe(answer);
      }
      const chunks: Buffer[] = [];
      from.on('data', (chunk: Buffer) => chunks.push(chunk));
      from.on('end', () => {
        const { 'content-length': _, ...kept } = from.headers;
        answer.writeHead(from.statusCode ?? 502, kept).end(alter(Buffer.concat(chunks).toString()));
      });
    });
    onward.on('error', () => answer.destroy());
    answer.on('close', () => onward.destroy());
    request.pipe(onward);
  }

  #connect(request: http.IncomingMessage, client: net.Socket, head: Buffer): void {
    const server = net.connect(Number(new URL(this.target).port), '127.0.0.1', () => {
      const lines = request.rawHeaders.flatMap((name, place, all) => (place % 2 ? [] : [`${name}: ${all[place + 1]}`]));
      server.write([`GET ${request.url} HTTP/1.1`, ...lines, '', ''].join('\r\n'));
      server.write(head);
      client.pipe(server).pipe(client);
    });
    server.on('error', () => client.destroy());
    client.on('error', () => server.destroy());
    client.on('close', () => server.destroy());
  }
}
