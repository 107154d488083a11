import { sql } from 'kysely';
import type { Tables } from '../connect.js';
import { lastListed, MARKS } from './new-rows.js';
import type { OwnerList } from './owner-lists.js';

/**
 * How many rows get their places together. Fewer are more pages for each row, and more hold up other writes for longer: of rows of a
 * hundred owners, 1,000, 2,000, 3,000 and 4,000 at once cost an event 26, 23, 19 and 18 µs, in steps of 2, 4, 6 and 7 ms.
 */
export const LISTED_AT_ONCE = 3000;

/** What one transaction does; other writes wait for it. What was done before, when the next one failed, is done again to no effect. */
export type ListingStep = (db: Tables) => Promise<void>;

/** The number of the row up to which there are as many new ones as are listed at once; null where there are fewer. */
export async function findLastToList(db: Tables, list: OwnerList): Promise<number | null> {
  const { rows } = await sql<{ last: number }>`
    select rowid as last from ${sql.table(list.table)} where rowid > ${lastListed(list)} order by rowid limit 1 offset ${LISTED_AT_ONCE - 1}`.execute(
    db,
  );
  return rows[0]?.last ?? null;
}

/** The steps that give the new rows up to `last` their places. With the last one they are new no more. */
export function planListing(list: OwnerList, last: number): ListingStep[] {
  return list.owners.map((owner, index) => async (db) => {
    await listRows(db, list, owner, last);
    if (index === list.owners.length - 1) await moveMark(db, list, last);
  });
}

async function listRows(db: Tables, list: OwnerList, owner: string, last: number): Promise<void> {
  const key = sql.ref(list.key);
  // In the order of the list, so that each page of it is gone to once.
  await sql`
    insert or ignore into ${sql.table(list.list)} (owner_id, ${key})
    select ${sql.ref(owner)}, ${key} from ${sql.table(list.table)} where rowid > ${lastListed(list)} and rowid <= ${last} order by 1, 2`.execute(
    db,
  );
}

/** Where the last one was deleted meanwhile, the mark stays where it was, and the others are listed again with what comes. */
async function moveMark(db: Tables, { table, list, key }: OwnerList, last: number): Promise<void> {
  await sql`
    insert or replace into ${sql.table(MARKS)} (list, last_row, last_key)
    select ${list}, rowid, ${sql.ref(key)} from ${sql.table(table)} where rowid = ${last}`.execute(db);
}
