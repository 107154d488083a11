import { sql } from 'kysely';
import { isPostgres } from '../database/is-postgres.js';
import { runForEach } from '../database/row-batch.js';
import { RowStatement } from '../database/row-statement.js';
import type { WriteTransaction } from '../database/writes.js';
import { AFTER_ANOTHER } from '../entities/delivery.js';
import {
  announceAndInsert,
  appendChanges,
  appended,
  changeColumns,
  changeRowOf,
  type NewChange,
  tellOnceCommitted,
} from '../watch/append-changes.js';
import type { DeliveryFeed } from '../watch/delivery-log.js';

/** What an attempt makes of its delivery. */
export interface Move {
  /** As the log is to say it. No attempt makes a delivery CANCELLED. */
  change: NewChange;
  attemptCount: number;
  nextAttemptAt: number | null;
}

const goesOnWaiting = sql`deliveries.next_attempt_at = ${sql.lit(AFTER_ANOTHER)} and moves.next_attempt_at is not null`;
const moveOpen = sql`
  update deliveries
  set
    status = case when ${goesOnWaiting} then deliveries.status else moves.status end,
    attempt_count = moves.attempt_count,
    next_attempt_at = case when ${goesOnWaiting} then deliveries.next_attempt_at else moves.next_attempt_at end,
    updated_at = moves.changed_at
  from moves
  where deliveries.id = moves.delivery_id and deliveries.next_attempt_at is not null`;

/** For SQLite, which is quicker without another table: of deliveries that get no further attempt. */
const END_DELIVERY = `
  update deliveries set status = ?, attempt_count = ?, next_attempt_at = null, updated_at = ?
  where id = ? and next_attempt_at is not null`;

/** For SQLite, of the others. */
const moveDelivery = new RowStatement(
  { delivery_id: 'uuid', status: 'text', attempt_count: 'integer', next_attempt_at: 'bigint', changed_at: 'bigint' },
  (rows) => sql`with moves (delivery_id, status, attempt_count, next_attempt_at, changed_at) as (${rows}) ${moveOpen}`,
  {
    returning: sql<{ id: string }>`deliveries.id as id`,
    ofRun: ({ delivery_id }, { changes }) => (changes === 0 ? null : { id: String(delivery_id) }),
  },
);

const moveColumns = { ...changeColumns, attempt_count: 'integer', next_attempt_at: 'bigint' } as const;

/** For PostgreSQL: what was not moved is in the log as CANCELLED, and is known by that. */
const moveAndAppend = new RowStatement(
  moveColumns,
  (rows) => {
    const status = sql`case when moved.id is null then 'CANCELLED' else moves.status end`;
    const logged = Object.keys(changeColumns).map((name) => (name === 'status' ? status : sql.ref(`moves.${name}`)));
    return announceAndInsert(sql`select ${sql.join(logged)} from moves left join moved on moved.id = moves.delivery_id`, [
      sql`moves (${sql.join(Object.keys(moveColumns).map((name) => sql.ref(name)))}) as (${rows})`,
      sql`moved as (${moveOpen} returning deliveries.id)`,
    ]);
  },
  appended,
);

/**
 * Moves each delivery that is still open to its next state, and appends that to the log, or that it was cancelled while the attempt
 * was on the wire. Answers with the ids of those it moved. A delivery may stand in the list once.
 *
 * One that was cancelled and opened again while the attempt was on the wire may wait for another by its hook's order: it goes
 * on waiting when the attempt failed, since a second one due in its line would break the rule of `deliveries_head_unique`.
 */
export async function moveDeliveries(
  tx: WriteTransaction,
  feed: Pick<DeliveryFeed, 'append'>,
  moves: readonly Move[],
): Promise<ReadonlySet<string>> {
  return isPostgres(tx.db) ? moveAtOnce(tx, feed, moves) : moveOneByOne(tx, feed, moves);
}

/** As one statement, for each costs PostgreSQL a way there and back with the rows locked. */
async function moveAtOnce(tx: WriteTransaction, feed: Pick<DeliveryFeed, 'append'>, moves: readonly Move[]): Promise<Set<string>> {
  const rows = await moveAndAppend.run(
    tx.db,
    moves.map(({ change, attemptCount, nextAttemptAt }) => ({
      ...changeRowOf(change),
      attempt_count: attemptCount,
      next_attempt_at: nextAttemptAt,
    })),
  );
  tellOnceCommitted(
    tx,
    feed,
    moves.map(({ change }) => change),
    rows,
  );
  return new Set(rows.filter(({ status }) => status !== 'CANCELLED').map(({ delivery_id }) => delivery_id));
}

async function moveOneByOne(tx: WriteTransaction, feed: Pick<DeliveryFeed, 'append'>, moves: readonly Move[]): Promise<Set<string>> {
  const ended = await endDeliveries(
    tx,
    moves.filter(({ nextAttemptAt }) => nextAttemptAt === null),
  );
  const moved = await moveDelivery.run(
    tx.db,
    moves.flatMap(({ change, attemptCount, nextAttemptAt }) =>
      nextAttemptAt === null
        ? []
        : {
            delivery_id: change.deliveryId,
            status: change.status,
            attempt_count: attemptCount,
            next_attempt_at: nextAttemptAt,
            changed_at: change.changedAt,
          },
    ),
  );
  const movedIds = new Set([...ended, ...moved.map(({ id }) => id)]);
  await appendChanges(
    tx,
    feed,
    moves.map(({ change }) => (movedIds.has(change.deliveryId) ? change : { ...change, status: 'CANCELLED' })),
  );
  return movedIds;
}

async function endDeliveries(tx: WriteTransaction, moves: readonly Move[]): Promise<string[]> {
  const rows = moves.map(({ change, attemptCount }) => [change.status, attemptCount, change.changedAt, change.deliveryId]);
  const runs = await runForEach(tx.db, END_DELIVERY, rows);
  return moves.filter((_, index) => runs[index]!.changes > 0).map(({ change }) => change.deliveryId);
}
