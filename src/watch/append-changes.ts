import { isPostgres } from '../database/is-postgres.js';
import { slices } from '../database/slices.js';
import type { WriteTransaction } from '../database/writes.js';
import type { StoredStatus } from '../entities/delivery.js';
import type { Change, RecordedAttempt } from './change.js';
import type { DeliveryFeed } from './delivery-log.js';
import { announceEntries } from './horizon.js';

/** A change of a delivery's state that has no place in the log yet. */
export interface NewChange extends Omit<Change, 'sequence'> {
  status: StoredStatus;
  attempt: RecordedAttempt | null;
}

/** Rows for one insert; SQLite binds at most 32,766 values in a statement, and a change has nine. */
const ROWS_LIMIT = 1000;

/** Appends changes to the log, and tells the feed of them once they are on disk. A delivery may stand in the list once. */
export async function appendChanges(
  tx: WriteTransaction,
  feed: Pick<DeliveryFeed, 'append'>,
  changes: readonly NewChange[],
): Promise<void> {
  if (changes.length > 0 && isPostgres(tx.db)) await announceEntries(tx.db, 'delivery_changes');
  for (const slice of slices(changes, ROWS_LIMIT)) {
    const rows = await tx.db.insertInto('delivery_changes').values(slice.map(rowOf)).returning(['sequence', 'delivery_id']).execute();
    // The order of returned rows is not promised, so they are matched by delivery.
    const sequences = new Map(rows.map((row) => [row.delivery_id, row.sequence]));
    const logged = slice.map((change): Change => ({ ...change, sequence: sequences.get(change.deliveryId)! }));
    tx.afterCommit(() => feed.append(logged.toSorted((a, b) => a.sequence - b.sequence)));
  }
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
    // The database gives the number; the column is in the row's type because entities know it.
    sequence: undefined as unknown as number,
  };
}
