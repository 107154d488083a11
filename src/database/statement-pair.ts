import { CompiledQuery, sql } from 'kysely';
import type { Tables } from './connect.js';
import { isPostgres } from './is-postgres.js';
import type { ColumnTypes } from './row-list.js';
import { type Row, ROWS_LIMIT, type RowStatement } from './row-statement.js';

/** What must be so in the transaction that writes something. */
export interface Premise {
  /** PostgreSQL's query over `rows` that finds something where it is not so. It is made once, as the pairs are that it comes with. */
  readonly refutation: Pick<RowStatement<ColumnTypes>, 'blank' | 'lists'>;
  readonly rows: readonly Row<ColumnTypes>[];
  /** Asks by itself, and refuses. */
  check(db: Tables): Promise<void>;
  /** Throws what is to be thrown where it is not so. */
  refuse(): never;
}

/**
 * Two statements over rows that PostgreSQL gets as one, since each costs it and the way to it something, whatever it does. Neither
 * sees what the other writes, but a row of the second may refer to one of the first: that is asked at the end. They answer nothing.
 */
export class StatementPair<First extends ColumnTypes, Second extends ColumnTypes> {
  readonly #first: RowStatement<First>;
  readonly #second: RowStatement<Second>;
  /** By the premise's query. */
  readonly #texts = new Map<Premise['refutation'] | undefined, string>();

  constructor(first: RowStatement<First>, second: RowStatement<Second>) {
    this.#first = first;
    this.#second = second;
  }

  /** Where there is a premise, it is asked in the one statement, which writes nothing where it does not hold; or else before the two. */
  async run(db: Tables, firstRows: readonly Row<First>[], secondRows: readonly Row<Second>[], premise?: Premise): Promise<void> {
    if (isPostgres(db) && isOneMessage(firstRows) && isOneMessage(secondRows)) {
      const lists = [...this.#first.lists(firstRows), ...this.#second.lists(secondRows)];
      if (premise !== undefined) lists.unshift(...premise.refutation.lists(premise.rows));
      const { numAffectedRows } = await db.executeQuery(CompiledQuery.raw(this.#textFor(db, premise?.refutation), lists));
      if (numAffectedRows === 0n) premise?.refuse();
    } else {
      await premise?.check(db);
      await this.#first.run(db, firstRows);
      await this.#second.run(db, secondRows);
    }
  }

  #textFor(db: Tables, refutation: Premise['refutation'] | undefined): string {
    const known = this.#texts.get(refutation);
    if (known !== undefined) return known;
    const text =
      refutation === undefined
        ? sql`with first as (${this.#first.blank(db)}) ${this.#second.blank(db)}`
        : sql`
          with refuted as materialized (${refutation.blank(db)}),
          first as (${this.#first.blank(db, unlessRefuted)})
          ${this.#second.blank(db, unlessRefuted)}`;
    const compiled = text.compile(db).sql;
    this.#texts.set(refutation, compiled);
    return compiled;
  }
}

const unlessRefuted = sql`where not exists (select from refuted)`;

/** Where there are none, the one statement is left out. */
function isOneMessage(rows: readonly unknown[]): boolean {
  return rows.length > 0 && rows.length <= ROWS_LIMIT;
}
