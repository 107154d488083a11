import { sql } from 'kysely';
import type { Tables } from '../connect.js';
import type { OwnerList } from './owner-lists.js';

/** How many rows get their places together: fewer are more pages for each row, and more hold other writes up for longer. */
export const LISTED_AT_ONCE = 1000;

/** Up to which key there are as many new rows as are listed at once; null where there are fewer. */
export async function findLastToList(db: Tables, { newRows, key }: OwnerList): Promise<string | number | null> {
  const { rows } = await sql<{ key: string | number }>`
    select ${sql.ref(key)} as key from ${sql.table(newRows)} order by ${sql.ref(key)} limit 1 offset ${LISTED_AT_ONCE - 1}`.execute(db);
  return rows[0]?.key ?? null;
}

/** Gives the new rows up to `last` their places in the lists of their owners. */
export async function listNewRows(db: Tables, { newRows, list, key, owners }: OwnerList, last: string | number): Promise<void> {
  for (const owner of owners) {
    // In the order of the list, so that each page of it is gone to once.
    await sql`
      insert into ${sql.table(list)} (owner_id, ${sql.ref(key)}) select ${sql.ref(owner)}, ${sql.ref(key)} from ${sql.table(newRows)}
      where ${sql.ref(key)} <= ${last} order by 1, 2`.execute(db);
  }
  await sql`delete from ${sql.table(newRows)} where ${sql.ref(key)} <= ${last}`.execute(db);
}
