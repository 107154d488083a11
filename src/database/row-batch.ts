/** Rows that a SQLite statement is run for, one after the other; given to it in the place of what it binds. */
export class RowBatch {
  readonly rows: ReadonlyArray<readonly unknown[]>;

  constructor(rows: ReadonlyArray<readonly unknown[]>) {
    this.rows = rows;
  }
}
