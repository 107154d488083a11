import { describe, expect, it } from 'vitest';
import { publishMany } from '../support/platform.js';
import type { ReceivedRequest } from '../support/receiver.js';
import { changeHook, expectRequests, holdAnswers, startPlatform } from '../support/start-platform.js';

const MINUTE = 60_000;

const numberIn = ({ body }: ReceivedRequest): number => JSON.parse(body.toString()).data.n;

describe('a rate limit', () => {
  it.each([
    ['2 a second', { deliveries: 2, per: 'SECOND' }, 500],
    ['60 a minute', { deliveries: 60, per: 'MINUTE' }, 1000],
    ['1 a minute', { deliveries: 1, per: 'MINUTE' }, MINUTE],
    ['1,000 a second', { deliveries: 1000, per: 'SECOND' }, 1],
  ] as const)('of %s is spread evenly: one request now and one at each step', async (_, rateLimit, stepMs) => {
    await using platform = await startPlatform({ settings: { rateLimit } });
    const { server, receiver, organizationId, clock } = platform;

    await publishMany(server, organizationId, 5);

    await expectRequests(platform, 1);
    for (let sent = 1; sent < 5; sent += 1) {
      clock.advance(stepMs - 1);
      await expectRequests(platform, sent);
      clock.advance(1);
      await expectRequests(platform, sent + 1);
    }
    expect(receiver.received.map(numberIn)).toEqual([1, 2, 3, 4, 5]);
  });

  it('has no burst after a time without requests', async () => {
    await using platform = await startPlatform({ settings: { rateLimit: { deliveries: 2, per: 'SECOND' } } });
    const { server, organizationId, clock } = platform;
    await publishMany(server, organizationId, 1);
    await expectRequests(platform, 1);
    clock.advance(MINUTE);

    await publishMany(server, organizationId, 3, 2);

    await expectRequests(platform, 2);
    clock.advance(499);
    await expectRequests(platform, 2);
    clock.advance(1);
    await expectRequests(platform, 3);
    clock.advance(500);
    await expectRequests(platform, 4);
  });

  it('stops no hook for longer than its step when the clock is set back', async () => {
    await using platform = await startPlatform({ settings: { rateLimit: { deliveries: 2, per: 'SECOND' } } });
    const { server, organizationId, clock } = platform;
    await publishMany(server, organizationId, 1);
    await expectRequests(platform, 1);

    clock.set(clock.now() - 60 * MINUTE);
    await publishMany(server, organizationId, 2, 2);

    clock.advance(500);
    await expectRequests(platform, 2);
    clock.advance(500);
    await expectRequests(platform, 3);
  });

  it('counts retries', async () => {
    await using platform = await startPlatform({
      settings: { rateLimit: { deliveries: 1, per: 'MINUTE' } },
      config: { retryScheduleMs: [1000, 1000] },
    });
    const { server, receiver, organizationId, clock } = platform;
    receiver.answerWith({ status: 500 });

    await publishMany(server, organizationId, 2);

    await expectRequests(platform, 1);
    clock.advance(MINUTE - 1);
    await expectRequests(platform, 1);
    clock.advance(1);
    await expectRequests(platform, 2);
    clock.advance(MINUTE - 1);
    await expectRequests(platform, 2);
    clock.advance(1);
    await expectRequests(platform, 3);
  });

  it('that is changed or taken away holds from then on', async () => {
    await using platform = await startPlatform({ settings: { rateLimit: { deliveries: 1, per: 'MINUTE' } } });
    const { server, organizationId, clock } = platform;
    await publishMany(server, organizationId, 10);
    await expectRequests(platform, 1);

    await changeHook(platform, { rateLimit: { deliveries: 2, per: 'SECOND' } });
    await expectRequests(platform, 1);
    clock.advance(500);
    await expectRequests(platform, 2);
    await changeHook(platform, { rateLimit: null });

    await expectRequests(platform, 10);
  });

  it('that is set later holds from then on', async () => {
    await using platform = await startPlatform();
    const { server, organizationId, clock } = platform;
    await publishMany(server, organizationId, 3);
    await expectRequests(platform, 3);

    await changeHook(platform, { rateLimit: { deliveries: 1, per: 'SECOND' } });
    await publishMany(server, organizationId, 3, 4);

    await expectRequests(platform, 4);
    clock.advance(1000);
    await expectRequests(platform, 5);
  });
});

describe('an in-flight limit', () => {
  it.each([1, 3, 40])('of %i is how many requests are under way at most', async (inFlightLimit) => {
    await using platform = await startPlatform({ settings: { inFlightLimit } });
    const { server, organizationId } = platform;
    const held = holdAnswers(platform);

    await publishMany(server, organizationId, 90);

    await expectRequests(platform, inFlightLimit);
    for (let ended = 1; ended <= 3; ended += 1) {
      held.shift()!.response.end();
      await expectRequests(platform, inFlightLimit + ended);
    }
  });

  it('that is changed holds from then on', async () => {
    await using platform = await startPlatform({ settings: { inFlightLimit: 1 } });
    const { server, organizationId } = platform;
    const held = holdAnswers(platform);
    await publishMany(server, organizationId, 10);
    await expectRequests(platform, 1);

    await changeHook(platform, { inFlightLimit: 4 });

    await expectRequests(platform, 4);
    await changeHook(platform, { inFlightLimit: 2 });
    for (const { response } of held.splice(0, 2)) response.end();
    await expectRequests(platform, 4);
    held.shift()!.response.end();
    await expectRequests(platform, 5);
  });
});
