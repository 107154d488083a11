import { expect } from 'vitest';
import type { Config } from '../../src/config.js';
import { ManualClock } from './manual-clock.js';
import { ATTEMPTS, type HookSettings, makeOrganization, makeWebhook, publish, readDeliveries } from './platform.js';
import { type Exchange, type ReceivedRequest, type Receiver, startReceiver } from './receiver.js';
import { startTestServer, type TestServer } from './server.js';

/** A server whose clock the test moves, and one hook for `order_created` that POSTs to one receiver. */
export interface Platform extends AsyncDisposable {
  readonly clock: ManualClock;
  readonly server: TestServer;
  readonly receiver: Receiver;
  readonly organizationId: string;
  readonly webhookId: string;
  readonly hookId: string;
  readonly signingSecret: string;
}

export interface PlatformOptions {
  /** Settings of the server that differ from the defaults. */
  config?: Partial<Config>;
  /** How fast and in what order the hook is served. */
  settings?: HookSettings;
  clock?: ManualClock;
}

/** Starts all of it; what was started ends with the scope. */
export async function startPlatform({ config = {}, settings = {}, clock = new ManualClock() }: PlatformOptions = {}): Promise<Platform> {
  const stack = new AsyncDisposableStack();
  const server = stack.use(await startTestServer({ clock, config }));
  const receiver = stack.use(await startReceiver());
  const organizationId = await makeOrganization(server);
  const { id: webhookId, hookIds, signingSecret } = await makeWebhook(server, { organizationId, endpoint: receiver.url, settings });
  return {
    clock,
    server,
    receiver,
    organizationId,
    webhookId,
    hookId: hookIds.order_created!,
    signingSecret,
    [Symbol.asyncDispose]: () => stack.disposeAsync(),
  };
}

/** Changes the settings of the platform's hook. */
export async function changeHook({ server, webhookId, hookId }: Platform, settings: HookSettings): Promise<void> {
  await server.gql('mutation ($id: ID!, $input: UpdateWebhookInput!) { updateWebhook(id: $id, input: $input) { id } }', {
    id: webhookId,
    input: { hooks: [{ id: hookId, ...settings }] },
  });
}

/** Holds the receiver's answers from now on, and gives those that are held: what the test takes out it must end. */
export function holdAnswers({ receiver }: Pick<Platform, 'receiver'>): Exchange[] {
  const held: Exchange[] = [];
  receiver.answerWith((exchange) => void held.push(exchange));
  return held;
}

/** Waits until `count` requests have come in all, and shows that no more have. */
export async function expectRequests({ server, receiver, organizationId }: Platform, count: number): Promise<void> {
  await receiver.requests(count);
  // It asks the database, as does whatever would be sent.
  await readDeliveries(server, organizationId);
  expect(receiver.received).toHaveLength(count);
}

/**
 * Publishes an event to which the receiver answers with this status, now and later. Gives its delivery as it is after the
 * first attempt, and a way to see the attempts that follow.
 */
export async function attemptOnce({ server, receiver, organizationId }: Platform, status: number) {
  receiver.answerWith({ status });
  const attempts = await server.subscribe(ATTEMPTS, { organizationId });
  const nextAttempt = async () => (await attempts.next()).deliveryAttempts.attempt;
  const eventId = await publish(server, organizationId);
  const { delivery } = await nextAttempt();
  return { eventId, delivery, nextAttempt };
}

/** Publishes one event for each ordering key in one call, with the payloads `{ n: from }`, `{ n: from + 1 }`, … */
export async function publishKeys(server: TestServer, organizationId: string, keys: Array<string | null>, from = 1): Promise<void> {
  const events = keys.map((orderingKey, index) => ({ type: 'order_created', payload: { n: from + index }, orderingKey }));
  await server.gql('mutation ($input: PublishEventsInput!) { publishEvents(input: $input) { duplicate } }', {
    input: { organizationId, events },
  });
}

/** The number in the payload of a request. */
export function numberIn({ body }: ReceivedRequest): number {
  return JSON.parse(body.toString()).data.n;
}

/** Holds the receiver's answers from now on, to be given by the numbers in the payloads. */
export function holdNumbered({ receiver }: Pick<Platform, 'receiver'>) {
  const held = new Map<number, Exchange>();
  receiver.answerWith((exchange) => void held.set(numberIn(exchange.request), exchange));
  return {
    answer(n: number, status = 200): void {
      held.get(n)!.response.writeHead(status).end();
      held.delete(n);
    },
    /** The numbers of the requests that wait for an answer, once `count` have come in all and no more. */
    async waiting(count: number, server: TestServer): Promise<number[]> {
      await receiver.requests(count);
      await server.gql('{ organizations { edges { cursor } } }');
      expect(receiver.received).toHaveLength(count);
      return [...held.keys()].toSorted((a, b) => a - b);
    },
  };
}
