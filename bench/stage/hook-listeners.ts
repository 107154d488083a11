import { once } from 'node:events';
import { type AddressInfo, createServer, type Server } from 'node:net';
import type { Message } from '../wire/message-reader.js';
import { RequestServer } from '../wire/request-server.js';
import { type Arrivals, type Behaviour, deliveryKey } from './receiver-commands.js';

/**
 * Where to look for ports that will be closed: below those that systems take for outgoing connections, because a connection
 * to a closed port of theirs may happen to get that very port as its own, and then it is connected to itself.
 */
const FIRST_CLOSABLE_PORT = 20_011;

/**
 * What is added to the number of such a port for one that is held as long as it is ours: while it is closed anybody could take it,
 * and another run of the benchmark, which looks in the same place, would get and answer our requests.
 */
const CLAIM_DISTANCE = 5000;

/** The receiving ends of hooks, each on a port of its own as customers' servers are, and what has arrived there. */
export class HookListeners {
  readonly #now: () => number;
  readonly #servers = new Map<number, RequestServer>();
  /** Those that were closed and may listen again. */
  readonly #closed = new Map<number, RequestServer>();
  readonly #claims: Server[] = [];
  readonly #numbers: number[] = [];
  readonly #ports: number[] = [];
  readonly #dueAts: number[] = [];
  readonly #arrivedAts: number[] = [];
  readonly #answeredAts: number[] = [];
  readonly #deliveryIds: string[] = [];
  readonly #answered = new Set<number>();

  constructor(now: () => number) {
    this.#now = now;
  }

  /** How many deliveries were answered, each event at each hook once. */
  get answeredCount(): number {
    return this.#answered.size;
  }

  async listen({ behaviour, mayBeClosed }: { behaviour: Behaviour; mayBeClosed: boolean }): Promise<number> {
    const requests = new RequestServer((request, arrivedAt) => {
      if (behaviour === 'hang') return false;
      this.#note(request, port, arrivedAt);
      return true;
    }, this.#now);
    const { server } = requests;
    if (mayBeClosed) this.#claims.push(await listenClaimed(server));
    else await listenAt(server, 0);
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

  async [Symbol.asyncDispose](): Promise<void> {
    for (const port of this.#servers.keys()) await this.close(port);
    for (const claim of this.#claims) claim.close();
  }

  takeArrivals(): Arrivals {
    return {
      numbers: Float64Array.from(this.#numbers),
      ports: Float64Array.from(this.#ports),
      dueAts: Float64Array.from(this.#dueAts),
      arrivedAts: Float64Array.from(this.#arrivedAts),
      answeredAts: Float64Array.from(this.#answeredAts),
      deliveryIds: this.#deliveryIds,
    };
  }

  #note({ head, body }: Message, port: number, arrivedAt: number): void {
    const { data } = JSON.parse(body.toString('utf8')) as { data: { number: number; dueAt: number } };
    this.#answered.add(deliveryKey(data.number, port));
    this.#numbers.push(data.number);
    this.#ports.push(port);
    this.#dueAts.push(data.dueAt);
    this.#arrivedAts.push(arrivedAt);
    this.#deliveryIds.push(deliveryIdOf(head));
    this.#answeredAts.push(this.#now());
  }
}

/** Empty where somebody else has sent it: a yardstick. */
function deliveryIdOf(head: string): string {
  const id = /\r\nwebhook-id: *(\S+)/i.exec(head)?.[1] ?? '';
  // A copy: as a part of the head, it would keep all of that in memory.
  return Buffer.from(id, 'latin1').toString('latin1');
}

/** Listens on a port that no other run of the benchmark takes. Answers with what keeps it so. */
async function listenClaimed(server: Server): Promise<Server> {
  for (let port = FIRST_CLOSABLE_PORT; ; port += 1) {
    const claim = createServer();
    try {
      await listenAt(claim, port + CLAIM_DISTANCE);
      await listenAt(server, port);
      return claim;
    } catch (error) {
      claim.close();
      if ((error as NodeJS.ErrnoException).code !== 'EADDRINUSE') throw error;
    }
  }
}

async function listenAt(server: Server, port: number): Promise<void> {
  server.listen(port, '127.0.0.1');
  await once(server, 'listening');
}
