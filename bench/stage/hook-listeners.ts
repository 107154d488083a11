import { once } from 'node:events';
import type { AddressInfo, Server } from 'node:net';
import { RequestServer } from '../wire/request-server.js';
import { type Arrivals, type Behaviour, deliveryKey } from './receiver-commands.js';

/**
 * Where to look for ports that will be closed: below those that systems take for outgoing connections, because a connection
 * to a closed port of theirs may happen to get that very port as its own, and then it is connected to itself.
 */
const FIRST_CLOSABLE_PORT = 20_011;

/** The receiving ends of hooks, each on a port of its own as customers' servers are, and what has arrived there. */
export class HookListeners {
  readonly #now: () => number;
  readonly #servers = new Map<number, RequestServer>();
  /** Those that were closed and may listen again. */
  readonly #closed = new Map<number, RequestServer>();
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
    const requests = new RequestServer((body, arrivedAt) => {
      if (behaviour === 'hang') return false;
      this.#note(body, port, arrivedAt);
      return true;
    }, this.#now);
    const { server } = requests;
    await listenOn(server, mayBeClosed);
    const { port } = server.address() as AddressInfo;
    this.#servers.set(port, requests);
    return port;
  }

  async close(port: number): Promise<void> {
    const requests = this.#servers.get(port);
    if (requests === undefined) throw new Error(`Nothing listens on port ${port}.`);
    this.#servers.delete(port);
    this.#closed.set(port, requests);
    const closed = once(requests.server, 'close');
    requests.close();
    await closed;
  }

  async reopen(port: number): Promise<void> {
    const requests = this.#closed.get(port);
    if (requests === undefined) throw new Error(`Port ${port} was not closed.`);
    await listenAt(requests.server, port);
    this.#closed.delete(port);
    this.#servers.set(port, requests);
  }

  takeArrivals(): Arrivals {
    return {
      numbers: Float64Array.from(this.#numbers),
      ports: Float64Array.from(this.#ports),
      dueAts: Float64Array.from(this.#dueAts),
      arrivedAts: Float64Array.from(this.#arrivedAts),
    };
  }

  #note(body: Buffer, port: number, arrivedAt: number): void {
    const { data } = JSON.parse(body.toString('utf8')) as { data: { number: number; dueAt: number } };
    this.#answered.add(deliveryKey(data.number, port));
    this.#numbers.push(data.number);
    this.#ports.push(port);
    this.#dueAts.push(data.dueAt);
    this.#arrivedAts.push(arrivedAt);
  }
}

async function listenOn(server: Server, mayBeClosed: boolean): Promise<void> {
  for (let port = mayBeClosed ? FIRST_CLOSABLE_PORT : 0; ; port += 1) {
    try {
      await listenAt(server, port);
      return;
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EADDRINUSE') throw error;
    }
  }
}

async function listenAt(server: Server, port: number): Promise<void> {
  server.listen(port, '127.0.0.1');
  await once(server, 'listening');
}
