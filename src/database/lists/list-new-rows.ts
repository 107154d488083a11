import { sql } from 'kysely';
import type { Tables } from '../connect.js';
import { lastListed, MARKS } from './new-rows.js';
import type { OwnerList } from './owner-lists.js';

/**
 * How many rows get their places together at most. Fewer are more pages for each row, and more hold up other writes for longer: of rows of
 * a hundred owners, 1,000, 2,000, 3,000 and 4,000 at once cost an event 26, 23, 19 and 18 µs, in steps of 2, 4, 6 and 7 ms.
 */
export const MOST_AT_ONCE = 3000;

/** And at least. So many are enough where most are of one owner: they lie side by side in its list, however many come at once. */
export const LEAST_AT_ONCE = 1000;

/** How many rows are looked at to see of how many owners they are, and by which part of all they lie apart: the golden one, which no turns that owners take fit into. */
const SAMPLE_SIZE = 16;
const SAMPLE_STEP = (Math.sqrt(5) - 1) / 2;

/** What one transaction does; other writes wait for it. What was done before, when the next one failed, is done again to no effect. */
export type ListingStep = (db: Tables) => Promise<void>;

/** The number of the row up to which new ones are to be listed together; null where there are too few. Numbers that rows had that are gone count too. */
export async function findLastToList(db: Tables, list: OwnerList): Promise<number | null> {
  const table = sql.table(list.table);
  const ends = await sql<{ listed: number; written: number }>`
    select ${lastListed(list)} as listed, coalesce((select max(rowid) from ${table}), 0) as written`.execute(db);
  const { listed, written } = ends.rows[0]!;
  const newCount = Math.min(written - listed, MOST_AT_ONCE);
  if (newCount < LEAST_AT_ONCE) return null;
  const count = Math.max(LEAST_AT_ONCE, Math.floor(MOST_AT_ONCE * (await readVariety(db, list, listed, newCount))));
  const { rows } = await sql<{ last: number | null }>`select min(rowid) as last from ${table} where rowid >= ${listed + count}`.execute(db);
  return rows[0]!.last;
}

/** How many owners there are for each of the rows after one, by a sample: 1 where each has another. */
async function readVariety(db: Tables, { table, owners }: OwnerList, after: number, count: number): Promise<number> {
  const sample = Array.from({ length: SAMPLE_SIZE }, (_, index) => after + 1 + Math.floor(((index * SAMPLE_STEP) % 1) * count));
  const { rows } = await sql<{ ownerCount: number }>`
    select count(distinct ${sql.ref(owners.at(-1)!)}) as "ownerCount" from ${sql.table(table)} where rowid in (${sql.join(sample)})`.execute(
    db,
  );
  return rows[0]!.ownerCount / SAMPLE_SIZE;
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
