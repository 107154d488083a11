import { CompiledQuery, type RawBuilder, sql } from 'kysely';
import type { Tables } from './connect.js';
import { isPostgres } from './is-postgres.js';
import { RowBatch } from './row-batch.js';
import { type ColumnTypes, unnested } from './row-list.js';
import { slices } from './slices.js';

/** Rows for one run of a statement: what PostgreSQL gets in one message. */
export const ROWS_LIMIT = 5000;

export type Row<Types extends ColumnTypes> = Readonly<Record<keyof Types, string | number | boolean | null>>;

/**
 * A statement over any number of rows, whose text is made once. PostgreSQL gets the rows as one list for each column, and
 * SQLite runs the statement once for each, prepared: there, to make and to prepare a text for each number of rows takes longer
 * than what it does (a third of a bulk of publishes went into that).
 */
export class RowStatement<Types extends ColumnTypes, Returned = unknown> {
  readonly #types: Types;
  readonly #build: (rows: RawBuilder<unknown>) => RawBuilder<Returned>;
  /** By whether it is PostgreSQL's. */
  readonly #texts = new Map<boolean, string>();

  /** `build` makes the statement around a table of these columns, named by it: `with moves (id, status) as (…)`. It binds nothing else. */
  constructor(types: Types, build: (rows: RawBuilder<unknown>) => RawBuilder<Returned>) {
    this.#types = types;
    this.#build = build;
  }

  /** Answers with what it returned for the rows, in no order. */
  async run(db: Tables, rows: readonly Row<Types>[]): Promise<Returned[]> {
    const names = Object.keys(this.#types);
    const returned: Returned[] = [];
    for (const slice of slices(rows, ROWS_LIMIT)) {
      const values = isPostgres(db) ? this.lists(slice) : [new RowBatch(slice.map((row) => names.map((name) => row[name]!)))];
      const result = await db.executeQuery<Returned>(CompiledQuery.raw(this.#textFor(db), values));
      for (const row of result.rows) returned.push(row);
    }
    return returned;
  }

  /** The statement, with blanks in the place of what it binds. */
  blank(db: Tables): RawBuilder<Returned> {
    const blanks = Object.keys(this.#types).map(() => sql`${null}`);
    return this.#build(isPostgres(db) ? unnested(this.#types, blanks) : sql`values (${sql.join(blanks)})`);
  }

  /** What PostgreSQL's statement binds for rows: a list for each column. */
  lists(rows: readonly Row<Types>[]): unknown[] {
    return Object.keys(this.#types).map((name) => rows.map((row) => row[name]));
  }

  #textFor(db: Tables): string {
    const known = this.#texts.get(isPostgres(db));
    if (known !== undefined) return known;
    const text = this.blank(db).compile(db).sql;
    this.#texts.set(isPostgres(db), text);
    return text;
  }
}
