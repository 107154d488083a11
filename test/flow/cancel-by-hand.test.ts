import { describe, expect, it } from 'vitest';
import {
  ATTEMPTS,
  cancelDelivery,
  pauseHook,
  publish,
  publishMany,
  readDeliveries,
  readDelivery,
  RESULTS,
  resumeHook,
} from '../support/platform.js';
import { attemptOnce, expectRequests, holdAnswers, startPlatform } from '../support/start-platform.js';

const HOUR = 3_600_000;

const CANCEL = 'mutation ($id: ID!) { cancelDelivery(id: $id) { id } }';

describe('cancelling by hand', () => {
  it('ends one that waits behind others, which is never sent', async () => {
    await using platform = await startPlatform({ settings: { inFlightLimit: 1 } });
    const { server, receiver, organizationId } = platform;
    const held = holdAnswers(platform);
    await publishMany(server, organizationId, 3);
    await receiver.requests(1);
    const [, second] = await readDeliveries(server, organizationId);

    const cancelled = await cancelDelivery(server, second.id);

    expect(cancelled).toMatchObject({ status: 'CANCELLED', attemptCount: 0, nextAttemptAt: null });
    receiver.answerWith({ status: 200 });
    held[0]!.response.end();
    const requests = await receiver.requests(2);
    expect(requests.map(({ body }) => JSON.parse(body.toString()).data.n)).toEqual([1, 3]);
    platform.clock.advance(24 * HOUR);
    await expectRequests(platform, 2);
  });

  it('ends one that waits for its next attempt', async () => {
    await using platform = await startPlatform();
    const { server } = platform;
    const { delivery } = await attemptOnce(platform, 500);

    const cancelled = await cancelDelivery(server, delivery.id);

    expect(cancelled).toMatchObject({ status: 'CANCELLED', attemptCount: 1, nextAttemptAt: null });
    platform.clock.advance(24 * HOUR);
    await expectRequests(platform, 1);
  });

  it.each([200, 500])('lets the request under way end: an answer of %i is recorded and changes nothing', async (status) => {
    await using platform = await startPlatform();
    const { server, receiver, organizationId } = platform;
    const attempts = await server.subscribe(ATTEMPTS, { organizationId });
    const held = holdAnswers(platform);
    await publish(server, organizationId);
    const [request] = await receiver.requests(1);

    const cancelled = await cancelDelivery(server, request!.headers['webhook-id']!);
    held[0]!.response.writeHead(status).end();

    expect(cancelled).toMatchObject({ status: 'CANCELLED', attemptCount: 0 });
    const { attempt } = (await attempts.next()).deliveryAttempts;
    expect(attempt).toMatchObject({ number: 1, outcome: { status }, delivery: { status: 'CANCELLED', attemptCount: 1 } });
    platform.clock.advance(24 * HOUR);
    await expectRequests(platform, 1);
  });

  it('ends one that is held', async () => {
    await using platform = await startPlatform();
    const { server, organizationId, hookId } = platform;
    await pauseHook(server, hookId);
    await publish(server, organizationId);
    const [{ id }] = (await readDeliveries(server, organizationId)) as [{ id: string }];

    const cancelled = await cancelDelivery(server, id);
    await resumeHook(server, hookId);

    expect(cancelled).toMatchObject({ status: 'CANCELLED', attemptCount: 0 });
    platform.clock.advance(24 * HOUR);
    await expectRequests(platform, 0);
  });

  it('twice comes to the same, and is told once', async () => {
    await using platform = await startPlatform();
    const { server, organizationId } = platform;
    const results = await server.subscribe(RESULTS, { organizationId });
    const { delivery } = await attemptOnce(platform, 500);

    const [first, second] = [await cancelDelivery(server, delivery.id), await cancelDelivery(server, delivery.id)];

    expect(second).toEqual(first);
    expect((await results.next()).deliveryResults.delivery).toMatchObject({ id: delivery.id, status: 'CANCELLED' });
    const { delivery: other } = await attemptOnce(platform, 200);
    expect((await results.next()).deliveryResults.delivery.id).toBe(other.id);
  });

  it.each([
    [200, 'SUCCEEDED'],
    [500, 'FAILED'],
  ])('is refused after an answer of %i: the delivery is %s', async (status, name) => {
    await using platform = await startPlatform({ config: { retryScheduleMs: [] } });
    const { server } = platform;
    const { delivery } = await attemptOnce(platform, status);

    const { errors } = await server.ask(CANCEL, { id: delivery.id });

    expect(errors![0]!.extensions).toMatchObject({
      code: 'BAD_USER_INPUT',
      faults: [{ path: 'id', received: `a delivery that is ${name}` }],
    });
    expect(await readDelivery(server, delivery.id)).toMatchObject({ status: name, attemptCount: 1 });
  });
});
