import type { Client } from 'graphql-ws';

/** What a subscription brings; nothing of it is lost while nobody reads. */
export interface Notices<Value> {
  /** The next notice. Rejects when the subscription ended or failed. */
  next(): Promise<Value>;
  /** The next `count` notices. */
  take(count: number): Promise<Value[]>;
  /** All that come until the subscription completes. */
  rest(): Promise<Value[]>;
  /** How many have come and were not taken. */
  readonly waitingCount: number;
  /** Ends the subscription. */
  end(): Promise<void>;
}

/**
 * Subscribes, and answers once the server has taken the subscription in: messages of a socket and questions to the
 * database are taken in order, so the answer to a second, faulty subscription says that the first is there.
 */
export async function readNotices<Value>(client: Client, query: string, variables: Record<string, unknown>): Promise<Notices<Value>> {
  const stream = client.iterate<Value>({ query, variables });
  const waiting: Value[] = [];
  let failure: unknown;
  let isComplete = false;
  let wake = () => {};

  const reading = (async () => {
    try {
      for await (const { data, errors } of stream) {
        if (errors !== undefined) throw new Error(JSON.stringify(errors, null, 2));
        waiting.push(data as Value);
        wake();
      }
    } catch (error) {
      failure = error;
    }
    isComplete = true;
    wake();
  })();
  await takenIn(client);

  async function arrived(): Promise<boolean> {
    while (waiting.length === 0 && !isComplete) {
      await new Promise<void>((resolve) => {
        wake = resolve;
      });
    }
    if (waiting.length === 0 && failure !== undefined) throw failure;
    return waiting.length > 0;
  }

  const notices: Notices<Value> = {
    get waitingCount() {
      return waiting.length;
    },
    async next() {
      if (!(await arrived())) throw new Error('The subscription has completed.');
      return waiting.shift()!;
    },
    async take(count) {
      const taken: Value[] = [];
      while (taken.length < count) taken.push(await notices.next());
      return taken;
    },
    async rest() {
      const taken: Value[] = [];
      while (await arrived()) taken.push(waiting.shift()!);
      return taken;
    },
    async end() {
      await stream.return?.();
      await reading;
    },
  };
  return notices;
}

async function takenIn(client: Client): Promise<void> {
  const { promise, resolve } = Promise.withResolvers<void>();
  client.subscribe(
    { query: 'subscription { eventProgress(eventId: "none") { cursor } }' },
    { next: () => {}, error: () => resolve(), complete: () => resolve() },
  );
  await promise;
}
