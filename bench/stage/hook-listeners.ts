import { once } from 'node:events';
import { createServer, type IncomingMessage, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { type Arrivals, type Behaviour, deliveryKey } from './receiver-commands.js';

/**
 * Where to look for ports that will be closed: below those that systems take for outgoing connections, because a connection
 * to a closed port of theirs may happen to get that very port as its own, and then it is connected to itself.
 */
const FIRST_CLOSABLE_PORT = 20_011;

/** The receiving ends of hooks, each on a port of its own as customers' servers are, and what has arrived there. */
export class HookListeners {
  readonly #now: () => number;
  readonly #servers = new Map<number, Server>();
  readonly #numbers: number[] = [];
  readonly #ports: number[] = [];
  readonly #dueAts: number[] = [];
  readonly #arrivedAts: number[] = [];
  readonly #answered = new Set<number>();

  constructor(now: () => number) {
    this.#now = now;
  }

  /** How many deliveries were answered, each event at each hook once. */
  get answeredCount(): number {
    return this.#answered.size;
  }

  async listen({ behaviour, mayBeClosed }: { behaviour: Behaviour; mayBeClosed: boolean }): Promise<number> {
    const server = createServer((request, response) => {
      // The headers come in one piece, so this is the turn of the loop that has the first byte.
      const arrivedAt = this.#now();
      void readBody(request).then((body) => {
        if (body === null || behaviour === 'hang') return;
        this.#note(body, port, arrivedAt);
        response.writeHead(200, { 'content-length': 2 }).end('ok');
      });
    });
    // The sender alone decides how long a connection is kept: one closed from here would cross with a request, and double it.
    server.keepAliveTimeout = 0;
    server.requestTimeout = 0;
    await listenOn(server, mayBeClosed);
    const { port } = server.address() as AddressInfo;
    this.#servers.set(port, server);
    return port;
  }

  async close(port: number): Promise<void> {
    const server = this.#servers.get(port);
    if (server === undefined) throw new Error(`Nothing listens on port ${port}.`);
    this.#servers.delete(port);
    const closed = once(server, 'close');
    server.close();
    server.closeAllConnections();
    await closed;
  }

  takeArrivals(): Arrivals {
    return {
      numbers: Float64Array.from(this.#numbers),
      ports: Float64Array.from(this.#ports),
      dueAts: Float64Array.from(this.#dueAts),
      arrivedAts: Float64Array.from(this.#arrivedAts),
    };
  }

  #note(body: string, port: number, arrivedAt: number): void {
    const { data } = JSON.parse(body) as { data: { number: number; dueAt: number } };
    this.#answered.add(deliveryKey(data.number, port));
    this.#numbers.push(data.number);
    this.#ports.push(port);
    this.#dueAts.push(data.dueAt);
    this.#arrivedAts.push(arrivedAt);
  }
}

/** The whole body; null where the sender broke off, so that a request counts as delivered only when all of it was. */
async function readBody(request: IncomingMessage): Promise<string | null> {
  const chunks: Buffer[] = [];
  try {
    for await (const chunk of request as AsyncIterable<Buffer>) chunks.push(chunk);
  } catch {
    return null;
  }
  return Buffer.concat(chunks).toString('utf8');
}

async function listenOn(server: Server, mayBeClosed: boolean): Promise<void> {
  for (let port = mayBeClosed ? FIRST_CLOSABLE_PORT : 0; ; port += 1) {
    try {
      server.listen(port, '127.0.0.1');
      await once(server, 'listening');
      return;
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EADDRINUSE') throw error;
    }
  }
}
