import { describe, expect, it } from 'vitest';
import type { Role } from '../../src/config.js';
import { systemClock } from '../../src/clock.js';
import {
  ATTEMPTS,
  makeOrganization,
  makeWebhook,
  pauseHook,
  publish,
  publishMany,
  readDeliveries,
  resumeHook,
} from '../support/platform.js';
import { makeDatabase, onPostgres } from '../support/postgres.js';
import { startReceiver } from '../support/receiver.js';
import { startTestServer } from '../support/server.js';

/** Servers on one database, each with its role and the key that it needs for it. */
async function start(...roles: Role[]) {
  const stack = new AsyncDisposableStack();
  const { url: databaseUrl } = stack.use(await makeDatabase());
  const join = async (role: Role) => {
    const key = role === 'dispatcher' ? { adminApiKey: undefined } : {};
    return stack.use(await startTestServer({ clock: systemClock, config: { databaseUrl, role, ...key } }));
  };
  const servers = [];
  for (const role of roles) servers.push(await join(role));
  const receiver = stack.use(await startReceiver());
  return { servers, receiver, join, [Symbol.asyncDispose]: () => stack.disposeAsync() };
}

async function readHealth({ url }: { url: string }): Promise<any> {
  return (await fetch(`${url}/health`)).json();
}

describe.runIf(onPostgres)('servers with roles', () => {
  it('of which all only answer take everything and send nothing, until one comes that sends', async () => {
    await using flow = await start('api', 'api');
    const [first, second] = flow.servers;
    const organizationId = await makeOrganization(first!);
    const { hookIds } = await makeWebhook(second!, { organizationId, endpoint: flow.receiver.url });
    const attempts = await second!.subscribe(ATTEMPTS, { organizationId });
    await publishMany(first!, organizationId, 3);
    await pauseHook(second!, hookIds.order_created!);
    await resumeHook(first!, hookIds.order_created!);
    const before = await readDeliveries(second!, organizationId);
    const lonely = await readHealth(first!);
    const sentBefore = flow.receiver.received.length;

    await flow.join('dispatcher');
    const told = await attempts.take(3);

    expect(before.map(({ status, attemptCount }) => [status, attemptCount])).toEqual([1, 2, 3].map(() => ['PENDING', 0]));
    expect(lonely).toEqual({ status: 'ok', role: 'api', shardCount: 0, dispatcherCount: 0 });
    expect(sentBefore).toBe(0);
    expect(told.map(({ deliveryAttempts }) => deliveryAttempts.attempt.outcome.status)).toEqual([200, 200, 200]);
    expect(await readHealth(first!)).toEqual({ status: 'ok', role: 'api', shardCount: 0, dispatcherCount: 1 });
  });

  it('that only send share all hooks among them, and need no admin key', async () => {
    await using flow = await start('dispatcher', 'api', 'dispatcher');
    const [first, api, second] = flow.servers;
    const organizationId = await makeOrganization(api!);
    for (let n = 0; n < 8; n += 1) await makeWebhook(api!, { organizationId, endpoint: flow.receiver.url });

    await publish(api!, organizationId);
    await flow.receiver.requests(8);

    const shares: any[] = [];
    while (shares.length !== 2 || shares.some(({ shardCount }) => shardCount !== 64)) {
      shares.splice(0, 2, await readHealth(first!), await readHealth(second!));
    }
    expect(shares).toEqual([1, 2].map(() => ({ status: 'ok', role: 'dispatcher', shardCount: 64, dispatcherCount: 2 })));
    expect((await readHealth(api!)).shardCount).toBe(0);
  });

  it('that only send answer no GraphQL, and say who does', async () => {
    await using flow = await start('dispatcher');

    const response = await fetch(`${flow.servers[0]!.url}/graphql`, {
      method: 'POST',
      body: '{}',
      headers: { 'content-type': 'application/json' },
    });

    expect(response.status).toBe(404);
    expect(await response.json()).toEqual({
      errors: [
        {
          message: 'This server sends and answers no GraphQL (ROLE=dispatcher): ask one with ROLE=api or ROLE=all.',
          extensions: { code: 'NOT_FOUND' },
        },
      ],
    });
  });
});
