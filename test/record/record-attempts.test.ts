import { describe, expect, it, onTestFinished } from 'vitest';
import { AFTER_ANOTHER } from '../../src/entities/delivery.js';
import { type AttemptToRecord, recordAttempts } from '../../src/record/record-attempts.js';
import type { OpenDelivery } from '../../src/send/attempt.js';
import type { Change } from '../../src/watch/change.js';
import { readHorizon } from '../../src/watch/horizon.js';
import { answer, makeHealth } from '../dispatch/makers.js';
import { openTestDatabase } from '../support/database.js';
import { idOf } from '../support/ids.js';
import { ManualClock } from '../support/manual-clock.js';
import { onPostgres } from '../support/postgres.js';
import { makeRecorder } from '../support/recorder.js';
import { makeReport } from '../support/attempt-report.js';
import { insertDeliveries, insertHooks } from '../support/rows.js';

const hookId = idOf('h');
const SUCCEEDED = { next: { status: 'SUCCEEDED', nextAttemptAt: null }, healthIsOutdated: false };

/** Deliveries of a hook that are due, and what records attempts of them. */
async function start(count: number) {
  const database = await openTestDatabase();
  onTestFinished(() => database[Symbol.asyncDispose]());
  const clock = new ManualClock();
  await insertHooks(database.db(), [{ id: hookId }]);
  const deliveries = await insertDeliveries(database.db(), { hookId, count, now: clock.now() });
  const told: Change[] = [];
  const recorder = makeRecorder({ writes: database.writes, clock, feed: { append: (changes) => void told.push(...changes) } });
  return {
    db: database.db,
    deliveries,
    told,
    judge: (delivery: OpenDelivery, status = 200): AttemptToRecord =>
      recorder.judge(delivery, makeReport(answer(status), clock.now()), makeHealth(), 0),
    record: (attempts: readonly AttemptToRecord[]) => Promise.all(attempts.map((attempt) => recorder.record(attempt))),
    async rows() {
      const rows = await database.db().selectFrom('deliveries').select(['status', 'attempt_count']).orderBy('id').execute();
      const changes = await database.db().selectFrom('delivery_changes').select(['sequence', 'delivery_id']).orderBy('sequence').execute();
      const attempts = await database.db().selectFrom('attempts').select('id').execute();
      return {
        states: rows.map((row) => `${row.status} ${row.attempt_count}`),
        attemptCount: attempts.length,
        changes: changes.map((row) => [row.sequence, row.delivery_id]),
      };
    },
  };
}

describe('attempts that are recorded together', () => {
  it('move each its delivery, and are told of by their places in the log', async () => {
    const { deliveries, told, judge, record, rows } = await start(3);

    const recorded = await record([judge(deliveries[0]!), judge(deliveries[1]!, 500), judge(deliveries[2]!)]);

    expect(recorded).toEqual([
      SUCCEEDED,
      { next: { status: 'RETRYING', nextAttemptAt: expect.any(Number) }, healthIsOutdated: false },
      SUCCEEDED,
    ]);
    const { states, attemptCount, changes } = await rows();
    expect([states, attemptCount]).toEqual([['SUCCEEDED 1', 'RETRYING 1', 'SUCCEEDED 1'], 3]);
    expect(told.map(({ sequence, deliveryId }) => [sequence, deliveryId])).toEqual(changes);
    expect(new Set(changes.map(([, deliveryId]) => deliveryId))).toEqual(new Set(deliveries.map(({ deliveryId }) => deliveryId)));
  });

  it('change nothing where they are in the table already, beside one that is new', async () => {
    const { deliveries, told, judge, record, rows } = await start(2);
    const [known, fresh] = [judge(deliveries[0]!), judge(deliveries[1]!)];
    await record([known]);

    const recorded = await record([known, fresh]);

    expect(recorded).toEqual([SUCCEEDED, SUCCEEDED]);
    expect(await rows()).toMatchObject({ states: ['SUCCEEDED 1', 'SUCCEEDED 1'], attemptCount: 2 });
    expect(told.map(({ deliveryId }) => deliveryId)).toEqual(deliveries.map(({ deliveryId }) => deliveryId));
  });

  it('leave the state of a delivery that was ended meanwhile, beside one that moves', async () => {
    const { db, deliveries, told, judge, record, rows } = await start(3);
    const ended = { status: 'CANCELLED', next_attempt_at: null } as const;
    await db().updateTable('deliveries').set(ended).where('id', '=', deliveries[0]!.deliveryId).execute();

    const recorded = await record(deliveries.map((delivery) => judge(delivery)));

    expect(recorded.map((one) => one!.next)).toEqual([null, SUCCEEDED.next, SUCCEEDED.next]);
    expect(await rows()).toMatchObject({ states: ['CANCELLED 1', 'SUCCEEDED 1', 'SUCCEEDED 1'], attemptCount: 3 });
    const logged = await db().selectFrom('delivery_changes').select(['delivery_id', 'status', 'attempt_id']).orderBy('sequence').execute();
    const statuses = new Map(logged.map((row) => [row.delivery_id, row.status]));
    expect(deliveries.map(({ deliveryId }) => statuses.get(deliveryId))).toEqual(['CANCELLED', 'SUCCEEDED', 'SUCCEEDED']);
    expect(told.map(({ deliveryId, status, attempt }) => ({ delivery_id: deliveryId, status, attempt_id: attempt!.id }))).toEqual(logged);
  });

  it('leave what waits in a line by now waiting where they failed, and end it where they did not', async () => {
    const { db, deliveries, judge, record, rows } = await start(2);
    await db().updateTable('deliveries').set({ next_attempt_at: AFTER_ANOTHER }).execute();

    await record([judge(deliveries[0]!, 500), judge(deliveries[1]!)]);

    expect(await rows()).toMatchObject({ states: ['PENDING 1', 'SUCCEEDED 1'] });
    const waiting = await db().selectFrom('deliveries').where('next_attempt_at', 'is not', null).select('next_attempt_at').execute();
    expect(waiting).toEqual([{ next_attempt_at: AFTER_ANOTHER }]);
    const logged = await db().selectFrom('delivery_changes').select('status').orderBy('status').execute();
    expect(logged.map(({ status }) => status)).toEqual(['RETRYING', 'SUCCEEDED']);
  });

  it.runIf(onPostgres)('hold the horizon of the log back, before the first of their places, until they are on disk', async () => {
    const { db, deliveries, judge, record } = await start(4);
    await record([judge(deliveries[0]!)]);
    const unfed = { append() {} };
    const plan = recordAttempts({ feed: unfed, healthFeed: unfed, publishOperational: async () => {}, serverId: null });

    const meanwhile = await db()
      .transaction()
      .execute(async (tx) => {
        const attempts = deliveries.slice(1).map((delivery) => judge(delivery));
        await (await plan({ db: tx, afterCommit() {} }, attempts)).write();
        return readHorizon(db(), 'delivery_changes');
      });

    expect(meanwhile).toBe(1);
    expect(await readHorizon(db(), 'delivery_changes')).toBe(4);
  });
});
