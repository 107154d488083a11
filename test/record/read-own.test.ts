import { describe, expect, it } from 'vitest';
import { Leases } from '../../src/lead/leases.js';
import { shardOf } from '../../src/entities/shard.js';
import { answer, makeHealth } from '../dispatch/makers.js';
import { openTestDatabase } from '../support/database.js';
import { ManualClock } from '../support/manual-clock.js';
import { onPostgres } from '../support/postgres.js';
import { insertDeliveries, insertHooks, newId } from '../support/rows.js';
import { makeReport } from '../support/attempt-report.js';
import { makeRecorder } from '../support/recorder.js';
import { untilWaiting } from '../support/server-parts.js';

/** Of two shards. */
const [hookId, otherHookId] = ['00000000-0000-7000-8000-000000000001', '00000000-0000-7000-8000-000000000002'] as const;

/** A server that leads all shards, and the recording of attempts that began then: of one hook, and of another. */
async function start() {
  const database = await openTestDatabase();
  const clock = new ManualClock();
  await insertHooks(database.db(), [{ id: hookId }, { id: otherHookId }]);
  const serverId = newId();
  const leases = new Leases(database.db, serverId, 600_000);
  await leases.renew();
  const epochs = await leases.take(128);
  const recorder = makeRecorder({ writes: database.writes, serverId, clock, newId });
  const judge = async (of: string) => {
    const [delivery] = await insertDeliveries(database.db(), { hookId: of, count: 1, now: clock.now() });
    return recorder.judge(delivery!, makeReport(answer(200), clock.now()), makeHealth(), epochs.get(shardOf(of))!);
  };
  const attempt = await judge(hookId);
  return {
    database,
    leases,
    attempt,
    otherAttempt: () => judge(otherHookId),
    record: (recorded = attempt) => recorder.record(recorded),
    /** As another server does that finds this one's lease run out. */
    async takeOver(): Promise<number> {
      await database.db().updateTable('server_leases').set({ ends_at: 0 }).where('server_id', '=', serverId).execute();
      const other = new Leases(database.db, newId(), 600_000);
      await other.renew();
      return (await other.take(128)).size;
    },
    /** As another server does with the first hook alone. */
    takeOverOne: () =>
      database
        .db()
        .updateTable('shards')
        .set((eb) => ({ leader_id: newId(), epoch: eb('epoch', '+', 1) }))
        .where('number', '=', shardOf(hookId))
        .execute(),
    async rows() {
      const attempts = await database.db().selectFrom('attempts').select('id').execute();
      const changes = await database.db().selectFrom('delivery_changes').select('sequence').execute();
      const deliveries = await database.db().selectFrom('deliveries').select('status').orderBy('id').execute();
      return { attemptCount: attempts.length, changeCount: changes.length, statuses: deliveries.map(({ status }) => status) };
    },
    [Symbol.asyncDispose]: () => database[Symbol.asyncDispose](),
  };
}

describe.runIf(onPostgres)('an attempt', () => {
  it('is recorded by the server that leads its hook since it began', async () => {
    await using flow = await start();

    expect(await flow.record()).toEqual({ next: { status: 'SUCCEEDED', nextAttemptAt: null }, healthIsOutdated: false });
    expect(await flow.rows()).toEqual({ attemptCount: 1, changeCount: 1, statuses: ['SUCCEEDED'] });
  });

  it('of a hook that another server has taken over leaves no trace', async () => {
    await using flow = await start();
    await flow.takeOver();

    expect(await flow.record()).toBeNull();
    expect(await flow.rows()).toEqual({ attemptCount: 0, changeCount: 0, statuses: ['PENDING'] });
  });

  it('that began before its server lost the hook and got it again leaves none either', async () => {
    await using flow = await start();
    await flow.takeOver();
    await flow.database.db().updateTable('server_leases').set({ ends_at: 0 }).execute();
    await flow.leases.renew();
    await flow.leases.take(128);

    expect(await flow.record()).toBeNull();
    expect(await flow.rows()).toMatchObject({ attemptCount: 0 });
  });

  it('that is recorded a second time, since the answer to its commit was lost, is answered as it was', async () => {
    await using flow = await start();
    const once = await flow.record();

    expect(await flow.record()).toEqual(once);
    expect(await flow.rows()).toEqual({ attemptCount: 1, changeCount: 1, statuses: ['SUCCEEDED'] });
  });

  it('that is recorded a second time after its hook was taken over is not', async () => {
    await using flow = await start();
    await flow.record();
    await flow.takeOver();

    expect(await flow.record()).toBeNull();
    expect(await flow.rows()).toEqual({ attemptCount: 1, changeCount: 1, statuses: ['SUCCEEDED'] });
  });

  it('of a hook that was taken over leaves no trace beside those of another, one of them for the second time', async () => {
    await using flow = await start();
    const [known, fresh] = [await flow.otherAttempt(), await flow.otherAttempt()];
    const once = await flow.record(known);
    await flow.takeOverOne();

    const recorded = await Promise.all([flow.record(), flow.record(known), flow.record(fresh)]);

    expect(recorded).toEqual([null, once, { next: { status: 'SUCCEEDED', nextAttemptAt: null }, healthIsOutdated: false }]);
    expect(await flow.rows()).toEqual({ attemptCount: 2, changeCount: 2, statuses: ['PENDING', 'SUCCEEDED', 'SUCCEEDED'] });
  });

  it('of a hook that is being taken over at that moment waits for that, and leaves no trace', async () => {
    await using flow = await start();
    const { promise: reached, resolve: reach } = Promise.withResolvers<void>();
    const { promise: gate, resolve: open } = Promise.withResolvers<void>();
    const taking = flow.database
      .db()
      .transaction()
      .execute(async (db) => {
        await db.updateTable('shards').set({ leader_id: newId() }).where('number', '=', shardOf(hookId)).execute();
        reach();
        await gate;
      });
    await reached;

    const recording = flow.record();
    await untilWaiting(flow.database.db(), 1);
    open();
    await taking;

    expect(await recording).toBeNull();
    expect(await flow.rows()).toEqual({ attemptCount: 0, changeCount: 0, statuses: ['PENDING'] });
  });

  it('that is being recorded keeps the hook from being taken over until it is', async () => {
    await using flow = await start();
    const { promise: reached, resolve: reach } = Promise.withResolvers<void>();
    const { promise: gate, resolve: open } = Promise.withResolvers<void>();
    // The last lane of the batch: the record has been written when its turn comes, and is not committed.
    const holding = flow.database.writes.lane<null, void>(async (_, held) => {
      reach();
      await gate;
      return held.map(() => undefined);
    });

    const recording = flow.record();
    const held = holding(null);
    await reached;
    const takenMeanwhile = await flow.takeOver();
    open();
    await held;

    expect(takenMeanwhile).toBe(127);
    expect(await recording).toMatchObject({ next: { status: 'SUCCEEDED' } });
  });
});
