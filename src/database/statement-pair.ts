import { CompiledQuery, sql } from 'kysely';
import type { Tables } from './connect.js';
import { isPostgres } from './is-postgres.js';
import type { ColumnTypes } from './row-list.js';
import { type Row, ROWS_LIMIT, type RowStatement } from './row-statement.js';

/**
 * Two statements over rows that PostgreSQL gets as one, since each costs it and the way to it something, whatever it does. Neither
 * sees what the other writes, but a row of the second may refer to one of the first: that is asked at the end. They answer nothing.
 */
export class StatementPair<First extends ColumnTypes, Second extends ColumnTypes> {
  readonly #first: RowStatement<First>;
  readonly #second: RowStatement<Second>;
  #text: string | undefined;

  constructor(first: RowStatement<First>, second: RowStatement<Second>) {
    this.#first = first;
    this.#second = second;
  }

  async run(db: Tables, firstRows: readonly Row<First>[], secondRows: readonly Row<Second>[]): Promise<void> {
    if (isPostgres(db) && isOneMessage(firstRows) && isOneMessage(secondRows)) {
      const [first, second] = [this.#first, this.#second];
      this.#text ??= sql`with first as (${first.blank(db)}) ${second.blank(db)}`.compile(db).sql;
      await db.executeQuery(CompiledQuery.raw(this.#text, [...first.lists(firstRows), ...second.lists(secondRows)]));
    } else {
      await this.#first.run(db, firstRows);
      await this.#second.run(db, secondRows);
    }
  }
}

/** Where there are none, the one statement is left out. */
function isOneMessage(rows: readonly unknown[]): boolean {
  return rows.length > 0 && rows.length <= ROWS_LIMIT;
}
