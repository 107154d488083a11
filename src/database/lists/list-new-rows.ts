import { sql } from 'kysely';
import type { Tables } from '../connect.js';
import type { OwnerList } from './owner-lists.js';

/**
 * How many rows get their places together. Fewer are more pages for each row: with a hundred hooks, 1,000 at once cost an event
 * 40 µs, 4,000 cost it 18.
 */
export const LISTED_AT_ONCE = 4000;

/** How many steps share the owners: all at once would keep other writes waiting for 10 to 20 ms, a quarter of them for 3 to 5. */
export const PARTS = 4;

/** A part with more rows than this is mostly one owner's, whose rows lie side by side in the list, however many are written at once. */
const CROWDED = 1500;

/** So many rows are listed at once there, which takes a millisecond. */
export const NARROW_SPAN = 500;

/** What one transaction does; other writes wait for it. What was done before, when the next one failed, is done again to no effect. */
export type ListingStep = (db: Tables) => Promise<void>;

type Key = string | number;

/** New rows by their key: those after one, and up to another and with it. */
interface Span {
  after: Key | null;
  upTo: Key;
}

/** Up to which key there are as many new rows as are listed at once; null where there are fewer. */
export async function findLastToList(db: Tables, { newRows, key }: OwnerList): Promise<Key | null> {
  const { rows } = await sql<{ key: Key }>`
    select ${sql.ref(key)} as key from ${sql.table(newRows)} order by ${sql.ref(key)} limit 1 offset ${LISTED_AT_ONCE - 1}`.execute(db);
  return rows[0]?.key ?? null;
}

/** The steps that give the new rows up to `last` their places. */
export async function planListing(db: Tables, list: OwnerList, last: Key): Promise<ListingStep[]> {
  const whole: Span = { after: null, upTo: last };
  let narrow: Span[] | undefined;
  const steps: ListingStep[] = [];
  for (const owner of list.owners) {
    for (const { part, count } of await countParts(db, list, owner, last)) {
      const spans = count > CROWDED ? (narrow ??= await readNarrowSpans(db, list, last)) : [whole];
      for (const span of spans) steps.push((tx) => listRows(tx, list, owner, part, span));
    }
  }
  for (const span of narrow ?? [whole]) steps.push((tx) => forgetRows(tx, list, span));
  return steps;
}

/** Owners are of a part by the last character of their ids, which is random. */
const partOf = (owner: string) => sql<number>`unicode(substr(${sql.ref(owner)}, -1)) % ${sql.lit(PARTS)}`;

/** How many of the new rows are of each part's owners, where there are any. */
async function countParts(db: Tables, { newRows, key }: OwnerList, owner: string, last: Key) {
  const { rows } = await sql<{ part: number; count: number }>`
    select ${partOf(owner)} as part, count(*) as count from ${sql.table(newRows)} where ${sql.ref(key)} <= ${last} group by 1`.execute(db);
  return rows;
}

async function readNarrowSpans(db: Tables, { newRows, key }: OwnerList, last: Key): Promise<Span[]> {
  const { rows } = await sql<{ key: Key }>`
    select key from (
      select ${sql.ref(key)} as key, row_number() over (order by ${sql.ref(key)}) as number
      from ${sql.table(newRows)} where ${sql.ref(key)} <= ${last}
    ) where number % ${sql.lit(NARROW_SPAN)} = 0 or key = ${last} order by key`.execute(db);
  return rows.map(({ key: upTo }, index) => ({ after: rows[index - 1]?.key ?? null, upTo }));
}

async function listRows(db: Tables, { newRows, list, key }: OwnerList, owner: string, part: number, { after, upTo }: Span): Promise<void> {
  const begins = after === null ? sql`` : sql`${sql.ref(key)} > ${after} and`;
  // In the order of the list, so that each page of it is gone to once.
  await sql`
    insert or ignore into ${sql.table(list)} (owner_id, ${sql.ref(key)})
    select ${sql.ref(owner)}, ${sql.ref(key)} from ${sql.table(newRows)}
    where ${begins} ${sql.ref(key)} <= ${upTo} and ${partOf(owner)} = ${part} order by 1, 2`.execute(db);
}

/**
 * They are new no more where they have all their places. One that was committed meanwhile has not, and may have a key of before: an id is
 * given when a publish comes, and another one's that was given later may be written first.
 */
async function forgetRows(db: Tables, { newRows, list, key, owners }: OwnerList, { upTo }: Span): Promise<void> {
  const isListed = owners.map(
    (owner) => sql`exists (
      select 1 from ${sql.table(list)} as listed
      where listed.owner_id = ${sql.ref(`${newRows}.${owner}`)} and listed.${sql.ref(key)} = ${sql.ref(`${newRows}.${key}`)}
    )`,
  );
  await sql`delete from ${sql.table(newRows)} where ${sql.ref(key)} <= ${upTo} and ${sql.join(isListed, sql` and `)}`.execute(db);
}
