import { describe, expect, it } from 'vitest';
import { alterDatabase } from '../support/fault.js';
import { ManualClock } from '../support/manual-clock.js';
import { ATTEMPTS, makeOrganization, makeWebhook, publish, publishMany, RESULTS } from '../support/platform.js';
import { type Exchange, startReceiver } from '../support/receiver.js';
import { startTestServer } from '../support/server.js';
import { cursorOf } from '../support/test-ring.js';

const DELETE = 'mutation ($id: ID!) { deleteWebhook(id: $id) }';

describe('a webhook that is deleted', () => {
  it('ends its open deliveries as cancelled, and sends nothing more', async () => {
    const clock = new ManualClock();
    await using server = await startTestServer({ clock });
    await using receiver = await startReceiver();
    const organizationId = await makeOrganization(server);
    const webhook = await makeWebhook(server, { organizationId, endpoint: receiver.url });
    receiver.answerWith({ status: 500 });
    const attempts = await server.subscribe(ATTEMPTS, { organizationId });
    const results = await server.subscribe(RESULTS, { organizationId });
    await publishMany(server, organizationId, 3);
    await attempts.take(3);

    await server.gql(DELETE, { id: webhook.id });
    clock.advance(24 * 3600 * 1000);

    const deliveries = (await results.take(3)).map(({ deliveryResults }) => deliveryResults.delivery);
    expect(deliveries).toMatchObject(
      Array.from({ length: 3 }, () => ({ status: 'CANCELLED', attemptCount: 1, nextAttemptAt: null, hook: { status: 'REMOVED' } })),
    );
    expect(receiver.received).toHaveLength(3);
  });

  it('keeps the attempt that was on the wire in the record, and tells the cancellation once', async () => {
    await using server = await startTestServer();
    await using receiver = await startReceiver();
    const organizationId = await makeOrganization(server);
    const webhook = await makeWebhook(server, { organizationId, endpoint: receiver.url });
    const held: Exchange[] = [];
    receiver.answerWith((exchange) => void held.push(exchange));
    const attempts = await server.subscribe(ATTEMPTS, { organizationId });
    const results = await server.subscribe(RESULTS, { organizationId });
    await publish(server, organizationId);
    await receiver.requests(1);

    await server.gql(DELETE, { id: webhook.id });
    const { delivery } = (await results.next()).deliveryResults;
    held[0]!.response.end('late');

    const { cursor, attempt } = (await attempts.next()).deliveryAttempts;
    expect(delivery).toMatchObject({ status: 'CANCELLED', attemptCount: 0 });
    expect(attempt).toMatchObject({
      number: 1,
      outcome: { status: 200 },
      delivery: { id: delivery.id, status: 'CANCELLED', attemptCount: 1 },
    });
    const replayed = await server.subscribe(RESULTS, { organizationId, after: cursorOf('change', 0, organizationId) });
    await replayed.next();
    expect([results.waitingCount, replayed.waitingCount]).toEqual([0, 0]);
    expect(cursor).toBeDefined();
  });

  it('that a crash left half deleted ends its open deliveries at the next start', async () => {
    await using before = await startTestServer();
    await using receiver = await startReceiver();
    receiver.answerWith(() => {});
    const organizationId = await makeOrganization(before);
    await makeWebhook(before, { organizationId, endpoint: receiver.url });
    await publishMany(before, organizationId, 3);
    await receiver.requests(3);
    await receiver.close();
    await before.stop();
    // The removal is on disk, the cancellation that follows it is not.
    await alterDatabase(before, `update hooks set status = 'REMOVED'; update deliveries set status = 'PENDING', next_attempt_at = 0`);

    await using after = await startTestServer({ config: { dataDir: before.dataDir } });

    const { organization } = await after.gql('query ($id: ID!) { organization(id: $id) { deliveries { edges { node { status } } } } }', {
      id: organizationId,
    });
    expect(organization.deliveries.edges).toEqual(Array.from({ length: 3 }, () => ({ node: { status: 'CANCELLED' } })));
  });
});
