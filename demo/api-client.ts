import { createClient } from 'graphql-ws';
import { WebSocket } from 'ws';

/** How long one call may take, in milliseconds. */
const CALL_TIMEOUT_MS = 10_000;

/** Hookgraph's API as any client uses it: queries and mutations over HTTP, subscriptions over WebSocket. */
export interface ApiClient extends AsyncDisposable {
  /** Answers with the data of an operation; throws where there are errors. */
  ask<Data>(query: string, variables: Record<string, unknown>): Promise<Data>;
  /** Calls `onNotice` with each notice, and `onEnd` when no more come: with an error unless the client has ended it. */
  subscribe<Data>(query: string, variables: Record<string, unknown>, on: Listener<Data>): void;
  /** Answers once all subscriptions so far are under way. */
  subscribed(): Promise<void>;
}

export interface Listener<Data> {
  notice: (data: Data) => void;
  failure: (error: unknown) => void;
}

export function createApiClient(url: string, key: string): ApiClient {
  const authorization = `Bearer ${key}`;
  const socket = createClient({
    url: `${url.replace(/^http/, 'ws')}/graphql`,
    webSocketImpl: WebSocket,
    connectionParams: { Authorization: authorization },
    retryAttempts: 0,
  });

  return {
    async ask<Data>(query: string, variables: Record<string, unknown>): Promise<Data> {
      const response = await fetch(`${url}/graphql`, {
        method: 'POST',
        headers: { 'content-type': 'application/json', authorization },
        body: JSON.stringify({ query, variables }),
        signal: AbortSignal.timeout(CALL_TIMEOUT_MS),
      });
      const { data, errors } = (await response.json()) as { data?: Data; errors?: Array<{ message: string }> };
      if (errors !== undefined) throw new Error(errors.map(({ message }) => message).join('\n'));
      return data!;
    },
    subscribe<Data>(query: string, variables: Record<string, unknown>, { notice, failure }: Listener<Data>): void {
      socket.subscribe<Data>(
        { query, variables },
        { next: ({ data, errors }) => (data == null ? failure(errors) : notice(data)), error: failure, complete: () => {} },
      );
    },
    async subscribed() {
      // The server takes messages in order, so the refusal of this one says that those before it are taken in.
      const { promise, resolve } = Promise.withResolvers<void>();
      socket.subscribe(
        { query: 'subscription { eventProgress(eventId: "none") { cursor } }' },
        { next: () => {}, error: () => resolve(), complete: resolve },
      );
      await promise;
    },
    async [Symbol.asyncDispose]() {
      await socket.dispose();
    },
  };
}
