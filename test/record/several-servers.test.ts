import { sql } from 'kysely';
import { describe, expect, it } from 'vitest';
import { pauseHook } from '../../src/configure/pause-hook.js';
import type { ConfigureParts } from '../../src/configure/parts.js';
import type { Tables } from '../../src/database/connect.js';
import type { ByHandParts } from '../../src/record/by-hand.js';
import { cancelDelivery } from '../../src/record/cancel-delivery.js';
import { Cancellation } from '../../src/record/cancellation.js';
import { expireNextKeys } from '../../src/record/expire-keys.js';
import { releaseUnordered } from '../../src/record/release-unordered.js';
import { retireNextEvents } from '../../src/record/retire-events.js';
import { EVERYTHING } from '../../src/reach.js';
import { ADMIN_ACTOR } from '../support/actor.js';
import { onPostgres } from '../support/postgres.js';
import { attemptOf, openServers, publishTo, readRows, readStates, type ServerParts } from '../support/server-parts.js';

const FAR = 10_000_000_000_000;
const feed = { append() {}, forget() {} };

/** The statuses in the log of a hook's deliveries, in order. */
async function readLog(db: Tables, hookId: string): Promise<string[]> {
  const rows = await db.selectFrom('delivery_changes').where('hook_id', '=', hookId).orderBy('sequence').select('status').execute();
  return rows.map(({ status }) => status);
}

function byHand({ writes, clock }: ServerParts): ByHandParts {
  return { writes, clock, feed, tellLeaders: async () => {} };
}

describe('an attempt whose record is on disk although nobody was told', () => {
  it.runIf(onPostgres)('changes nothing when it is recorded again, and is answered as it was', async () => {
    await using shared = await openServers([0]);
    const [a] = shared.servers as [ServerParts];
    const hookId = await shared.makeHook('STRICT');
    for (const name of ['1', '2', '3']) await publishTo(a, shared, hookId, { name });
    const [delivery] = await readRows(a, hookId);
    const attempt = attemptOf(a, delivery!);

    const once = await a.recorder.record(attempt);
    const twice = await a.recorder.record(attempt);

    expect(twice).toEqual(once);
    expect(await readStates(a, hookId)).toEqual({ 1: 'FINAL', 2: 'DUE', 3: 'WAITING' });
    expect(await readLog(a.db(), hookId)).toEqual(['SUCCEEDED']);
    expect(await a.db().selectFrom('attempts').select('id').execute()).toHaveLength(1);
  });

  it.runIf(onPostgres)('does not close again what a person has opened since, beside new attempts that are recorded', async () => {
    await using shared = await openServers([0]);
    const [a] = shared.servers as [ServerParts];
    const hookId = await shared.makeHook();
    for (const name of ['1', '2']) await publishTo(a, shared, hookId, { name });
    const [one, other] = await readRows(a, hookId);
    const attempt = attemptOf(a, one!);
    await a.recorder.record(attempt);
    await a.db().updateTable('deliveries').set({ status: 'PENDING', next_attempt_at: 0 }).where('id', '=', one!.deliveryId).execute();

    const [again, fresh] = await Promise.all([a.recorder.record(attempt), a.recorder.record(attemptOf(a, other!))]);

    expect(again!.next).toBeNull();
    expect(fresh!.next).toMatchObject({ status: 'SUCCEEDED' });
    expect(await readStates(a, hookId)).toEqual({ 1: 'DUE', 2: 'FINAL' });
  });
});

describe.runIf(onPostgres)('a cancellation by hand', () => {
  it('comes too late where the leader records a success at that moment', async () => {
    await using shared = await openServers([0, 0]);
    const [a, b] = shared.servers as [ServerParts, ServerParts];
    const hookId = await shared.makeHook();
    await publishTo(a, shared, hookId);
    const [delivery] = await readRows(a, hookId);

    const recording = a.recorder.record(attemptOf(a, delivery!));
    const held = a.hold();
    await held.reached;
    const cancelling = cancelDelivery(byHand(b), { id: delivery!.deliveryId, reach: EVERYTHING });
    await shared.untilWaiting(1);
    held.letGo();
    await recording;

    await expect(cancelling).rejects.toMatchObject({ code: 'BAD_USER_INPUT' });
    expect(await readRows(a, hookId)).toMatchObject([{ status: 'SUCCEEDED' }]);
    expect(await readLog(a.db(), hookId)).toEqual(['SUCCEEDED']);
  });

  it('comes in time where the leader is about to record: the log has that of its attempt, and not of the others beside it', async () => {
    await using shared = await openServers([0]);
    const [a] = shared.servers as [ServerParts];
    const hookId = await shared.makeHook();
    for (const name of ['1', '2']) await publishTo(a, shared, hookId, { name });
    const [one, other] = await readRows(a, hookId);

    await using cancelling = await shared.beginOther(
      `update deliveries set status = 'CANCELLED', next_attempt_at = null where id = '${one!.deliveryId}'`,
    );
    const recording = Promise.all([a.recorder.record(attemptOf(a, one!)), a.recorder.record(attemptOf(a, other!))]);
    await shared.untilWaiting(1);
    await cancelling.commit();

    expect(await recording).toMatchObject([{ next: null }, { next: { status: 'SUCCEEDED' } }]);
    expect(await readRows(a, hookId)).toMatchObject([
      { status: 'CANCELLED', attemptCount: 1 },
      { status: 'SUCCEEDED', attemptCount: 1 },
    ]);
    expect((await readLog(a.db(), hookId)).toSorted()).toEqual(['CANCELLED', 'SUCCEEDED']);
  });

  it('releases what another server publishes behind it at that moment', async () => {
    await using shared = await openServers([0, 0]);
    const [a, b] = shared.servers as [ServerParts, ServerParts];
    const hookId = await shared.makeHook('STRICT');
    await publishTo(a, shared, hookId, { name: 'first' });
    const [first] = await readRows(a, hookId);

    const publishing = publishTo(a, shared, hookId, { name: 'second' });
    const held = a.hold();
    await held.reached;
    const cancelling = cancelDelivery(byHand(b), { id: first!.deliveryId, reach: EVERYTHING });
    await shared.untilWaiting(1);
    held.letGo();
    await Promise.all([publishing, cancelling]);

    expect(await readStates(a, hookId)).toEqual({ first: 'FINAL', second: 'DUE' });
  });
});

describe.runIf(onPostgres)('what two servers do at once after a change of hooks', () => {
  it('is in the log once: each delivery of a removed hook is cancelled by one of them', async () => {
    await using shared = await openServers([0, 0]);
    const [a, b] = shared.servers as [ServerParts, ServerParts];
    const hookId = await shared.makeHook();
    for (let n = 0; n < 5; n += 1) await publishTo(a, shared, hookId);
    await a.db().updateTable('hooks').set({ status: 'REMOVED' }).where('id', '=', hookId).execute();

    // The first has changed the deliveries and not yet told the log when the second looks.
    await using log = await shared.beginOther('lock table delivery_changes in exclusive mode');
    const one = new Cancellation(a.writes, feed, a.clock).cancelDeliveriesOfRemovedHooks();
    await shared.untilWaiting(1);
    const other = new Cancellation(b.writes, feed, b.clock).cancelDeliveriesOfRemovedHooks();
    await shared.untilWaiting(2);
    await log.commit();
    await Promise.all([one, other]);

    expect(await readLog(a.db(), hookId)).toEqual(Array.from({ length: 5 }, () => 'CANCELLED'));
  });

  it('opens nothing that has ended meanwhile, where its hook has lost its order', async () => {
    await using shared = await openServers([0]);
    const [a] = shared.servers as [ServerParts];
    const hookId = await shared.makeHook('BY_KEY');
    for (const name of ['1', '2', '3']) await publishTo(a, shared, hookId, { name, key: 'k' });
    const [, second] = await readRows(a, hookId);
    await a.db().updateTable('hooks').set({ ordering: 'NONE' }).where('id', '=', hookId).execute();

    await using end = await shared.beginOther(
      `update deliveries set status = 'CANCELLED', next_attempt_at = null where id = '${second!.deliveryId}'`,
    );
    const releasing = releaseUnordered(
      a.writes,
      async () => {},
      () => 0,
    );
    await shared.untilWaiting(1);
    await end.commit();
    await releasing;

    expect(await readStates(a, hookId)).toEqual({ 1: 'DUE', 2: 'FINAL', 3: 'DUE' });
  });
});

describe.runIf(onPostgres)('retention', () => {
  it('keeps all of an event of which a delivery is opened again at that moment', async () => {
    await using shared = await openServers([0]);
    const [a] = shared.servers as [ServerParts];
    const hookId = await shared.makeHook();
    await publishTo(a, shared, hookId);
    const [delivery] = await readRows(a, hookId);
    await a.recorder.record(attemptOf(a, delivery!));
    const rule = { publishedBeforeAt: FAR, changedBeforeAt: FAR };

    await using opening = await shared.beginOther(`update deliveries set status = 'PENDING', next_attempt_at = 0`);
    const step = a.writes.transaction((_, tx) => retireNextEvents(tx, '00000000-0000-0000-0000-000000000000', rule));
    await shared.untilWaiting(1);
    await opening.commit();

    expect((await step).removed).toEqual({});
    expect(await readLog(a.db(), hookId)).toHaveLength(1);
  });

  it('keeps the key that is given anew at that moment', async () => {
    await using shared = await openServers([0]);
    const [a] = shared.servers as [ServerParts];
    const hookId = await shared.makeHook();
    await publishTo(a, shared, hookId, { idempotencyKey: 'k' });

    await using giving = await shared.beginOther(`update idempotency_keys set created_at = ${FAR}`);
    const expiring = a.writes.transaction((_, tx) => expireNextKeys(tx, FAR - 1));
    await shared.untilWaiting(1);
    await giving.commit();

    expect(await expiring).toBe(0);
  });
});

describe.runIf(onPostgres)('a hook that is paused', () => {
  it('keeps nothing of being disabled at that moment', async () => {
    await using shared = await openServers([0]);
    const [a] = shared.servers as [ServerParts];
    const hookId = await shared.makeHook();
    const parts = {
      writes: a.writes,
      clock: a.clock,
      newId: a.newId,
      healthFeed: feed,
      disableAfterMs: 1,
      tellLeaders: async () => {},
    } as unknown as ConfigureParts;

    await using judging = await shared.beginOther(`update hooks set status = 'DISABLED', disabled_reason = 'GONE' where id = '${hookId}'`);
    const pausing = pauseHook(parts, { id: hookId, reach: ADMIN_ACTOR });
    await shared.untilWaiting(1);
    await judging.commit();
    await pausing;

    const { rows } = await sql`select status, disabled_reason from hooks where id = ${hookId}`.execute(a.db());
    expect(rows).toEqual([{ status: 'PAUSED', disabled_reason: null }]);
  });
});
