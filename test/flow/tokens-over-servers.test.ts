import { describe, expect, it } from 'vitest';
import { type Clock, systemClock } from '../../src/clock.js';
import { ATTEMPTS, makeOrganization, publish } from '../support/platform.js';
import { makeDatabase, onPostgres } from '../support/postgres.js';
import { startReceiver } from '../support/receiver.js';
import { startTestServer, type TestServer } from '../support/server.js';
import { authenticationAt, startTokenServer } from '../support/token-server.js';

const SERVER_COUNT = 3;

/** So many that each server leads some of them. */
const HOOK_COUNT = 24;

/** Of a token. */
const LIFE_SECONDS = 300;

/** Servers on one database with a webhook of many hooks whose tokens live shortly. */
async function start() {
  const stack = new AsyncDisposableStack();
  // Time goes on as ever, since servers wait a moment before they tell each other anything, and jumps now and then.
  let aheadMs = 0;
  const clock: Clock = { ...systemClock, now: () => systemClock.now() + aheadMs };
  const { url: databaseUrl } = stack.use(await makeDatabase());
  // A jump would end the leases.
  const config = { databaseUrl, takeoverAfterMs: 365 * 86_400_000 };
  const servers: TestServer[] = [];
  for (let n = 0; n < SERVER_COUNT; n += 1) servers.push(stack.use(await startTestServer({ clock, config })));
  const receiver = stack.use(await startReceiver());
  const tokens = stack.use(await startTokenServer());
  tokens.answerWith({ body: { expires_in: LIFE_SECONDS } });
  for (const server of servers) await untilItLeads(server, Math.floor(128 / SERVER_COUNT));
  const organizationId = await makeOrganization(servers[0]!);
  const hooks = Array.from({ length: HOOK_COUNT }, (_, n) => ({ type: 'order_created', method: 'POST', endpoint: `${receiver.url}/${n}` }));
  await servers[0]!.gql('mutation ($input: CreateWebhookInput!) { createWebhook(input: $input) { id } }', {
    input: { organizationId, name: 'Orders', hooks, authentication: authenticationAt(tokens) },
  });
  const attempts = await servers[0]!.subscribe(ATTEMPTS, { organizationId });
  return {
    receiver,
    tokens,
    /** Lets so much time go by. */
    pass(ms: number): void {
      aheadMs += ms;
    },
    /** Publishes an event at each of the servers and waits for all their attempts. */
    async deliver() {
      const before = tokens.requestCount;
      for (const server of servers) await publish(server, organizationId);
      const told = await attempts.take(SERVER_COUNT * HOOK_COUNT);
      return {
        statuses: new Set(told.map((one: any) => one.deliveryAttempts.attempt.outcome.status)),
        requestCount: tokens.requestCount - before,
      };
    },
    [Symbol.asyncDispose]: () => stack.disposeAsync(),
  };
}

async function untilItLeads({ url }: { url: string }, least: number): Promise<void> {
  for (;;) {
    const { shardCount } = (await (await fetch(`${url}/health`)).json()) as { shardCount: number };
    if (shardCount >= least && shardCount <= least + 1) return;
  }
}

/** Hooks fall to servers by chance, so one of three may have none of them. */
function expectOneOfEach(requestCount: number): void {
  expect(requestCount).toBeGreaterThan(1);
  expect(requestCount).toBeLessThanOrEqual(SERVER_COUNT);
}

describe.runIf(onPostgres)('the token of a webhook whose hooks are led by several servers', () => {
  it('is asked for once by each of them in its life, however many deliveries want it', async () => {
    await using flow = await start();

    for (let life = 0; life < 3; life += 1) {
      const first = await flow.deliver();
      const again = await flow.deliver();
      flow.pass(LIFE_SECONDS * 1000);

      expect(first.statuses).toEqual(new Set([200]));
      expectOneOfEach(first.requestCount);
      expect(again.requestCount).toBe(0);
    }
  });

  it('is asked for once more by each of them when the receiver refuses it', async () => {
    await using flow = await start();
    await flow.deliver();
    const refused = new Set(flow.tokens.issued);
    flow.receiver.answerWith(({ request, response }) => {
      const token = request.headers.authorization!.replace('Bearer ', '');
      response.writeHead(refused.has(token) ? 401 : 200).end();
    });

    const after = await flow.deliver();
    const later = await flow.deliver();

    expect(after.statuses).toEqual(new Set([200]));
    expectOneOfEach(after.requestCount);
    expect(later.requestCount).toBe(0);
  });
});
