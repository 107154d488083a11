import { CompiledQuery } from 'kysely';
import type { Tables } from './connect.js';

/** What SQLite says of one run of a statement that returns nothing. */
export interface Ran {
  changes: number;
  lastInsertRowid: number | bigint;
}

/** Rows that a SQLite statement is run for, one after the other; given to it in the place of what it binds. It must not return anything. */
export class RowBatch {
  readonly rows: ReadonlyArray<readonly unknown[]>;
  /** What the runs came to, in the order of the rows; there when all are over. */
  ran: readonly Ran[] = [];

  constructor(rows: ReadonlyArray<readonly unknown[]>) {
    this.rows = rows;
  }
}

/** Runs a SQLite statement, which returns nothing, for each of the rows; answers with what the runs came to, in their order. */
export async function runForEach(db: Tables, statement: string, rows: RowBatch['rows']): Promise<readonly Ran[]> {
  const batch = new RowBatch(rows);
  await db.executeQuery(CompiledQuery.raw(statement, [batch]));
  return batch.ran;
}
