import { describe, expect, it } from 'vitest';
import { cancelDelivery, pauseHook, readDelivery, RESULTS, resumeHook, retryDelivery } from '../support/platform.js';
import { attemptOnce, expectRequests, holdAnswers, startPlatform } from '../support/start-platform.js';

const NOBODY = '019b796d-0000-7000-8000-000000000000';
const HOUR = 3_600_000;

const RETRY = 'mutation ($id: ID!) { retryDelivery(id: $id) { id } }';
const PROGRESS = `
  subscription ($eventId: ID!) {
    eventProgress(eventId: $eventId) { deliveryCount finalCount attempt { number } delivery { id } }
  }`;

const isoTime = (instant: number) => new Date(instant).toISOString();

describe('retrying by hand', () => {
  it.each([
    ['without a schedule', [], 1],
    ['at the end of its schedule', [1000], 2],
  ])('attempts a delivery that has failed once more, numbered on, %s', async (_, retryScheduleMs, failedCount) => {
    await using platform = await startPlatform({ config: { retryScheduleMs } });
    const { server, receiver, organizationId, clock } = platform;
    const results = await server.subscribe(RESULTS, { organizationId });
    const { delivery, nextAttempt } = await attemptOnce(platform, 500);
    clock.advance(2000);
    const failed = (await results.next()).deliveryResults.delivery;
    expect(failed).toMatchObject({ id: delivery.id, status: 'FAILED', attemptCount: failedCount });

    const open = await retryDelivery(server, delivery.id);

    expect(open).toMatchObject({ status: 'PENDING', attemptCount: failedCount, nextAttemptAt: isoTime(clock.now()) });
    expect((await results.next()).deliveryResults.delivery).toMatchObject({ status: 'FAILED', attemptCount: failedCount + 1 });
    receiver.answerWith({ status: 200 });
    await retryDelivery(server, delivery.id);
    expect((await results.next()).deliveryResults.delivery).toMatchObject({ status: 'SUCCEEDED', attemptCount: failedCount + 2 });
    const numbers = [];
    for (let count = 0; count < failedCount + 1; count += 1) numbers.push((await nextAttempt()).number);
    expect(numbers).toEqual(Array.from({ length: failedCount + 1 }, (_unused, index) => index + 2));
    platform.clock.advance(24 * HOUR);
    await expectRequests(platform, failedCount + 2);
  });

  it('attempts one that waits for its next attempt now instead of then', async () => {
    await using platform = await startPlatform();
    const { server, receiver } = platform;
    const { delivery, nextAttempt } = await attemptOnce(platform, 500);
    receiver.answerWith({ status: 200 });

    await retryDelivery(server, delivery.id);

    expect(await nextAttempt()).toMatchObject({ number: 2, delivery: { status: 'SUCCEEDED', attemptCount: 2, nextAttemptAt: null } });
    platform.clock.advance(24 * HOUR);
    await expectRequests(platform, 2);
  });

  it('that fails again leaves the rest of the schedule as it was', async () => {
    await using platform = await startPlatform({ config: { retryScheduleMs: [HOUR, 2 * HOUR] } });
    const { server, receiver, clock } = platform;
    const { delivery, nextAttempt } = await attemptOnce(platform, 500);

    await retryDelivery(server, delivery.id);

    const { delivery: again } = await nextAttempt();
    expect(again).toMatchObject({ status: 'RETRYING', attemptCount: 2 });
    const waitMs = Date.parse(again.nextAttemptAt) - clock.now();
    expect(waitMs).toBeGreaterThanOrEqual(1.6 * HOUR);
    // The first retry would have been due by now.
    clock.advance(waitMs - 1);
    await readDelivery(server, delivery.id);
    expect(receiver.received).toHaveLength(2);
    clock.advance(1);
    expect(await nextAttempt()).toMatchObject({ number: 3, delivery: { status: 'FAILED' } });
  });

  it('twice in a row, and while the request is under way, makes one attempt', async () => {
    await using platform = await startPlatform({ config: { retryScheduleMs: [] } });
    const { server, receiver } = platform;
    const { delivery, nextAttempt } = await attemptOnce(platform, 500);
    const held = holdAnswers(platform);

    await server.gql('mutation ($id: ID!) { once: retryDelivery(id: $id) { id } twice: retryDelivery(id: $id) { id } }', {
      id: delivery.id,
    });
    await receiver.requests(2);
    const underWay = await retryDelivery(server, delivery.id);
    await readDelivery(server, delivery.id);
    held[0]!.response.end();

    expect(underWay).toMatchObject({ status: 'PENDING', attemptCount: 1 });
    expect(await nextAttempt()).toMatchObject({ number: 2, delivery: { status: 'SUCCEEDED' } });
    platform.clock.advance(24 * HOUR);
    await expectRequests(platform, 2);
  });

  it('opens one that was cancelled', async () => {
    await using platform = await startPlatform();
    const { server, receiver } = platform;
    const { delivery, nextAttempt } = await attemptOnce(platform, 500);
    await cancelDelivery(server, delivery.id);
    receiver.answerWith({ status: 200 });

    const open = await retryDelivery(server, delivery.id);

    expect(open).toMatchObject({ status: 'PENDING', attemptCount: 1 });
    expect(await nextAttempt()).toMatchObject({ number: 2, delivery: { id: delivery.id, status: 'SUCCEEDED' } });
  });

  it('of a held one waits until its hook is resumed', async () => {
    await using platform = await startPlatform();
    const { server, receiver, hookId } = platform;
    const { delivery, nextAttempt } = await attemptOnce(platform, 500);
    await pauseHook(server, hookId);
    receiver.answerWith({ status: 200 });

    const held = await retryDelivery(server, delivery.id);

    expect(held).toMatchObject({ status: 'HELD', attemptCount: 1 });
    await readDelivery(server, delivery.id);
    expect(receiver.received).toHaveLength(1);
    await resumeHook(server, hookId);
    expect(await nextAttempt()).toMatchObject({ number: 2, delivery: { status: 'SUCCEEDED' } });
  });

  it('is refused for one that has succeeded, and for one whose hook is removed', async () => {
    await using platform = await startPlatform();
    const { server, webhookId } = platform;
    const { delivery: succeeded } = await attemptOnce(platform, 200);
    const { delivery: failing } = await attemptOnce(platform, 500);
    await server.gql('mutation ($id: ID!) { deleteWebhook(id: $id) }', { id: webhookId });

    const answers = [await server.ask(RETRY, { id: succeeded.id }), await server.ask(RETRY, { id: failing.id })];

    expect(answers.map(({ errors }) => errors![0]!.extensions)).toMatchObject([
      { code: 'BAD_USER_INPUT', faults: [{ path: 'id', received: 'a delivery that is SUCCEEDED' }] },
      { code: 'BAD_USER_INPUT', faults: [{ path: 'id', received: 'a delivery to a hook that is removed' }] },
    ]);
    platform.clock.advance(24 * HOUR);
    await expectRequests(platform, 2);
  });
});

describe('what is done by hand', () => {
  it.each(['retryDelivery', 'cancelDelivery'])('by %s is of a delivery that is there', async (mutation) => {
    await using platform = await startPlatform();

    for (const id of [NOBODY, 'nobody']) {
      const { errors } = await platform.server.ask(`mutation ($id: ID!) { ${mutation}(id: $id) { id } }`, { id });

      expect(errors).toMatchObject([{ message: `There is no delivery with the id "${id}".`, extensions: { code: 'NOT_FOUND' } }]);
    }
  });

  it("is told in the event's progress, which goes on until the delivery is final again", async () => {
    await using platform = await startPlatform({ config: { retryScheduleMs: [] } });
    const { server, receiver } = platform;
    const { eventId, delivery, nextAttempt } = await attemptOnce(platform, 500);
    const held = holdAnswers(platform);
    await retryDelivery(server, delivery.id);
    await receiver.requests(2);

    const progress = await server.subscribe(PROGRESS, { eventId });
    const early = await progress.take(2);
    await cancelDelivery(server, delivery.id);
    const rest = await progress.rest();
    held[0]!.response.end();
    await nextAttempt();

    const told = [...early, ...rest].map(({ eventProgress: { finalCount, attempt } }) => [finalCount, attempt?.number ?? 'by hand']);
    expect(told).toEqual([
      [1, 1],
      [0, 'by hand'],
      [1, 'by hand'],
    ]);
  });
});
