import { sql } from 'kysely';
import type { Tables } from '../connect.js';
import type { OwnerList } from './owner-lists.js';

/**
 * How many rows get their places together. Fewer are more pages for each row: with a hundred hooks, 1,000 at once cost an event
 * 40 µs, 4,000 cost it 18.
 */
export const LISTED_AT_ONCE = 4000;

/** Up to which key there are as many new rows as are listed at once; null where there are fewer. */
export async function findLastToList(db: Tables, { newRows, key }: OwnerList): Promise<string | number | null> {
  const { rows } = await sql<{ key: string | number }>`
    select ${sql.ref(key)} as key from ${sql.table(newRows)} order by ${sql.ref(key)} limit 1 offset ${LISTED_AT_ONCE - 1}`.execute(db);
  return rows[0]?.key ?? null;
}

/** How many steps share the owners: all at once would keep other writes waiting for 10 to 20 ms, a quarter of them for 3 to 5. */
export const PARTS = 4;

/** A part of the work that one transaction does. Other writes wait for it. */
export interface ListingStep {
  list: OwnerList;
  /** The column of the owners whose lists get the rows. */
  owner: string;
  /** Which of the owners these are, from 0 to `PARTS` - 1; by the last character of their ids, which is random. */
  part: number;
  /** Up to which key. */
  last: string | number;
  /** Whether the rows are new no more after this: they have all their places. */
  isLast: boolean;
}

/** The steps that give the new rows up to `last` their places. What a step has done before, when the next one failed, it does again to no effect. */
export function listingSteps(list: OwnerList, last: string | number): ListingStep[] {
  const parts = list.owners.flatMap((owner) => Array.from({ length: PARTS }, (_, part) => ({ list, owner, part, last })));
  return parts.map((step, index) => ({ ...step, isLast: index === parts.length - 1 }));
}

export async function listNewRows(db: Tables, { list: { newRows, list, key }, owner, part, last, isLast }: ListingStep): Promise<void> {
  // In the order of the list, so that each page of it is gone to once.
  await sql`
    insert or ignore into ${sql.table(list)} (owner_id, ${sql.ref(key)})
    select ${sql.ref(owner)}, ${sql.ref(key)} from ${sql.table(newRows)}
    where ${sql.ref(key)} <= ${last} and unicode(substr(${sql.ref(owner)}, -1)) % ${sql.lit(PARTS)} = ${part} order by 1, 2`.execute(db);
  if (isLast) await sql`delete from ${sql.table(newRows)} where ${sql.ref(key)} <= ${last}`.execute(db);
}
