import type { WriteTransaction } from '../database/writes.js';
import { lowestIdAt } from '../ids.js';
import { ROW_LIMIT } from './retire-events.js';

/**
 * Deletes a slice of the audit log's records that were made before `madeBeforeAt`, the oldest first. Answers with how many; less than
 * `ROW_LIMIT` when there are no more.
 */
export async function expireNextAudit({ db }: WriteTransaction, madeBeforeAt: number): Promise<number> {
  const oldest = db.selectFrom('audit_records as a').where('a.id', '<', lowestIdAt(madeBeforeAt)).orderBy('a.id').limit(ROW_LIMIT);
  const { numDeletedRows } = await db.deleteFrom('audit_records').where('id', 'in', oldest.select('a.id')).executeTakeFirst();
  return Number(numDeletedRows);
}
