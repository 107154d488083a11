import BetterSqlite from 'better-sqlite3';

/** Counts what SQLite is asked in this process and does not change anything, until the end of the scope. */
export function countReads(): Disposable & { readonly count: number } {
  let count = 0;
  const database = new BetterSqlite(':memory:');
  const prototype = Object.getPrototypeOf(database.prepare('select 1')) as Record<string, (this: BetterSqlite.Statement) => unknown>;
  database.close();
  // All the ways in which the driver lets a statement give rows; each statement is asked whether it only reads.
  const untouched = ['all', 'get', 'iterate'].map((name) => [name, prototype[name]!] as const);
  for (const [name, run] of untouched) {
    prototype[name] = function (...given: []) {
      if (this.readonly) count += 1;
      return run.apply(this, given);
    };
  }
  return {
    get count() {
      return count;
    },
    [Symbol.dispose]() {
      for (const [name, run] of untouched) prototype[name] = run;
    },
  };
}
