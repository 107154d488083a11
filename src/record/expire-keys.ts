import type { WriteTransaction } from '../database/writes.js';
import { ROW_LIMIT } from './retire-events.js';

/**
 * Deletes a slice of the idempotency keys that were given at `givenUntilAt` or before. Answers with how many; less than
 * `ROW_LIMIT` when there are no more.
 */
export async function expireNextKeys({ db }: WriteTransaction, givenUntilAt: number): Promise<number> {
  const { numDeletedRows } = await db
    .deleteFrom('idempotency_keys')
    // Also of the row as it is by now: another server may give the key anew at this moment.
    .where('created_at', '<=', givenUntilAt)
    .where((eb) =>
      eb(
        eb.refTuple('organization_id', 'key'),
        'in',
        eb
          .selectFrom('idempotency_keys as k')
          .where('k.created_at', '<=', givenUntilAt)
          .limit(ROW_LIMIT)
          .select(['k.organization_id', 'k.key'])
          .$asTuple('organization_id', 'key'),
      ),
    )
    .executeTakeFirst();
  return Number(numDeletedRows);
}
