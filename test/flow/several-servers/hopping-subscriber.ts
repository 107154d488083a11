import { createClient } from 'graphql-ws';
import { WebSocket } from 'ws';
import { ADMIN_KEY } from '../../support/server.js';
import type { Fleet } from './fleet.js';

const ATTEMPTS = `
  subscription ($organizationId: ID!, $after: String) {
    deliveryAttempts(organizationId: $organizationId, after: $after) { cursor attempt { id } }
  }`;

/** How many notices it takes from one server before it goes to the next. */
const STAY = 700;

/** A client that watches an organization, now at one server and now at another, with its last cursor. */
export class HoppingSubscriber {
  /** The ids of the attempts it was told of, in order. */
  readonly told: string[] = [];
  hopCount = 0;
  readonly #fleet: Fleet;
  readonly #organizationId: string;
  #cursor: string;
  #leave = () => {};
  #isOver = false;
  readonly #following: Promise<void>;

  constructor(fleet: Fleet, organizationId: string, cursor: string) {
    this.#fleet = fleet;
    this.#organizationId = organizationId;
    this.#cursor = cursor;
    this.#following = this.#follow();
  }

  /** Watches until it has been told of so many. */
  async toldOf(count: number, signal: AbortSignal): Promise<void> {
    while (this.told.length < count) {
      signal.throwIfAborted();
      await new Promise(setImmediate);
    }
    this.#isOver = true;
    this.#leave();
    await this.#following;
  }

  /** Goes to another server at once: this one is going to be gone, or asleep. */
  hop(): void {
    this.#leave();
  }

  async #follow(): Promise<void> {
    for (let turn = 0; !this.#isOver; turn += 1) {
      const { servers } = this.#fleet;
      try {
        await this.#stay(servers[turn % servers.length]!.url);
      } catch {
        // That server is gone.
      }
      this.hopCount += 1;
    }
  }

  async #stay(url: string): Promise<void> {
    const client = createClient({
      url: `${url.replace('http', 'ws')}/graphql`,
      webSocketImpl: WebSocket,
      connectionParams: { Authorization: `Bearer ${ADMIN_KEY}` },
      retryAttempts: 0,
    });
    this.#leave = () => void client.dispose();
    const variables = { organizationId: this.#organizationId, after: this.#cursor };
    let count = 0;
    try {
      for await (const { data, errors } of client.iterate<any>({ query: ATTEMPTS, variables })) {
        if (errors !== undefined) throw new Error(JSON.stringify(errors));
        this.#cursor = data.deliveryAttempts.cursor;
        this.told.push(data.deliveryAttempts.attempt.id);
        count += 1;
        if (count === STAY || this.#isOver) return;
      }
    } finally {
      void client.dispose();
    }
  }
}
