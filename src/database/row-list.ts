import { type RawBuilder, sql } from 'kysely';
import type { Tables } from './connect.js';
import { isPostgres } from './is-postgres.js';

/** The types of a list's columns, as PostgreSQL calls them. */
export type ColumnTypes = Record<string, 'uuid' | 'text' | 'integer' | 'bigint' | 'double precision' | 'boolean' | 'json'>;

/**
 * A list of values as a table of a statement, by the names of its columns: `with moves (id, status) as (…)`. PostgreSQL has to
 * be told what they are, and gets a column at a time, so that the statement's text is the same for any number of rows.
 */
export function rowList<Types extends ColumnTypes>(
  db: Tables,
  types: Types,
  rows: ReadonlyArray<Record<keyof Types, string | number | null>>,
): RawBuilder<unknown> {
  const names = Object.keys(types);
  if (isPostgres(db)) {
    return unnested(
      types,
      names.map((name) => sql`${rows.map((row) => row[name])}`),
    );
  }
  return sql`values ${sql.join(rows.map((row) => sql`(${sql.join(names.map((name) => row[name]))})`))}`;
}

/** The same for PostgreSQL, given the columns' lists. */
export function unnested(types: ColumnTypes, lists: ReadonlyArray<RawBuilder<unknown>>): RawBuilder<unknown> {
  const typed = Object.values(types).map((type, index) => sql`${lists[index]}::${sql.raw(type)}[]`);
  return sql`select * from unnest(${sql.join(typed)})`;
}
