import { once } from 'node:events';
import { WebSocket } from 'ws';
import type { Notices, Watching } from './subscriber-commands.js';

/** What a page that shows attempts as they come asks for. */
const SUBSCRIPTION = `subscription ($organizationId: ID!, $after: String) {
  deliveryAttempts(organizationId: $organizationId, after: $after) {
    cursor
    attempt { id number startedAt outcome { __typename } delivery { id status event { type } } }
  }
}`;

/** How many sockets are being opened at once. */
const OPENING_COUNT = 32;

const FAULT_LIMIT = 5;

/** What servers say, as far as it matters here (graphql-transport-ws). */
type ServerMessage =
  | { type: 'connection_ack' | 'ping' | 'pong' }
  | { type: 'next'; id: string; payload: { data: { deliveryAttempts: Notice } | null; errors?: unknown } }
  | { type: 'error' | 'complete'; id: string };

interface Notice {
  attempt: { id: string; delivery: { id: string } };
}

/** Subscribers over real sockets, and what came to them. */
export class Subscribers {
  readonly #now: () => number;
  readonly #subscribers: number[] = [];
  readonly #attemptIndexes: number[] = [];
  readonly #arrivedAts: number[] = [];
  readonly #attempts: Array<{ id: string; deliveryId: string }> = [];
  readonly #indexOf = new Map<string, number>();
  readonly #faults: string[] = [];
  #isEndExpected = false;

  constructor(now: () => number) {
    this.#now = now;
  }

  get noticeCount(): number {
    return this.#subscribers.length;
  }

  async watch(watching: Watching): Promise<void> {
    const { organizations, subscribersEach, perSocket } = watching;
    const count = organizations.length * subscribersEach;
    let next = 0;
    const openInTurn = async () => {
      while (next < count) {
        const numbers = Array.from({ length: Math.min(perSocket, count - next) }, (_, index) => next + index);
        next += numbers.length;
        await this.#open(watching, numbers);
      }
    };
    await Promise.all(Array.from({ length: OPENING_COUNT }, openInTurn));
  }

  expectEnd(): void {
    this.#isEndExpected = true;
  }

  takeNotices(): Notices {
    return {
      subscribers: Int32Array.from(this.#subscribers),
      attemptIndexes: Int32Array.from(this.#attemptIndexes),
      arrivedAts: Float64Array.from(this.#arrivedAts),
      attempts: this.#attempts,
      faults: this.#faults,
    };
  }

  async #open({ url, adminKey, organizations, subscribersEach }: Watching, numbers: readonly number[]): Promise<void> {
    const socket = new WebSocket(url, 'graphql-transport-ws', { perMessageDeflate: false });
    await once(socket, 'open');
    const send = (message: object) => socket.send(JSON.stringify(message));
    const acknowledged = Promise.withResolvers<void>();
    socket.on('message', (bytes: Buffer) => {
      const arrivedAt = this.#now();
      const message = JSON.parse(bytes.toString()) as ServerMessage;
      if (message.type === 'next') this.#take(message, arrivedAt);
      else if (message.type === 'connection_ack') acknowledged.resolve();
      else if (message.type === 'ping') send({ type: 'pong' });
      else if (message.type !== 'pong') this.#fail(`A subscription ended: ${bytes.toString()}.`);
    });
    // What breaks is closed too, and told there.
    socket.on('error', () => {});
    socket.on('close', (code: number) => {
      this.#fail(`A socket was closed with ${code}.`);
      acknowledged.reject(new Error(`A socket was closed with ${code} before it was acknowledged.`));
    });
    send({ type: 'connection_init', payload: { Authorization: `Bearer ${adminKey}` } });
    await acknowledged.promise;
    for (const number of numbers) {
      const { id: organizationId, after } = organizations[Math.floor(number / subscribersEach)]!;
      send({ type: 'subscribe', id: String(number), payload: { query: SUBSCRIPTION, variables: { organizationId, after } } });
    }
  }

  #take({ id, payload }: Extract<ServerMessage, { type: 'next' }>, arrivedAt: number): void {
    if (payload.data === null || payload.errors !== undefined) {
      this.#fail(`A notice had errors: ${JSON.stringify(payload.errors)}.`);
      return;
    }
    const { attempt } = payload.data.deliveryAttempts;
    let index = this.#indexOf.get(attempt.id);
    if (index === undefined) {
      index = this.#attempts.push({ id: attempt.id, deliveryId: attempt.delivery.id }) - 1;
      this.#indexOf.set(attempt.id, index);
    }
    this.#subscribers.push(Number(id));
    this.#attemptIndexes.push(index);
    this.#arrivedAts.push(arrivedAt);
  }

  #fail(fault: string): void {
    if (!this.#isEndExpected && this.#faults.length < FAULT_LIMIT) this.#faults.push(fault);
  }
}
