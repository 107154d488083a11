import type { WriteTransaction } from '../database/writes.js';
import type { AttemptToRecord, Recorded } from './record-attempts.js';

/**
 * What became of attempts that are in the table since an earlier transaction, by their ids: as they are answered whose
 * commit was told to nobody. Of their hooks it is not known any more what was written.
 */
export async function readRecorded({ db }: WriteTransaction, attempts: readonly AttemptToRecord[]): Promise<Array<[string, Recorded]>> {
  if (attempts.length === 0) return [];
  const ids = attempts.map(({ delivery }) => delivery.deliveryId);
  const rows = await db.selectFrom('deliveries').where('id', 'in', ids).select(['id', 'status', 'next_attempt_at']).execute();
  const deliveries = new Map(rows.map((row) => [row.id, row]));
  return attempts.map((attempt): [string, Recorded] => {
    const now = deliveries.get(attempt.delivery.deliveryId);
    const isAsLeft = now?.status === attempt.next.status && now.next_attempt_at === attempt.next.nextAttemptAt;
    return [attempt.id, { next: isAsLeft ? attempt.next : null, healthIsOutdated: attempt.health !== null }];
  });
}
