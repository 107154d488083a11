import { describe, expect, it } from 'vitest';
import { QUEUE_LIMIT } from '../../src/dispatch/backlog.js';
import { readHeldBytes } from '../support/held-bytes.js';
import { makeOrganization, makeWebhook } from '../support/platform.js';
import { startReceiver } from '../support/receiver.js';
import { startTestServer, type TestServer } from '../support/server.js';

/** With it and what is around it, an event has some 700 bytes on the wire, as a common one. */
const FILLING = 'x'.repeat(500);

/** What one call publishes at most. */
const CALL_SIZE = 1000;

/** A server with hooks that are sent one delivery each, and no more while the clock stands still. */
async function start(hookCount: number) {
  const stack = new AsyncDisposableStack();
  const server = stack.use(await startTestServer());
  const receiver = stack.use(await startReceiver());
  const organizationIds: string[] = [];
  for (let count = 0; count < hookCount; count += 1) {
    const organizationId = await makeOrganization(server);
    organizationIds.push(organizationId);
    await makeWebhook(server, { organizationId, endpoint: receiver.url, settings: { rateLimit: { deliveries: 1, per: 'MINUTE' } } });
  }
  for (const organizationId of organizationIds) await publishTo(server, organizationId, 1);
  await receiver.requests(hookCount);
  return { server, organizationIds, [Symbol.asyncDispose]: () => stack.disposeAsync() };
}

async function publishTo(server: TestServer, organizationId: string, count: number): Promise<void> {
  const events = Array.from({ length: count }, (_, index) => ({ type: 'order_created', payload: { n: index, order: FILLING } }));
  const mutation = 'mutation ($input: PublishEventsInput!) { publishEvents(input: $input) { duplicate } }';
  await server.gql(mutation, { input: { organizationId, events } });
}

describe('a delivery that waits', () => {
  it('takes no memory where many do: it is in the table', async () => {
    await using started = await start(8);
    const { server, organizationIds } = started;
    const publish = async (count: number) => {
      for (let call = 0; call < count / CALL_SIZE; call += 1) {
        await publishTo(server, organizationIds[call % organizationIds.length]!, CALL_SIZE);
      }
    };

    await publish(10_000);
    const withTenThousand = await readHeldBytes();
    await publish(40_000);
    const withFiftyThousand = await readHeldBytes();

    expect((withFiftyThousand - withTenThousand) / 40_000).toBeLessThan(50);
  }, 60_000);

  it('takes little more than its event where it waits in memory', async () => {
    await using started = await start(100);
    const { server, organizationIds } = started;
    const before = await readHeldBytes();

    for (const organizationId of organizationIds) await publishTo(server, organizationId, QUEUE_LIMIT);
    const after = await readHeldBytes();

    expect((after - before) / (100 * QUEUE_LIMIT)).toBeLessThan(950);
  }, 60_000);
});
