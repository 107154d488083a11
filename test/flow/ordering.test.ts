import { describe, expect, it } from 'vitest';
import { ATTEMPTS, cancelDelivery, makeWebhook, pauseHook, readDeliveries, RESULTS, resumeHook } from '../support/platform.js';
import { startReceiver } from '../support/receiver.js';
import { startTestServer, type TestServer } from '../support/server.js';
import { holdNumbered, numberIn, publishKeys, startPlatform } from '../support/start-platform.js';

/** What stands for each delivery, the oldest first. */
const standOf = ({ status, attemptCount, nextAttemptAt }: any) => [status, attemptCount, nextAttemptAt === null ? 'no time' : 'a time'];

describe('a hook whose ordering is BY_KEY', () => {
  it('sends those with one key one after the other, and meanwhile those with another key or none', async () => {
    await using platform = await startPlatform({ settings: { ordering: 'BY_KEY' } });
    const { server, organizationId } = platform;
    const { answer, waiting } = holdNumbered(platform);

    await publishKeys(server, organizationId, ['a', 'a', 'b', null, null, 'a']);
    await publishKeys(server, organizationId, ['b', 'a'], 7);

    expect(await waiting(4, server)).toEqual([1, 3, 4, 5]);
    const stand = (await readDeliveries(server, organizationId)).map(standOf);
    for (const index of [1, 5, 6, 7]) expect(stand[index]).toEqual(['PENDING', 0, 'no time']);
    answer(1);
    expect(await waiting(5, server)).toEqual([2, 3, 4, 5]);
    answer(2);
    expect(await waiting(6, server)).toEqual([3, 4, 5, 6]);
    answer(3);
    expect(await waiting(7, server)).toEqual([4, 5, 6, 7]);
    answer(6);
    expect(await waiting(8, server)).toEqual([4, 5, 7, 8]);
  });

  it('keeps the order of each key in a bulk of events', async () => {
    await using platform = await startPlatform({ settings: { ordering: 'BY_KEY' } });
    const { server, receiver, organizationId } = platform;
    const results = await server.subscribe(RESULTS, { organizationId });
    const keyOf = (n: number) => `order-${n % 7}`;

    for (const from of [1, 71]) {
      await publishKeys(
        server,
        organizationId,
        Array.from({ length: 70 }, (_, index) => keyOf(from + index)),
        from,
      );
    }

    await results.take(140);
    const arrived = Map.groupBy(receiver.received.map(numberIn), keyOf);
    expect(arrived.size).toBe(7);
    for (const numbers of arrived.values()) expect(numbers).toEqual(numbers.toSorted((a, b) => a - b));
  });

  it('holds only the key of a delivery that fails, through its retries and a restart', async () => {
    await using platform = await startPlatform({ settings: { ordering: 'BY_KEY' } });
    const { server: before, receiver, organizationId, clock } = platform;
    let failuresLeft = 3;
    receiver.answerWith(({ request, response }) => {
      const fails = numberIn(request) === 1 && failuresLeft > 0;
      if (fails) failuresLeft -= 1;
      response.writeHead(fails ? 500 : 200).end();
    });
    const attempts = await before.subscribe(ATTEMPTS, { organizationId });

    await publishKeys(before, organizationId, ['a', 'a', 'b', null]);
    await attempts.take(3);
    clock.advance(6000);
    await attempts.take(1);

    const stand = async (server: TestServer) => (await readDeliveries(server, organizationId)).map(standOf);
    expect(await stand(before)).toEqual([
      ['RETRYING', 2, 'a time'],
      ['PENDING', 0, 'no time'],
      ['SUCCEEDED', 1, 'no time'],
      ['SUCCEEDED', 1, 'no time'],
    ]);
    await before.stop();
    await using after = await startTestServer({ clock, config: { dataDir: before.dataDir } });
    const resumed = await after.subscribe(ATTEMPTS, { organizationId });
    await publishKeys(after, organizationId, ['a', 'b'], 5);
    await resumed.take(1);
    clock.advance(6 * 60_000);
    await resumed.take(1);
    expect((await stand(after)).slice(0, 2)).toEqual([
      ['RETRYING', 3, 'a time'],
      ['PENDING', 0, 'no time'],
    ]);
    clock.advance(36 * 60_000);
    await resumed.take(3);
    const numbers = receiver.received.map(numberIn);
    expect(numbers.filter((n) => [1, 2, 5].includes(n))).toEqual([1, 1, 1, 1, 2, 5]);
    expect(numbers.filter((n) => [3, 6].includes(n))).toEqual([3, 6]);
  });

  it('goes on with a key when the delivery before has failed for good', async () => {
    await using platform = await startPlatform({ settings: { ordering: 'BY_KEY' }, config: { retryScheduleMs: [5000] } });
    const { server, organizationId, clock } = platform;
    const { answer, waiting } = holdNumbered(platform);
    const attempts = await server.subscribe(ATTEMPTS, { organizationId });
    await publishKeys(server, organizationId, ['a', 'a']);
    await waiting(1, server);

    answer(1, 500);
    await attempts.next();
    clock.advance(6000);
    expect(await waiting(2, server)).toEqual([1]);
    answer(1, 500);

    expect(await waiting(3, server)).toEqual([2]);
    expect((await readDeliveries(server, organizationId)).map(({ status }) => status)).toEqual(['FAILED', 'PENDING']);
  });

  it('goes on with a key when the delivery before is cancelled', async () => {
    await using platform = await startPlatform({ settings: { ordering: 'BY_KEY' } });
    const { server, organizationId } = platform;
    const { answer, waiting } = holdNumbered(platform);
    const attempts = await server.subscribe(ATTEMPTS, { organizationId });
    await publishKeys(server, organizationId, ['a', 'a', 'a']);
    await waiting(1, server);
    answer(1, 500);
    await attempts.next();
    const [first, second] = await readDeliveries(server, organizationId);

    // One that waits is cancelled too, and is not the next any more.
    for (const { id } of [second, first]) await cancelDelivery(server, id);

    expect(await waiting(2, server)).toEqual([3]);
    expect((await readDeliveries(server, organizationId)).map(({ status }) => status)).toEqual(['CANCELLED', 'CANCELLED', 'PENDING']);
  });

  it('holds a key for itself alone: another hook goes on with it', async () => {
    await using platform = await startPlatform({ settings: { ordering: 'BY_KEY' } });
    await using other = await startReceiver();
    const { server, organizationId } = platform;
    await makeWebhook(server, { organizationId, endpoint: other.url, settings: { ordering: 'BY_KEY' } });
    const { waiting } = holdNumbered(platform);

    await publishKeys(server, organizationId, ['a', 'a', 'a']);

    expect((await other.requests(3)).map(numberIn)).toEqual([1, 2, 3]);
    expect(await waiting(1, server)).toEqual([1]);
  });
});

describe('a hook whose ordering is STRICT', () => {
  it('sends all one after the other, in the order published, whatever their keys', async () => {
    await using platform = await startPlatform({ settings: { ordering: 'STRICT' } });
    const { server, receiver, organizationId } = platform;
    let underWay = 0;
    let most = 0;
    receiver.answerWith(({ response }) => {
      underWay += 1;
      most = Math.max(most, underWay);
      response.on('finish', () => (underWay -= 1)).end();
    });
    const results = await server.subscribe(RESULTS, { organizationId });

    await publishKeys(
      server,
      organizationId,
      Array.from({ length: 40 }, (_, index) => [null, 'a', 'b'][index % 3]!),
    );
    await publishKeys(server, organizationId, [null, 'a'], 41);

    await results.take(42);
    expect(receiver.received.map(numberIn)).toEqual(Array.from({ length: 42 }, (_, index) => index + 1));
    expect(most).toBe(1);
  });

  it('waits for a delivery that fails, through its retries and a restart', async () => {
    await using platform = await startPlatform({ settings: { ordering: 'STRICT' }, config: { retryScheduleMs: [5000] } });
    const { server: before, organizationId, clock } = platform;
    const { answer, waiting } = holdNumbered(platform);
    const attempts = await before.subscribe(ATTEMPTS, { organizationId });
    await publishKeys(before, organizationId, ['a', 'b', null]);
    expect(await waiting(1, before)).toEqual([1]);
    answer(1, 500);
    await attempts.next();
    await before.stop();

    await using after = await startTestServer({ clock, config: { dataDir: before.dataDir, retryScheduleMs: [5000] } });

    expect(await waiting(1, after)).toEqual([]);
    clock.advance(6000);
    expect(await waiting(2, after)).toEqual([1]);
    answer(1, 500);
    expect(await waiting(3, after)).toEqual([2]);
    answer(2);
    expect(await waiting(4, after)).toEqual([3]);
    answer(3);
  });
});

describe.each(['BY_KEY', 'STRICT'] as const)('a hook whose ordering is %s and that was paused', (ordering) => {
  it('keeps the order of what was held', async () => {
    await using platform = await startPlatform({ settings: { ordering } });
    const { server, receiver, organizationId, hookId } = platform;
    const results = await server.subscribe(RESULTS, { organizationId });
    await pauseHook(server, hookId);
    await publishKeys(server, organizationId, Array(10).fill('a'));

    await resumeHook(server, hookId);
    await publishKeys(server, organizationId, Array(10).fill('a'), 11);

    await results.take(20);
    expect(receiver.received.map(numberIn)).toEqual(Array.from({ length: 20 }, (_, index) => index + 1));
  });
});
