import { type RawBuilder, sql } from 'kysely';
import type { Tables } from './connect.js';
import { isPostgres } from './is-postgres.js';

/** The types of a list's columns, as PostgreSQL calls them. */
export type ColumnTypes = Record<string, 'uuid' | 'text' | 'integer' | 'bigint'>;

/**
 * A list of values as a table of a statement, by the names of its columns: `with moves (id, status) as (…)`. PostgreSQL has to
 * be told what they are, and gets a column at a time, so that the statement's text is the same for any number of rows.
 */
export function rowList<Types extends ColumnTypes>(
  db: Tables,
  types: Types,
  rows: ReadonlyArray<Record<keyof Types, string | number | null>>,
): RawBuilder<unknown> {
  const columns = Object.entries(types);
  if (isPostgres(db)) {
    const lists = columns.map(([name, type]) => sql`${rows.map((row) => row[name])}::${sql.raw(type)}[]`);
    return sql`select * from unnest(${sql.join(lists)})`;
  }
  return sql`values ${sql.join(rows.map((row) => sql`(${sql.join(columns.map(([name]) => row[name]))})`))}`;
}
