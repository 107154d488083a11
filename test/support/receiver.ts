import { once } from 'node:events';
import { createServer, type IncomingMessage, type RequestListener, type ServerResponse } from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import type { AddressInfo, Socket } from 'node:net';

/** A request as it arrived. */
export interface ReceivedRequest {
  /** Counts from 1, in order of arrival. */
  order: number;
  method: string;
  /** Path and query. */
  path: string;
  /** Names in lower case; of a name that came twice, the last. */
  headers: Record<string, string>;
  /** Names and values in turn, as spelled. */
  rawHeaders: string[];
  body: Buffer;
  /** The port of the connection's other end: the same for requests over one connection. */
  remotePort: number;
}

/** What a receiver does with a request: an answer to give, or something less polite. */
export type Script = Answer | ((exchange: Exchange) => void);

export interface Answer {
  status?: number;
  headers?: Record<string, string | string[]>;
  body?: string | Buffer;
}

export interface Exchange {
  request: ReceivedRequest;
  response: ServerResponse;
  socket: Socket;
}

export interface ReceiverTls {
  key: string;
  cert: string;
  /** Whether it talks to nobody without a client certificate. */
  requestCert?: boolean;
  maxVersion?: 'TLSv1.2' | 'TLSv1.3';
}

export interface ReceiverOptions {
  /** With it the receiver speaks HTTPS. */
  tls?: ReceiverTls;
  /** Called with each connection before anything is read from it. */
  onConnection?: (socket: Socket) => void;
}

/** A real HTTP server on 127.0.0.1 that does as a test tells it. */
export interface Receiver extends AsyncDisposable {
  /** `http://127.0.0.1:<port>`, without a slash at the end. */
  readonly url: string;
  readonly port: number;
  /** All requests so far. */
  readonly received: readonly ReceivedRequest[];
  /** How many connections were accepted. */
  readonly connectionCount: number;
  /** Answers by this from now on: one script for all, or one for each request, the last of them for the rest. */
  answerWith(script: Script | readonly Script[]): void;
  /** The first `count` requests, as soon as they are there. */
  requests(count: number): Promise<readonly ReceivedRequest[]>;
  /** The request after the one that the last call gave; the first at first. */
  next(): Promise<ReceivedRequest>;
  /** When all requests that have begun to come are among `received`, or were broken off. */
  read(): Promise<void>;
  /** When the connection from this port of the other side is closed. */
  connectionClosed(remotePort: number): Promise<void>;
  /** When the other side has closed all connections that are open now. */
  connectionsClosed(): Promise<void>;
  /** Stops listening and ends all connections. */
  close(): Promise<void>;
}

/** Starts a receiver that answers 200 `ok` until it is told otherwise. */
export async function startReceiver({ tls, onConnection }: ReceiverOptions = {}): Promise<Receiver> {
  const received: ReceivedRequest[] = [];
  const waiting = new Set<{ count: number; resolve: () => void }>();
  const reading = new Set<Promise<void>>();
  const sockets = new Set<Socket>();
  let scripts: Script[] = [{ status: 200, body: 'ok' }];
  let takenCount = 0;
  let connectionCount = 0;

  const listener: RequestListener = (incoming, response) => {
    const read = readRequest(incoming, received.length + 1).then((request) => {
      reading.delete(read);
      if (request === null) return;
      request.order = received.push(request);
      const script = scripts.length > 1 ? scripts.shift()! : scripts[0]!;
      play(script, { request, response, socket: incoming.socket });
      for (const waiter of waiting) {
        if (received.length >= waiter.count) waiter.resolve();
      }
    });
    reading.add(read);
  };
  const server = tls === undefined ? createServer(listener) : createTlsServer(tls, listener);
  server.on('connection', (socket: Socket) => {
    connectionCount += 1;
    sockets.add(socket);
    socket.on('error', () => {});
    socket.once('close', () => sockets.delete(socket));
    onConnection?.(socket);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;

  async function requests(count: number): Promise<readonly ReceivedRequest[]> {
    if (received.length < count) {
      const { promise, resolve } = Promise.withResolvers<void>();
      const waiter = { count, resolve };
      waiting.add(waiter);
      await promise;
      waiting.delete(waiter);
    }
    return received.slice(0, count);
  }

  async function close(): Promise<void> {
    if (!server.listening) return;
    const closed = once(server, 'close');
    server.close();
    for (const socket of sockets) socket.destroy();
    await closed;
  }

  return {
    url: `${tls === undefined ? 'http' : 'https'}://127.0.0.1:${port}`,
    port,
    received,
    get connectionCount() {
      return connectionCount;
    },
    answerWith(given) {
      scripts = Array.isArray(given) ? [...(given as readonly Script[])] : [given as Script];
    },
    requests,
    async next() {
      takenCount += 1;
      return (await requests(takenCount))[takenCount - 1]!;
    },
    async read() {
      await Promise.all(reading);
    },
    async connectionClosed(remotePort) {
      const socket = [...sockets].find((open) => open.remotePort === remotePort);
      if (socket !== undefined) await once(socket, 'close');
    },
    async connectionsClosed() {
      await Promise.all([...sockets].map((socket) => once(socket, 'close')));
    },
    close,
    [Symbol.asyncDispose]: close,
  };
}

function play(script: Script, exchange: Exchange): void {
  if (typeof script === 'function') return script(exchange);
  exchange.response.writeHead(script.status ?? 200, script.headers).end(script.body ?? '');
}

async function readRequest(incoming: IncomingMessage, order: number): Promise<ReceivedRequest | null> {
  try {
    const chunks: Buffer[] = [];
    for await (const chunk of incoming as AsyncIterable<Buffer>) chunks.push(chunk);
    return {
      order,
      method: incoming.method ?? '',
      path: incoming.url ?? '',
      headers: Object.fromEntries(Object.entries(incoming.headers).map(([name, value]) => [name, String(value)])),
      rawHeaders: incoming.rawHeaders,
      body: Buffer.concat(chunks),
      remotePort: incoming.socket.remotePort ?? 0,
    };
  } catch {
    // The sender went away in the middle of it.
    return null;
  }
}
