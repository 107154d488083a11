import type { WriteTransaction } from '../database/writes.js';
import { ROW_LIMIT } from './retire-events.js';

/** Deletes a slice of the stream tokens that have run out by `now`. Answers with how many; less than `ROW_LIMIT` when there are no more. */
export async function expireNextTokens({ db }: WriteTransaction, now: number): Promise<number> {
  const { numDeletedRows } = await db
    .deleteFrom('stream_tokens')
    .where('id', 'in', (eb) => eb.selectFrom('stream_tokens as t').where('t.expires_at', '<=', now).limit(ROW_LIMIT).select('t.id'))
    .executeTakeFirst();
  return Number(numDeletedRows);
}
