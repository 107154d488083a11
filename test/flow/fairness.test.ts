import { describe, expect, it } from 'vitest';
import { ATTEMPTS, makeOrganization, makeWebhook, publish, publishMany, readDeliveries, RESULTS } from '../support/platform.js';
import { startReceiver } from '../support/receiver.js';
import { startTestServer } from '../support/server.js';
import { expectRequests, holdAnswers, type Platform, startPlatform } from '../support/start-platform.js';

/** The time an attempt is given, unless it is set otherwise. */
const TIMEOUT = 15_000;

/** Lets the requests under way time out, so many of them. */
async function timeOut({ server, organizationId, clock }: Platform, count: number): Promise<void> {
  const attempts = await server.subscribe(ATTEMPTS, { organizationId });
  clock.advance(TIMEOUT);
  const outcomes = (await attempts.take(count)).map(({ deliveryAttempts }) => deliveryAttempts.attempt.outcome.__typename);
  expect(outcomes).toEqual(Array(count).fill('TimedOut'));
  await attempts.end();
}

describe('a receiver that hangs', () => {
  it('gets one request at a time, ever more seldom, and what waits is not used up', async () => {
    await using platform = await startPlatform();
    const { server, receiver, organizationId, clock } = platform;
    receiver.answerWith(() => {});
    await publishMany(server, organizationId, 100);
    await expectRequests(platform, 16);

    await timeOut(platform, 16);

    // One probe after a second, the next after two more, then four, and half a minute at most.
    for (const [index, pauseMs] of [1000, 2000, 4000, 8000, 16_000, 30_000, 30_000].entries()) {
      clock.advance(pauseMs - 1);
      await expectRequests(platform, 16 + index);
      clock.advance(1);
      await expectRequests(platform, 17 + index);
      await timeOut(platform, 1);
    }
    const deliveries = await readDeliveries(server, organizationId);
    const untouched = deliveries.filter(({ attemptCount }) => attemptCount === 0);
    expect(untouched.map(({ status }) => status)).toEqual(Array(untouched.length).fill('PENDING'));
    expect(untouched.length).toBeGreaterThanOrEqual(100 - 16 - 7);
  });

  it('gets everything by itself once it answers again', async () => {
    await using platform = await startPlatform();
    const { server, receiver, organizationId, clock } = platform;
    const results = await server.subscribe(RESULTS, { organizationId });
    receiver.answerWith(() => {});
    await publishMany(server, organizationId, 100);
    await receiver.requests(16);
    await timeOut(platform, 16);

    receiver.answerWith({ status: 200 });
    clock.advance(1000);
    const waiting = await results.take(84);
    clock.advance(5000);

    const deliveries = [...waiting, ...(await results.take(16))].map(({ deliveryResults }) => deliveryResults.delivery);
    expect(new Set(deliveries.map(({ status }) => status))).toEqual(new Set(['SUCCEEDED']));
    expect(receiver.received).toHaveLength(116);
    // With its window as wide as before.
    const held = holdAnswers(platform);
    await publishMany(server, organizationId, 30, 101);
    await expectRequests(platform, 116 + 16);
    expect(held).toHaveLength(16);
  });

  it('gets any number at once again after any answer: it says that somebody is there', async () => {
    await using platform = await startPlatform();
    const { server, receiver, organizationId, clock } = platform;
    receiver.answerWith(() => {});
    await publishMany(server, organizationId, 40);
    await receiver.requests(16);
    await timeOut(platform, 16);
    receiver.answerWith([{ status: 400 }, { status: 200 }]);

    clock.advance(1000);

    // Of those that timed out, the retries are not due yet.
    await expectRequests(platform, 40);
  });

  it('is given up only after five time-outs in a row', async () => {
    await using platform = await startPlatform({ settings: { inFlightLimit: 1 } });
    const { server, receiver, organizationId, clock } = platform;
    const hang = () => {};
    receiver.answerWith([hang, hang, hang, hang, { status: 500 }, hang]);
    const attempts = await server.subscribe(ATTEMPTS, { organizationId });
    await publishMany(server, organizationId, 30);

    const outcomes: string[] = [];
    // The sixth goes out with the answer to the fifth, which may be recorded later.
    for (const count of [1, 2, 3, 4, 6, 7, 8, 9, 10]) {
      await receiver.requests(count);
      clock.advance(TIMEOUT);
      const ended = await attempts.take(count - outcomes.length);
      outcomes.push(...ended.map(({ deliveryAttempts }) => deliveryAttempts.attempt.outcome.__typename));
    }

    expect(outcomes.map((outcome, index) => (outcome === 'TimedOut' ? null : index))).toEqual([
      ...Array(4).fill(null),
      4,
      ...Array(5).fill(null),
    ]);

    await expectRequests(platform, 10);
    clock.advance(1000);
    await expectRequests(platform, 11);
  });

  it('holds up no other hook, although 500 deliveries wait for it', async () => {
    await using server = await startTestServer({ config: { inFlightLimit: 16 } });
    await using hanging = await startReceiver();
    await using healthy = await startReceiver();
    hanging.answerWith(() => {});
    const [first, second] = [await makeOrganization(server), await makeOrganization(server)];
    await makeWebhook(server, { organizationId: first, endpoint: hanging.url });
    await makeWebhook(server, { organizationId: second, endpoint: healthy.url });
    const results = await server.subscribe(RESULTS, { organizationId: second });
    await publishMany(server, first, 500);
    await hanging.requests(8);

    await publishMany(server, second, 100);

    // The clock stands still, so nothing that hangs has made room.
    await results.take(100);
    expect(healthy.received).toHaveLength(100);
    expect(hanging.received.length).toBeLessThan(16);
  });

  it('holds up no hook that answers, even with many others that hang', async () => {
    await using server = await startTestServer({ config: { inFlightLimit: 32 } });
    await using hanging = await startReceiver();
    await using healthy = await startReceiver();
    hanging.answerWith(() => {});
    const [first, second] = [await makeOrganization(server), await makeOrganization(server)];
    await makeWebhook(server, { organizationId: second, endpoint: healthy.url });
    const results = await server.subscribe(RESULTS, { organizationId: second });
    await publish(server, second);
    await results.next();
    for (let count = 0; count < 20; count += 1) await makeWebhook(server, { organizationId: first, endpoint: hanging.url });
    await publishMany(server, first, 20);
    // Three quarters are as much as may be lost to hooks of which nothing good is known.
    await hanging.requests(24);

    await publishMany(server, second, 100);

    await results.take(100);
    expect(hanging.received).toHaveLength(24);
  });
});

describe('retries of a hook', () => {
  it('hold up none of its first attempts', async () => {
    await using platform = await startPlatform();
    const { server, receiver, organizationId, clock } = platform;
    const results = await server.subscribe(RESULTS, { organizationId });
    const attempts = await server.subscribe(ATTEMPTS, { organizationId });
    receiver.answerWith({ status: 500 });
    await publishMany(server, organizationId, 100);
    await attempts.take(100);
    // The receiver hangs on what it has failed at before, and takes what is new.
    receiver.answerWith(({ request, response }) => {
      if (JSON.parse(request.body.toString()).data.n > 100) response.end();
    });
    clock.advance(6000);
    await receiver.requests(112);

    await publishMany(server, organizationId, 50, 101);

    const deliveries = (await results.take(50)).map(({ deliveryResults }) => deliveryResults.delivery);
    expect(new Set(deliveries.map(({ status, attemptCount }) => `${status} ${attemptCount}`))).toEqual(new Set(['SUCCEEDED 1']));
    expect(receiver.received).toHaveLength(162);
  });

  it('are held up by none of its first attempts either', async () => {
    await using platform = await startPlatform({ settings: { inFlightLimit: 1 } });
    const { server, receiver, organizationId, clock } = platform;
    const attempts = await server.subscribe(ATTEMPTS, { organizationId });
    receiver.answerWith([{ status: 500 }, { status: 500 }, { status: 200 }]);
    await publishMany(server, organizationId, 2);
    await attempts.take(2);
    const held = holdAnswers(platform);
    await publishMany(server, organizationId, 50, 3);
    await receiver.requests(3);
    clock.advance(6000);

    // Until the retries are read, first attempts go on; from then on they take turns.
    const numbers: number[] = [];
    while (numbers.filter((number) => number === 2).length < 2) {
      await receiver.requests(numbers.length + 3);
      held.shift()!.response.end();
      numbers.push((await attempts.next()).deliveryAttempts.attempt.number);
    }

    expect(numbers.slice(numbers.indexOf(2))).toEqual([2, 1, 2]);
    expect(numbers.length).toBeLessThan(50);
  });
});
