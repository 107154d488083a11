import { type RawBuilder, sql } from 'kysely';
import { isPostgres } from '../database/is-postgres.js';
import { type Answering, RowStatement } from '../database/row-statement.js';
import type { WriteTransaction } from '../database/writes.js';
import type { StoredStatus } from '../entities/delivery.js';
import type { Change, RecordedAttempt } from './change.js';
import type { DeliveryFeed } from './delivery-log.js';
import { announcement } from './horizon.js';

/** A change of a delivery's state that has no place in the log yet. */
export interface NewChange extends Omit<Change, 'sequence'> {
  status: StoredStatus;
  attempt: RecordedAttempt | null;
}

/** The log's columns, but for the place, which it gives. */
export const changeColumns = {
  organization_id: 'uuid',
  webhook_id: 'uuid',
  hook_id: 'uuid',
  event_id: 'uuid',
  delivery_id: 'uuid',
  type: 'text',
  status: 'text',
  attempt_id: 'uuid',
  changed_at: 'bigint',
} as const;
const columnNames = sql.join(Object.keys(changeColumns).map((name) => sql.ref(name)));

/** An entry of the log as it was written. */
interface Appended {
  sequence: number;
  delivery_id: string;
  status: StoredStatus;
}

export const appended: Answering<typeof changeColumns, Appended> = {
  returning: sql<Appended>`sequence, delivery_id, status`,
  ofRun: ({ delivery_id, status }, { lastInsertRowid }) => ({
    sequence: Number(lastInsertRowid),
    delivery_id: String(delivery_id),
    status: status as StoredStatus,
  }),
};

const insertChanges = new RowStatement(changeColumns, (rows) => sql`insert into delivery_changes (${columnNames}) ${rows}`, appended);

/**
 * For PostgreSQL, in one statement: a row comes to its insert, which gives it its place, with the announcement and so after it.
 * The rows may come of `parts`, which go into its `with` before that.
 */
export function announceAndInsert(rows: RawBuilder<unknown>, parts: ReadonlyArray<RawBuilder<unknown>> = []): RawBuilder<unknown> {
  const announced = sql`announced as materialized (${announcement('delivery_changes')})`;
  return sql`
    with ${sql.join([...parts, announced])}
    insert into delivery_changes (${columnNames}) select changes.* from announced cross join (${rows}) as changes`;
}

const announceAndInsertChanges = new RowStatement(changeColumns, announceAndInsert, appended);

/** Appends changes to the log, and tells the feed of them once they are on disk. A delivery may stand in the list once. */
export async function appendChanges(
  tx: WriteTransaction,
  feed: Pick<DeliveryFeed, 'append'>,
  changes: readonly NewChange[],
): Promise<void> {
  if (changes.length === 0) return;
  const insert = isPostgres(tx.db) ? announceAndInsertChanges : insertChanges;
  tellOnceCommitted(tx, feed, changes, await insert.run(tx.db, changes.map(changeRowOf)));
}

/** Tells the feed of changes as they were appended, once they are on disk. */
export function tellOnceCommitted(
  tx: WriteTransaction,
  feed: Pick<DeliveryFeed, 'append'>,
  changes: readonly NewChange[],
  rows: readonly Appended[],
): void {
  // The order of returned rows is not promised, so they are matched by delivery.
  const entries = new Map(rows.map((row) => [row.delivery_id, row]));
  const logged = changes.map((change): Change => {
    const { sequence, status } = entries.get(change.deliveryId)!;
    return { ...change, sequence, status };
  });
  tx.afterCommit(() => feed.append(logged.toSorted((a, b) => a.sequence - b.sequence)));
}

export function changeRowOf(change: NewChange) {
  return {
    organization_id: change.organizationId,
    webhook_id: change.webhookId,
    hook_id: change.hookId,
    event_id: change.eventId,
    delivery_id: change.deliveryId,
    type: change.type,
    status: change.status,
    attempt_id: change.attempt?.id ?? null,
    changed_at: change.changedAt,
  };
}
