import { describe, expect, it } from 'vitest';
import { ATTEMPTS, makeWebhook, publish, publishMany } from '../support/platform.js';
import { startReceiver } from '../support/receiver.js';
import { expectRequests, holdAnswers, type Platform, startPlatform } from '../support/start-platform.js';

const DAY_MS = 86_400_000;

/** The first attempt gets this answer; tells how long its delivery waits for the next one, in milliseconds. */
async function waitAfter(platform: Platform, status: number, retryAfter?: string): Promise<number> {
  const { server, receiver, organizationId, clock } = platform;
  receiver.answerWith({ status, headers: retryAfter === undefined ? {} : { 'retry-after': retryAfter } });
  const attempts = await server.subscribe(ATTEMPTS, { organizationId });
  await publish(server, organizationId);
  const { delivery } = (await attempts.next()).deliveryAttempts.attempt;
  expect(delivery.status).toBe('RETRYING');
  return Date.parse(delivery.nextAttemptAt) - clock.now();
}

describe('Retry-After', () => {
  it.each([429, 503])('of a %i puts the next attempt off for as long as it says', async (status) => {
    await using platform = await startPlatform();
    const { receiver, clock } = platform;

    const waitMs = await waitAfter(platform, status, '120');

    expect(waitMs).toBe(120_000);
    receiver.answerWith({ status: 200 });
    clock.advance(119_999);
    await expectRequests(platform, 1);
    clock.advance(1);
    await expectRequests(platform, 2);
  });

  it.each<[string, (now: number) => string, number]>([
    ['as a time in UTC', (now) => new Date(now + 120_000).toUTCString().replace('GMT', 'UTC'), 120_000],
    ['in seconds since 1970', (now) => String(now / 1000 + 120), 120_000],
    ['in milliseconds since 1970', (now) => String(now + 120_000), 120_000],
    ['for a year hence, 24 hours long', (now) => new Date(now + 365 * DAY_MS).toUTCString(), DAY_MS],
    ['for an instant of next year, 24 hours long', (now) => String(now / 1000 + 365 * 86_400), DAY_MS],
  ])('is heeded %s', async (_, retryAfter, waitMs) => {
    await using platform = await startPlatform();

    expect(await waitAfter(platform, 503, retryAfter(platform.clock.now()))).toBe(waitMs);
  });

  it('of more than 24 hours makes no wait shorter that the schedule has', async () => {
    await using platform = await startPlatform({ config: { retryScheduleMs: [10 * DAY_MS] } });

    expect(await waitAfter(platform, 503, String(30 * 86_400))).toBeGreaterThanOrEqual(8 * DAY_MS);
  });

  it.each([
    ['is shorter', 429, '1'],
    ['is no time', 503, 'soon'],
    ['is not there', 429, undefined],
    ['comes with another status', 500, '120'],
    ['comes with a redirect', 301, '120'],
  ])('that %s leaves the schedule as it is', async (_, status, retryAfter) => {
    await using platform = await startPlatform();

    const waitMs = await waitAfter(platform, status, retryAfter);

    // The first step is five seconds, a fifth either way.
    expect(waitMs).toBeGreaterThanOrEqual(4000);
    expect(waitMs).toBeLessThanOrEqual(6000);
  });

  it('of the last attempt opens nothing: the delivery has failed', async () => {
    await using platform = await startPlatform({ config: { retryScheduleMs: [] } });
    const { server, receiver, organizationId } = platform;
    receiver.answerWith({ status: 429, headers: { 'retry-after': '120' } });
    const attempts = await server.subscribe(ATTEMPTS, { organizationId });

    await publish(server, organizationId);

    const { delivery } = (await attempts.next()).deliveryAttempts.attempt;
    expect(delivery).toMatchObject({ status: 'FAILED', nextAttemptAt: null });
  });
});

describe('a receiver that answers 429', () => {
  it.each([
    ['a second', undefined, 1000],
    ['as long as it asks for', '30', 30_000],
    ['a minute at most', '86400', 60_000],
  ])('gets nothing more of its hook for %s, while another hook goes on', async (_, retryAfter, pauseMs) => {
    await using platform = await startPlatform();
    await using other = await startReceiver();
    const { server, receiver, organizationId, clock } = platform;
    await waitAfter(platform, 429, retryAfter);
    receiver.answerWith({ status: 200 });
    await makeWebhook(server, { organizationId, endpoint: other.url });

    await publishMany(server, organizationId, 3, 2);

    await other.requests(3);
    await expectRequests(platform, 1);
    clock.advance(pauseMs - 1);
    await expectRequests(platform, 1);
    clock.advance(1);
    await receiver.requests(4);
    const numbers = receiver.received.map(({ body }) => JSON.parse(body.toString()).data.n);
    expect(numbers.slice(1, 4).toSorted()).toEqual([2, 3, 4]);
  });

  it('keeps no hook waiting for longer when the clock is set back', async () => {
    await using platform = await startPlatform();
    const { server, receiver, organizationId, clock } = platform;
    await waitAfter(platform, 429, '60');
    receiver.answerWith({ status: 200 });

    clock.set(clock.now() - 3_600_000);
    await publishMany(server, organizationId, 1, 2);

    await expectRequests(platform, 1);
    clock.advance(60_000);
    await expectRequests(platform, 2);
  });
});

describe('a receiver that has too much to do', () => {
  it.each([429, 502, 503, 504])('with a %i gets half as many requests at once, and more again with each success', async (status) => {
    await using platform = await startPlatform({ settings: { inFlightLimit: 8 } });
    const { server, organizationId, clock } = platform;
    const held = holdAnswers(platform);
    const answerAll = (withStatus: number) => {
      for (const { response } of held.splice(0)) response.writeHead(withStatus).end();
    };
    const attempts = await server.subscribe(ATTEMPTS, { organizationId });
    await publishMany(server, organizationId, 60);
    await expectRequests(platform, 8);

    // Four, two, one: it is halved by each, down to one.
    for (const { response } of held.splice(0, 2)) response.writeHead(status).end();
    await attempts.take(2);
    answerAll(500);
    await attempts.take(6);
    clock.advance(1000);
    await expectRequests(platform, 8 + 2);
    answerAll(200);
    await expectRequests(platform, 10 + 4);
    answerAll(200);
    await expectRequests(platform, 14 + 8);
  });

  it('with a 500 gets as many as before: it says nothing of how much there is to do', async () => {
    await using platform = await startPlatform({ settings: { inFlightLimit: 8 } });
    const { server, organizationId } = platform;
    const held = holdAnswers(platform);
    await publishMany(server, organizationId, 60);
    await expectRequests(platform, 8);

    for (const { response } of held.splice(0)) response.writeHead(500).end();

    await expectRequests(platform, 16);
  });
});
