import BetterSqlite from 'better-sqlite3';

// For a process to be started with (`--import`): it kills itself the moment before it gives SQLite the statement of this number.

const fatalNumber = Number(process.env.KILL_AT_STATEMENT);
let number = 0;

function count(): void {
  number += 1;
  if (number === fatalNumber) process.kill(process.pid, 'SIGKILL');
}

for (const name of ['prepare', 'exec'] as const) {
  const original = BetterSqlite.prototype[name] as (...args: unknown[]) => unknown;
  Object.assign(BetterSqlite.prototype, {
    [name](this: unknown, ...args: unknown[]) {
      count();
      return original.apply(this, args);
    },
  });
}
