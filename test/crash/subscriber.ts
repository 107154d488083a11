import { createClient } from 'graphql-ws';
import { WebSocket } from 'ws';
import { ADMIN_KEY } from '../support/server.js';
import type { ServerProcess } from '../support/server-process.js';

const ATTEMPTS = `
  subscription ($organizationId: ID!, $after: String) {
    deliveryAttempts(organizationId: $organizationId, after: $after) { cursor attempt { id } }
  }`;

interface AttemptNotice {
  deliveryAttempts: { cursor: string; attempt: { id: string } };
}

/** A client that watches an organization over all lives of its server, and goes on each time from its last cursor. */
export class Subscriber {
  /** The ids of the attempts it was told of, in order. */
  readonly told: string[] = [];
  readonly #organizationId: string;
  #cursor: string;
  #wake = () => {};

  /** The cursor is that of the place to begin at. */
  constructor(organizationId: string, cursor: string) {
    this.#organizationId = organizationId;
    this.#cursor = cursor;
  }

  /** Watches until the connection ends, which it may when it is over and at no other time. */
  async follow(server: Pick<ServerProcess, 'url'>, isOver: () => boolean): Promise<void> {
    const client = createClient({
      url: `${server.url.replace('http', 'ws')}/graphql`,
      webSocketImpl: WebSocket,
      connectionParams: { Authorization: `Bearer ${ADMIN_KEY}` },
      retryAttempts: 0,
    });
    const variables = { organizationId: this.#organizationId, after: this.#cursor };
    try {
      for await (const { data, errors } of client.iterate<AttemptNotice>({ query: ATTEMPTS, variables })) {
        if (errors !== undefined) throw new Error(JSON.stringify(errors));
        const { cursor, attempt } = data!.deliveryAttempts;
        this.#cursor = cursor;
        this.told.push(attempt.id);
        this.#wake();
      }
    } catch (error) {
      // The end of a connection is an event and no error.
      if (!isOver() || error instanceof Error || Array.isArray(error)) throw error;
    } finally {
      void client.dispose();
    }
    if (!isOver()) throw new Error('The subscription ended while the server was there.');
  }

  /** Waits until it is told of an attempt. */
  async toldOf(attemptId: string): Promise<void> {
    while (!this.told.includes(attemptId)) {
      await new Promise<void>((resolve) => {
        this.#wake = resolve;
      });
    }
  }
}
