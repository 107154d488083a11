import { CompiledQuery, type RawBuilder, sql } from 'kysely';
import type { Tables } from './connect.js';
import { isPostgres } from './is-postgres.js';
import { RowBatch } from './row-batch.js';
import { type ColumnTypes, unnested } from './row-list.js';
import { slices } from './slices.js';

/** Rows for one run of a statement: what PostgreSQL gets in one message. */
const ROWS_LIMIT = 5000;

type Row<Types extends ColumnTypes> = Readonly<Record<keyof Types, string | number | boolean | null>>;

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
      const values = isPostgres(db)
        ? names.map((name) => slice.map((row) => row[name]))
        : [new RowBatch(slice.map((row) => names.map((name) => row[name]!)))];
      const result = await db.executeQuery<Returned>(CompiledQuery.raw(this.#textFor(db), values));
      for (const row of result.rows) returned.push(row);
    }
    return returned;
  }

  #textFor(db: Tables): string {
    const known = this.#texts.get(isPostgres(db));
    if (known !== undefined) return known;
    const blanks = Object.keys(this.#types).map(() => sql`${null}`);
    const table = isPostgres(db) ? unnested(this.#types, blanks) : sql`values (${sql.join(blanks)})`;
    const text = this.#build(table).compile(db).sql;
    this.#texts.set(isPostgres(db), text);
    return text;
  }
}
