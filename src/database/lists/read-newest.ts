import { sql } from 'kysely';
import type { Tables } from '../connect.js';
import { lastListed } from './new-rows.js';
import type { OwnerList } from './owner-lists.js';

/** Which part of an owner's list is read. */
export interface NewestRows {
  owner: readonly [column: string, id: string];
  /** The id that all of them come before; null for the newest of all. */
  before: string | null;
  limit: number;
}

/**
 * Reads ids of an owner's list, the newest first: what has its place there, and what is new. While it is being listed, a row is both.
 * By an index SQLite would go through all rows in the order of their ids, in the hope of finding enough of the owner's soon.
 */
export async function readNewest(
  db: Tables,
  list: OwnerList & { key: 'id' },
  { owner: [column, ownerId], before, limit }: NewestRows,
): Promise<string[]> {
  const isBefore = before === null ? sql`` : sql`and id < ${before}`;
  const { rows } = await sql<{ id: string }>`
    select id from ${sql.table(list.list)} where owner_id = ${ownerId} ${isBefore}
    union select id from ${sql.table(list.table)} not indexed where rowid > ${lastListed(list)} and ${sql.ref(column)} = ${ownerId} ${isBefore}
    order by id desc limit ${limit}`.execute(db);
  return rows.map(({ id }) => id);
}
