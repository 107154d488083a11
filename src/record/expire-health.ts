import type { WriteTransaction } from '../database/writes.js';
import { ROW_LIMIT } from './retire-events.js';

/**
 * Deletes a slice of the log of hooks' health that was written before `writtenBeforeAt`, oldest
 * first. Answers with how many; less than `ROW_LIMIT` when there are no more.
 */
export async function expireNextHealth({ db }: WriteTransaction, writtenBeforeAt: number): Promise<number> {
  const { numDeletedRows } = await db
    .deleteFrom('hook_health_changes')
    .where('sequence', 'in', (eb) =>
      eb
        .selectFrom(
          eb.selectFrom('hook_health_changes').orderBy('sequence').limit(ROW_LIMIT).select(['sequence', 'changed_at']).as('oldest'),
        )
        .where('oldest.changed_at', '<', writtenBeforeAt)
        .select('oldest.sequence'),
    )
    .executeTakeFirst();
  return Number(numDeletedRows);
}
