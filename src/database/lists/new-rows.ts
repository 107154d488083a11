import { type RawBuilder, sql } from 'kysely';
import type { OwnerList } from './owner-lists.js';

/** Up to where tables are listed: by the name of the list, the row's number and its key. */
export const MARKS = 'list_marks';

/**
 * The number of the last row of a table that has its places in the lists: those with a higher `rowid` are new. SQLite numbers rows as they
 * are written, which is the order of commits, since there is one writer.
 *
 * It gives a number again only where the rows with the highest ones were deleted, and other numbers to all where a copy of the database is
 * made of its dump. Then the mark's row has another key, or there is none with so high a number: all are new, and are listed once more.
 * A row that was deleted while higher ones stood leaves the mark as it is.
 */
export function lastListed({ table, list, key }: OwnerList): RawBuilder<number> {
  return sql<number>`coalesce((
    select mark.last_row from ${sql.table(MARKS)} as mark
    where mark.list = ${sql.lit(list)} and exists (
      select 1 from (
        select rowid as row_number, ${sql.ref(key)} as row_key from ${sql.table(table)} where rowid >= mark.last_row order by rowid limit 1
      ) where row_number > mark.last_row or row_key = mark.last_key
    )
  ), 0)`;
}
