import { describe, expect, it } from 'vitest';
import { ManualClock } from '../support/manual-clock.js';
import { ATTEMPTS, makeOrganization, makeWebhook, publish, RESULTS } from '../support/platform.js';
import { startReceiver } from '../support/receiver.js';
import { startTestServer } from '../support/server.js';

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;

/** Standard Webhooks' advice, in milliseconds. */
const SCHEDULE = [5000, 5 * MINUTE, 30 * MINUTE, 2 * HOUR, 5 * HOUR, 10 * HOUR, 14 * HOUR, 20 * HOUR, 24 * HOUR];

describe('retries', () => {
  it('follow the schedule, each within 20 % of its step and with the same webhook-id, and then the delivery has failed', async () => {
    const clock = new ManualClock();
    await using server = await startTestServer({ clock });
    await using receiver = await startReceiver();
    const organizationId = await makeOrganization(server);
    await makeWebhook(server, { organizationId, endpoint: receiver.url });
    const attempts = await server.subscribe(ATTEMPTS, { organizationId });
    const results = await server.subscribe(RESULTS, { organizationId });
    receiver.answerWith({ status: 500, body: 'no' });

    await publish(server, organizationId);

    let dueAt = clock.now();
    for (const [index, step] of SCHEDULE.entries()) {
      const { attempt } = (await attempts.next()).deliveryAttempts;
      expect(Date.parse(attempt.startedAt)).toBe(dueAt);
      dueAt = Date.parse(attempt.delivery.nextAttemptAt);
      const waitMs = dueAt - clock.now();
      expect(attempt).toMatchObject({ number: index + 1, delivery: { status: 'RETRYING' }, outcome: { status: 500, body: 'no' } });
      expect(waitMs).toBeGreaterThanOrEqual(0.8 * step);
      expect(waitMs).toBeLessThanOrEqual(1.2 * step);
      // An attempt begun too soon would show in when it started.
      clock.advance(waitMs - 1);
      await server.gql('{ __typename }');
      clock.advance(1);
    }
    const { delivery } = (await results.next()).deliveryResults;
    expect(delivery).toMatchObject({ status: 'FAILED', attemptCount: 10, nextAttemptAt: null });
    expect(new Set(receiver.received.map(({ headers }) => headers['webhook-id']))).toEqual(new Set([delivery.id]));
    expect(new Set(receiver.received.map(({ body }) => body.toString())).size).toBe(1);
  });

  it('go on after a restart where they were', async () => {
    const clock = new ManualClock();
    await using receiver = await startReceiver();
    await using before = await startTestServer({ clock });
    const organizationId = await makeOrganization(before);
    await makeWebhook(before, { organizationId, endpoint: receiver.url });
    receiver.answerWith([{ status: 503 }, { status: 503 }, { status: 200 }]);
    const attempts = await before.subscribe(ATTEMPTS, { organizationId });
    await publish(before, organizationId);
    await attempts.next();
    clock.advance(6000);
    const { cursor, attempt } = (await attempts.next()).deliveryAttempts;
    await before.stop();

    await using after = await startTestServer({ clock, config: { dataDir: before.dataDir } });
    const resumed = await after.subscribe(ATTEMPTS, { organizationId, after: cursor });
    expect(receiver.received).toHaveLength(2);
    clock.advance(Date.parse(attempt.delivery.nextAttemptAt) - clock.now());

    const third = (await resumed.next()).deliveryAttempts.attempt;
    expect(third).toMatchObject({ number: 3, outcome: { status: 200 }, delivery: { id: attempt.delivery.id, status: 'SUCCEEDED' } });
    expect(receiver.received).toHaveLength(3);
  });

  it('that fell due while the server was away are made at its start', async () => {
    const clock = new ManualClock();
    await using receiver = await startReceiver();
    await using before = await startTestServer({ clock });
    const organizationId = await makeOrganization(before);
    await makeWebhook(before, { organizationId, endpoint: receiver.url });
    receiver.answerWith([{ status: 503 }, { status: 200 }]);
    const attempts = await before.subscribe(ATTEMPTS, { organizationId });
    await publish(before, organizationId);
    await attempts.next();
    await before.stop();
    clock.advance(24 * HOUR);

    await using after = await startTestServer({ clock, config: { dataDir: before.dataDir } });

    const [, second] = await receiver.requests(2);
    const { delivery } = await after.gql('query ($id: ID!) { delivery(id: $id) { id } }', { id: second!.headers['webhook-id'] });
    expect(delivery).not.toBeNull();
  });

  it('are not made for redirects followed: a 3xx is an answer like any other, and a failure', async () => {
    await using server = await startTestServer();
    await using receiver = await startReceiver();
    const organizationId = await makeOrganization(server);
    await makeWebhook(server, { organizationId, endpoint: receiver.url });
    receiver.answerWith({ status: 302, headers: { location: `${receiver.url}/elsewhere` } });
    const attempts = await server.subscribe(ATTEMPTS, { organizationId });

    await publish(server, organizationId);

    const { attempt } = (await attempts.next()).deliveryAttempts;
    expect(attempt).toMatchObject({ outcome: { status: 302 }, delivery: { status: 'RETRYING' } });
    expect(receiver.received).toHaveLength(1);
  });
});
