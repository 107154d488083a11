import type { WriteTransaction } from '../database/writes.js';
import { lowestIdAt } from '../ids.js';
import { ROW_LIMIT } from './retire-events.js';

/**
 * Deletes a slice of the audit log's records that were made before `madeBeforeAt`, the oldest first. Answers with how many; less than
 * `ROW_LIMIT` when there are no more.
 */
export async function expireNextAudit({ db }: WriteTransaction, madeBeforeAt: number): Promise<number> {
  const oldest = await db
    .selectFrom('audit_records')
    .where('id', '<', lowestIdAt(madeBeforeAt))
    .orderBy('id')
    .limit(ROW_LIMIT)
    .select('id')
    .execute();
  if (oldest.length === 0) return 0;
  // Not by a query in a query: PostgreSQL reads the whole table for that where it misjudges how much it gives.
  const ids = oldest.map(({ id }) => id);
  const { numDeletedRows } = await db.deleteFrom('audit_records').where('id', 'in', ids).executeTakeFirst();
  return Number(numDeletedRows);
}
