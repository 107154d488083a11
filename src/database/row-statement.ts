import { CompiledQuery, type RawBuilder, sql } from 'kysely';
import type { Tables } from './connect.js';
import { isPostgres } from './is-postgres.js';
import { type Ran, runForEach } from './row-batch.js';
import { type ColumnTypes, unnested } from './row-list.js';
import { slices } from './slices.js';

/** Rows for one run of a statement: what PostgreSQL gets in one message. */
export const ROWS_LIMIT = 5000;

export type Row<Types extends ColumnTypes> = Readonly<Record<keyof Types, string | number | boolean | null>>;

/**
 * How a statement answers for its rows. SQLite could return the same, but to return a row takes it 3 to 7 µs, of some 10 for
 * all: there the answer is made of what the run for the row says of itself.
 */
export interface Answering<Types extends ColumnTypes, Returned> {
  /** What PostgreSQL returns: the columns. */
  returning: RawBuilder<Returned>;
  /** The same on SQLite; null where nothing would be returned for the row. */
  ofRun(row: Row<Types>, ran: Ran): Returned | null;
}

/**
 * A statement over any number of rows, whose text is made once. PostgreSQL gets the rows as one list for each column, and
 * SQLite runs the statement once for each, prepared: there, to make and to prepare a text for each number of rows takes longer
 * than what it does (a third of a bulk of publishes went into that).
 */
export class RowStatement<Types extends ColumnTypes, Returned = never> {
  readonly #types: Types;
  readonly #build: (rows: RawBuilder<unknown>) => RawBuilder<unknown>;
  readonly #answering: Answering<Types, Returned> | undefined;
  /** By whether it is PostgreSQL's. */
  readonly #texts = new Map<boolean, string>();

  /**
   * `build` makes the statement around a table of these columns, named by it: `with moves (id, status) as (…)`. It binds nothing else,
   * and returns nothing but by `answering`.
   */
  constructor(types: Types, build: (rows: RawBuilder<unknown>) => RawBuilder<unknown>, answering?: Answering<Types, Returned>) {
    this.#types = types;
    this.#build = build;
    this.#answering = answering;
  }

  /** Answers with what it returned for the rows, in no order. */
  async run(db: Tables, rows: readonly Row<Types>[]): Promise<Returned[]> {
    const returned: Returned[] = [];
    for (const slice of slices(rows, ROWS_LIMIT)) {
      for (const row of isPostgres(db) ? await this.#runLists(db, slice) : await this.#runBatch(db, slice)) returned.push(row);
    }
    return returned;
  }

  /** The statement, with blanks in the place of what it binds; on PostgreSQL over those rows alone that `where` leaves. */
  blank(db: Tables, where: RawBuilder<unknown> = sql``): RawBuilder<unknown> {
    const blanks = Object.keys(this.#types).map(() => sql`${null}`);
    if (!isPostgres(db)) return this.#build(sql`values (${sql.join(blanks)})`);
    const statement = this.#build(sql`${unnested(this.#types, blanks)} ${where}`);
    return this.#answering === undefined ? statement : sql`${statement} returning ${this.#answering.returning}`;
  }

  /** What PostgreSQL's statement binds for rows: a list for each column. */
  lists(rows: readonly Row<Types>[]): unknown[] {
    return Object.keys(this.#types).map((name) => rows.map((row) => row[name]));
  }

  async #runLists(db: Tables, rows: readonly Row<Types>[]): Promise<readonly Returned[]> {
    const result = await db.executeQuery<Returned>(CompiledQuery.raw(this.#textFor(db), this.lists(rows)));
    return result.rows;
  }

  async #runBatch(db: Tables, rows: readonly Row<Types>[]): Promise<readonly Returned[]> {
    const names = Object.keys(this.#types);
    const bound = rows.map((row) => names.map((name) => row[name]!));
    const runs = await runForEach(db, this.#textFor(db), bound);
    if (this.#answering === undefined) return [];
    const { ofRun } = this.#answering;
    return runs.map((ran, index) => ofRun(rows[index]!, ran)).filter((answer) => answer !== null);
  }

  #textFor(db: Tables): string {
    const known = this.#texts.get(isPostgres(db));
    if (known !== undefined) return known;
    const text = this.blank(db).compile(db).sql;
    this.#texts.set(isPostgres(db), text);
    return text;
  }
}
