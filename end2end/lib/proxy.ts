/** An HTTP proxy between one person's browser and the server, as in some offices and schools, which supports no WebSocket. */

import http from 'node:http';
import net from 'node:net';

/** What the proxy does with a WebSocket: refuses it, never answers, or opens it and lets nothing through. */
export type SocketTrouble = 'refused' | 'unanswered' | 'silent';

export const SOCKET_TROUBLES: SocketTrouble[] = ['refused', 'unanswered', 'silent'];

export class Proxy {
  readonly url: string;
  #trouble: SocketTrouble | undefined;
  #sockets = new Set<net.Socket>();

  /** A proxy to the server at this address. Without a trouble sockets work. */
  static async to(url: string, trouble?: SocketTrouble): Promise<Proxy> {
    const server = http.createServer();
    await new Promise<void>((ready) => server.listen(0, '127.0.0.1', ready));
    return new Proxy(server, Number(new URL(url).port), trouble);
  }

  private constructor(
    private readonly server: http.Server,
    private readonly target: number,
    trouble: SocketTrouble | undefined,
  ) {
    this.url = `http://127.0.0.1:${(server.address() as net.AddressInfo).port}`;
    this.#trouble = trouble;
    server.on('request', (request, answer) => this.#pass(request, answer));
    server.on('upgrade', (request, socket, head) => this.#upgrade(request, socket as net.Socket, head));
  }

  /** From now on sockets work. */
  repair(): void {
    this.#trouble = undefined;
  }

  /** Cuts all sockets. From now on this is what happens to them. */
  hinder(trouble: SocketTrouble): void {
    this.#trouble = trouble;
    this.#cutSockets();
  }

  async close(): Promise<void> {
    this.#cutSockets();
    this.server.closeAllConnections();
    await new Promise((closed) => this.server.close(closed));
  }

  #cutSockets(): void {
    for (const socket of this.#sockets) socket.destroy();
  }

  #options({ method, url, headers }: http.IncomingMessage): http.RequestOptions {
    return { host: '127.0.0.1', port: this.target, method, path: url, headers };
  }

  #pass(request: http.IncomingMessage, answer: http.ServerResponse): void {
    const onward = http.request(this.#options(request), (response) => {
      answer.writeHead(response.statusCode ?? 502, response.rawHeaders);
      response.pipe(answer);
    });
    onward.on('error', () => answer.destroy());
    // If the browser hangs up, so does the proxy.
    answer.on('close', () => onward.destroy());
    request.pipe(onward);
  }

  #upgrade(request: http.IncomingMessage, client: net.Socket, head: Buffer): void {
    const trouble = this.#trouble;
    this.#keep(client);
    if (trouble === 'refused') {
      client.end('HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\nConnection: close\r\n\r\n');
      return;
    }
    if (trouble === 'unanswered') return;
    const onward = http.request(this.#options(request));
    onward.on('upgrade', (response, server, rest) => {
      this.#keep(server as net.Socket);
      const lines = [`HTTP/1.1 ${response.statusCode} ${response.statusMessage}`];
      for (let n = 0; n < response.rawHeaders.length; n += 2) lines.push(`${response.rawHeaders[n]}: ${response.rawHeaders[n + 1]}`);
      client.write(`${lines.join('\r\n')}\r\n\r\n`);
      client.on('close', () => server.destroy());
      server.on('close', () => client.destroy());
      if (trouble === 'silent') return;
      client.write(rest);
      server.write(head);
      server.pipe(client).pipe(server);
    });
    onward.on('error', () => client.destroy());
    onward.end();
  }

  #keep(socket: net.Socket): void {
    this.#sockets.add(socket);
    socket.on('error', () => socket.destroy());
    socket.on('close', () => this.#sockets.delete(socket));
  }
}
