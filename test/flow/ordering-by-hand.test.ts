import { describe, expect, it } from 'vitest';
import { ATTEMPTS, cancelDelivery, readDeliveries, retryDelivery } from '../support/platform.js';
import { changeHook, holdNumbered, publishKeys, startPlatform } from '../support/start-platform.js';

const standOf = ({ status, attemptCount, nextAttemptAt }: any) => [status, attemptCount, nextAttemptAt === null ? 'no time' : 'a time'];

describe.each(['BY_KEY', 'STRICT'] as const)('a delivery of a %s hook that is opened again by hand', (ordering) => {
  it('waits for its turn, before those published later', async () => {
    await using platform = await startPlatform({ settings: { ordering }, config: { retryScheduleMs: [] } });
    const { server, organizationId } = platform;
    const { answer, waiting } = holdNumbered(platform);
    await publishKeys(server, organizationId, ['a', 'a', 'a']);
    await waiting(1, server);
    answer(1, 500);
    await waiting(2, server);
    const [first] = await readDeliveries(server, organizationId);

    const open = await retryDelivery(server, first.id);

    expect(standOf(open)).toEqual(['PENDING', 1, 'no time']);
    expect(await waiting(2, server)).toEqual([2]);
    answer(2);
    expect(await waiting(3, server)).toEqual([1]);
    answer(1);
    expect(await waiting(4, server)).toEqual([3]);
  });

  it('while its cancelled request is still under way, holds up nothing', async () => {
    await using platform = await startPlatform({ settings: { ordering } });
    const { server, receiver, organizationId } = platform;
    const { answer } = holdNumbered(platform);
    const attempts = await server.subscribe(ATTEMPTS, { organizationId });
    await publishKeys(server, organizationId, ['a', 'a']);
    await receiver.requests(1);
    const [first] = await readDeliveries(server, organizationId);

    await cancelDelivery(server, first.id);
    await retryDelivery(server, first.id);
    answer(1, 500);

    expect((await attempts.next()).deliveryAttempts.attempt).toMatchObject({ number: 1, delivery: { id: first.id, attemptCount: 1 } });
    await receiver.requests(2);
    answer(2);
    await receiver.requests(3);
    answer(1);
    const rest = (await attempts.take(2)).map(({ deliveryAttempts }) => deliveryAttempts.attempt);
    expect(rest).toMatchObject([
      { number: 1, delivery: { status: 'SUCCEEDED' } },
      { number: 2, delivery: { id: first.id, status: 'SUCCEEDED' } },
    ]);
  });
});

describe('an ordering that is taken away', () => {
  it.each(['BY_KEY', 'STRICT'] as const)('as %s, lets go of what waits', async (ordering) => {
    await using platform = await startPlatform({ settings: { ordering } });
    const { server, organizationId } = platform;
    const { waiting } = holdNumbered(platform);
    await publishKeys(server, organizationId, ['a', 'a', 'a', 'a']);
    expect(await waiting(1, server)).toEqual([1]);

    await changeHook(platform, { ordering: 'NONE' });

    expect(await waiting(4, server)).toEqual([1, 2, 3, 4]);
  });

  it('as BY_KEY, lets those go side by side that are opened again by hand', async () => {
    await using platform = await startPlatform({ settings: { ordering: 'BY_KEY' }, config: { retryScheduleMs: [] } });
    const { server, receiver, organizationId } = platform;
    receiver.answerWith({ status: 500 });
    const attempts = await server.subscribe(ATTEMPTS, { organizationId });
    await publishKeys(server, organizationId, ['a', 'a', 'a']);
    await attempts.take(3);
    const { waiting } = holdNumbered(platform);

    await changeHook(platform, { ordering: 'NONE' });
    for (const { id } of await readDeliveries(server, organizationId)) await retryDelivery(server, id);

    expect(await waiting(6, server)).toEqual([1, 2, 3]);
  });
});
