import { describe, expect, it } from 'vitest';
import { ATTEMPTS, HEALTH, pauseHook, publish, publishMany, readDeliveries, readHooks, resumeHook } from '../support/platform.js';
import { startTestServer } from '../support/server.js';
import { expectRequests, holdAnswers, type Platform, startPlatform } from '../support/start-platform.js';
import { cursorOf } from '../support/test-ring.js';

const MINUTE = 60_000;
const DAY = 24 * 60 * MINUTE;

/** A retry every few seconds, so that each move of the clock brings one attempt. */
const OFTEN = Array.from({ length: 40 }, () => 5000);

const isoTime = (instant: number) => new Date(instant).toISOString();
const healthOf = ({ hookHealth }: any) => hookHealth.health;

/** A hook whose only delivery has failed once and is tried again whenever the clock moves. */
async function startFailing({ server, receiver, organizationId, clock }: Platform, status = 500) {
  receiver.answerWith({ status });
  const attempts = await server.subscribe(ATTEMPTS, { organizationId });
  await publish(server, organizationId);
  await attempts.next();
  return {
    /** Moves the clock and waits for the attempt that is due then. */
    async attemptAfter(ms: number): Promise<void> {
      clock.advance(ms);
      await attempts.next();
    },
  };
}

describe('a receiver that answers 410', () => {
  it('has its hook disabled at once, and gets what was held when it is resumed', async () => {
    await using platform = await startPlatform();
    const { server, receiver, organizationId, webhookId, hookId, clock } = platform;
    const health = await server.subscribe(HEALTH, { organizationId });
    const disabled = { status: 'DISABLED', since: isoTime(clock.now()), disabledReason: 'GONE', disablesAt: null };

    await startFailing(platform, 410);
    await publish(server, organizationId);

    expect((await health.next()).hookHealth).toMatchObject({ health: disabled, hook: { id: hookId, status: 'DISABLED' } });
    expect(await readHooks(server, webhookId)).toMatchObject([{ status: 'DISABLED', health: disabled, heldCount: 2 }]);
    expect((await readDeliveries(server, organizationId)).map(({ status, attemptCount }) => [status, attemptCount])).toEqual([
      ['HELD', 1],
      ['HELD', 0],
    ]);
    clock.advance(DAY);
    await readHooks(server, webhookId);
    expect(receiver.received).toHaveLength(1);
    receiver.answerWith({ status: 200 });
    await resumeHook(server, hookId);
    const ids = (await receiver.requests(3)).map(({ headers }) => headers['webhook-id']);
    expect(ids.slice(1).toSorted()).toEqual((await readDeliveries(server, organizationId)).map(({ id }) => id));
    expect(healthOf(await health.next())).toMatchObject({ status: 'HEALTHY', since: null, disabledReason: null });
  });
});

describe('a receiver that answers 410 to many requests at once', () => {
  it('has its hook disabled once, and a success among them does not undo it', async () => {
    await using platform = await startPlatform();
    const { server, organizationId, webhookId, hookId } = platform;
    const held = holdAnswers(platform);
    const health = await server.subscribe(HEALTH, { organizationId });
    const attempts = await server.subscribe(ATTEMPTS, { organizationId });
    await publishMany(server, organizationId, 40);
    await expectRequests(platform, 16);

    const last = held.pop()!;
    for (const { response } of held) response.writeHead(410).end();
    await attempts.take(15);
    last.response.end();
    await attempts.take(1);

    expect(healthOf(await health.next())).toMatchObject({ status: 'DISABLED', disabledReason: 'GONE' });
    expect(await readHooks(server, webhookId)).toMatchObject([{ status: 'DISABLED', heldCount: 39 }]);
    await expectRequests(platform, 16);
    await resumeHook(server, hookId);
    expect(healthOf(await health.next()).status).toBe('HEALTHY');
  });
});

describe('a hook whose every attempt fails', () => {
  it('is told to be failing after a minute, warned of each day, and disabled after five', async () => {
    await using platform = await startPlatform({ config: { disableAfterMs: 5 * DAY, retryScheduleMs: OFTEN } });
    const { server, organizationId, webhookId, clock } = platform;
    const health = await server.subscribe(HEALTH, { organizationId });
    const since = clock.now();
    const failing = { status: 'FAILING', since: isoTime(since), disabledReason: null, disablesAt: isoTime(since + 5 * DAY) };

    const { attemptAfter } = await startFailing(platform);
    await attemptAfter(MINUTE - 10_000);

    expect(await readHooks(server, webhookId)).toMatchObject([{ status: 'ACTIVE', health: { status: 'HEALTHY', since: null } }]);
    expect(health.waitingCount).toBe(0);
    for (let day = 0; day < 5; day += 1) {
      // Of two attempts in a row, one is a warning.
      await attemptAfter(since + day * DAY + MINUTE - clock.now());
      await attemptAfter(MINUTE);
      expect((await health.next()).hookHealth).toMatchObject({
        changedAt: isoTime(since + day * DAY + MINUTE),
        health: failing,
        hook: { status: 'ACTIVE' },
      });
    }
    expect(await readHooks(server, webhookId)).toMatchObject([{ status: 'ACTIVE', health: failing }]);
    await attemptAfter(since + 5 * DAY - clock.now());
    const disabled = { status: 'DISABLED', since: isoTime(since + 5 * DAY), disabledReason: 'FAILING', disablesAt: null };
    expect((await health.next()).hookHealth).toMatchObject({ health: disabled, hook: { status: 'DISABLED' } });
    expect(await readHooks(server, webhookId)).toMatchObject([{ status: 'DISABLED', health: disabled, heldCount: 1 }]);
    expect(health.waitingCount).toBe(0);
  });

  it('is healthy again after a success, and begins anew when it is resumed', async () => {
    await using platform = await startPlatform({ config: { retryScheduleMs: OFTEN } });
    const { server, receiver, organizationId, webhookId, hookId, clock } = platform;
    const health = await server.subscribe(HEALTH, { organizationId });
    const { attemptAfter } = await startFailing(platform);
    await attemptAfter(MINUTE);

    receiver.answerWith({ status: 204 });
    await attemptAfter(MINUTE);

    const [failing, healthy] = (await health.take(2)).map(healthOf);
    expect(failing.status).toBe('FAILING');
    expect(healthy).toEqual({ status: 'HEALTHY', since: null, disabledReason: null, disablesAt: null });
    const again = await startFailing(platform);
    const since = isoTime(clock.now());
    await again.attemptAfter(MINUTE);
    expect(healthOf(await health.next())).toMatchObject({ status: 'FAILING', since });
    await pauseHook(server, hookId);
    await resumeHook(server, hookId);
    expect(await readHooks(server, webhookId)).toMatchObject([{ health: { status: 'HEALTHY', since: null } }]);
    expect((await health.take(2)).map((notice) => healthOf(notice).status)).toEqual(['PAUSED', 'HEALTHY']);
  });

  it('goes on failing since the first failure after a restart', async () => {
    await using platform = await startPlatform({ config: { retryScheduleMs: OFTEN } });
    const { server: before, organizationId, webhookId, clock } = platform;
    const since = isoTime(clock.now());
    await startFailing(platform);
    await before.stop();
    clock.advance(MINUTE);

    await using after = await startTestServer({ clock, config: { dataDir: before.dataDir, retryScheduleMs: OFTEN } });
    const attempts = await after.subscribe(ATTEMPTS, { organizationId, after: cursorOf('change', 0, organizationId) });
    await attempts.take(2);

    expect(await readHooks(after, webhookId)).toMatchObject([{ health: { status: 'FAILING', since } }]);
  });
});
