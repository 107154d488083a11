import { sql } from 'kysely';
import { rowList } from '../database/row-list.js';
import type { WriteTransaction } from '../database/writes.js';
import { AFTER_ANOTHER } from '../entities/delivery.js';

/** What waits for each other: the deliveries of a hook with one ordering key. */
export interface Line {
  hookId: string;
  orderingKey: string;
}

/** Makes the first that waits in each of these lines due, where none is. To be called in the transaction that ended the one before. */
export async function releaseNext({ db }: WriteTransaction, lines: readonly Line[], now: number): Promise<void> {
  if (lines.length === 0) return;
  const ended = rowList(
    db,
    { hook_id: 'uuid', ordering_key: 'text' },
    lines.map(({ hookId, orderingKey }) => ({ hook_id: hookId, ordering_key: orderingKey })),
  );
  await sql`
    with ended (hook_id, ordering_key) as (${ended}),
    first as (
      select (
        select d.id from deliveries as d
        where d.hook_id = ended.hook_id and d.ordering_key = ended.ordering_key and d.next_attempt_at is not null
        order by d.id limit 1
      ) as id
      from ended
      where not exists (
        select 1 from deliveries as d
        where d.hook_id = ended.hook_id and d.ordering_key = ended.ordering_key and d.next_attempt_at < ${AFTER_ANOTHER}
      )
    )
    update deliveries set next_attempt_at = ${now} where id in (select id from first)`.execute(db);
}
