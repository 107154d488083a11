import { connect, type Socket } from 'node:net';
import { type Message, MessageReader } from './message-reader.js';

/** What came back for a request. */
export interface Answer {
  status: number;
  body: string;
}

interface Waiting {
  message: string;
  answered: PromiseWithResolvers<Answer>;
}

export interface KeptConnectionsOptions {
  /** Such as `http://127.0.0.1:4000`. */
  url: string;
  path: string;
  headers: Readonly<Record<string, string>>;
  /** How many connections there may be; requests beyond that wait for one. */
  limit: number;
}

/** POSTs over connections that are kept, one request at a time on each. Whatever breaks is told by its request: nothing is sent twice. */
export class KeptConnections implements AsyncDisposable {
  readonly #url: URL;
  readonly #head: string;
  readonly #limit: number;
  readonly #open = new Set<Socket>();
  readonly #idle: KeptConnection[] = [];
  readonly #waiting: Waiting[] = [];

  constructor({ url, path, headers, limit }: KeptConnectionsOptions) {
    this.#url = new URL(url);
    const lines = Object.entries({ host: this.#url.host, ...headers }).map(([name, value]) => `${name}: ${value}\r\n`);
    this.#head = `POST ${path} HTTP/1.1\r\n${lines.join('')}content-length: `;
    this.#limit = limit;
  }

  post(body: string): Promise<Answer> {
    const answered = Promise.withResolvers<Answer>();
    const message = `${this.#head}${Buffer.byteLength(body)}\r\n\r\n${body}`;
    const connection = this.#idle.pop() ?? (this.#open.size < this.#limit ? this.#connect() : undefined);
    if (connection === undefined) this.#waiting.push({ message, answered });
    else connection.send({ message, answered });
    return answered.promise;
  }

  #connect(): KeptConnection {
    const socket = connect({ port: Number(this.#url.port), host: this.#url.hostname, noDelay: true });
    this.#open.add(socket);
    const connection = new KeptConnection(socket, () => {
      const next = this.#waiting.shift();
      if (next === undefined) this.#idle.push(connection);
      else connection.send(next);
    });
    socket.on('close', () => {
      this.#open.delete(socket);
      const index = this.#idle.indexOf(connection);
      if (index !== -1) this.#idle.splice(index, 1);
      const next = this.#waiting.shift();
      if (next !== undefined) this.#connect().send(next);
    });
    return connection;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const { answered } of this.#waiting.splice(0)) answered.reject(new Error('The connections are closed.'));
    for (const socket of this.#open) socket.destroy();
  }
}

class KeptConnection {
  readonly #socket: Socket;
  readonly #reader = new MessageReader();
  #awaited: PromiseWithResolvers<Answer> | null = null;

  constructor(socket: Socket, onFree: () => void) {
    this.#socket = socket;
    socket.on('data', (chunk) => {
      try {
        for (const message of this.#reader.read(chunk)) this.#take(message, onFree);
      } catch (error) {
        socket.destroy(error as Error);
      }
    });
    let cause: Error | undefined;
    socket.on('error', (error) => (cause = error));
    socket.on('close', () => this.#awaited?.reject(cause ?? new Error('The connection was closed before the answer.')));
  }

  send({ message, answered }: Waiting): void {
    this.#awaited = answered;
    this.#socket.write(message);
  }

  #take({ startLine, body }: Message, onFree: () => void): void {
    const awaited = this.#awaited;
    if (awaited === null) throw new Error(`Nobody asked for ${startLine}.`);
    this.#awaited = null;
    awaited.resolve({ status: Number(startLine.split(' ')[1]), body: body.toString('utf8') });
    onFree();
  }
}
