import { sql } from 'kysely';
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

const columns = {
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
const columnNames = sql.join(Object.keys(columns).map((name) => sql.ref(name)));

interface Appended {
  sequence: number;
  delivery_id: string;
}

const appended: Answering<typeof columns, Appended> = {
  returning: sql<Appended>`sequence, delivery_id`,
  ofRun: ({ delivery_id }, { lastInsertRowid }) => ({ sequence: Number(lastInsertRowid), delivery_id: String(delivery_id) }),
};

const insertChanges = new RowStatement(columns, (rows) => sql`insert into delivery_changes (${columnNames}) ${rows}`, appended);

/** For PostgreSQL, in one statement: a row comes to its insert, which gives it its place, with the announcement and so after it. */
const announceAndInsertChanges = new RowStatement(
  columns,
  (rows) => sql`
    with announced as materialized (${announcement('delivery_changes')})
    insert into delivery_changes (${columnNames}) select changes.* from announced cross join (${rows}) as changes`,
  appended,
);

/** Appends changes to the log, and tells the feed of them once they are on disk. A delivery may stand in the list once. */
export async function appendChanges(
  tx: WriteTransaction,
  feed: Pick<DeliveryFeed, 'append'>,
  changes: readonly NewChange[],
): Promise<void> {
  if (changes.length === 0) return;
  const insert = isPostgres(tx.db) ? announceAndInsertChanges : insertChanges;
  const rows = await insert.run(tx.db, changes.map(rowOf));
  // The order of returned rows is not promised, so they are matched by delivery.
  const sequences = new Map(rows.map((row) => [row.delivery_id, row.sequence]));
  const logged = changes.map((change): Change => ({ ...change, sequence: sequences.get(change.deliveryId)! }));
  tx.afterCommit(() => feed.append(logged.toSorted((a, b) => a.sequence - b.sequence)));
}

function rowOf(change: NewChange) {
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
