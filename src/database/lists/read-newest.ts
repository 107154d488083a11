import { sql } from 'kysely';
import type { Tables } from '../connect.js';
import type { OwnerList } from './owner-lists.js';

/** Which part of an owner's list is read. */
export interface NewestRows {
  owner: readonly [column: string, id: string];
  /** The id that all of them come before; null for the newest of all. */
  before: string | null;
  limit: number;
}

/** Reads ids of an owner's list, the newest first: what has its place there, and what is new. While it is being listed, a row is both. */
export async function readNewest(
  db: Tables,
  { list, newRows }: OwnerList & { key: 'id' },
  { owner: [column, ownerId], before, limit }: NewestRows,
): Promise<string[]> {
  const isBefore = before === null ? sql`` : sql`and id < ${before}`;
  const { rows } = await sql<{ id: string }>`
    select id from ${sql.table(list)} where owner_id = ${ownerId} ${isBefore}
    union select id from ${sql.table(newRows)} where ${sql.ref(column)} = ${ownerId} ${isBefore}
    order by id desc limit ${limit}`.execute(db);
  return rows.map(({ id }) => id);
}
