import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import BetterSqlite from 'better-sqlite3';
import { connectDatabase, type Orm, type Tables } from '../../src/database/connect.js';
import { Writes } from '../../src/database/writes.js';
import type { Clock } from '../../src/clock.js';
import { createLog, type Log } from '../../src/log.js';
import { ManualClock } from './manual-clock.js';
import { databaseFor, dropDatabaseOf } from './postgres.js';

/** A database of its own in a folder of its own, migrated, with what writes to it. */
export interface TestDatabase extends AsyncDisposable {
  readonly dataDir: string;
  readonly orm: Orm;
  readonly writes: Writes;
  /** A query builder outside of any transaction. */
  readonly db: () => Tables;
}

export interface TestDatabaseOptions {
  /** A manual clock unless given. */
  clock?: Clock;
  log?: Log;
}

/** Opens it; closed and removed at the end of the scope. */
export async function openTestDatabase({ clock, log }: TestDatabaseOptions = {}): Promise<TestDatabase> {
  const dataDir = await mkdtemp(join(tmpdir(), 'hookgraph-'));
  const settings = { databasePoolSize: 4, databaseStatementTimeoutMs: 10_000, databaseNotifications: 'listen' } as const;
  const orm = await connectDatabase({ dataDir, ...settings, ...(await databaseFor(dataDir)) });
  const writes = new Writes(orm, clock ?? new ManualClock(), log ?? createLog('silent'));
  return {
    dataDir,
    orm,
    writes,
    db: () => orm.em.fork().getKysely(),
    async [Symbol.asyncDispose]() {
      await writes.close();
      await orm.close();
      await dropDatabaseOf(dataDir);
      await rm(dataDir, { recursive: true, force: true });
    },
  };
}

/** Another program that writes to the database: it holds the lock until it is let go, at the end of the scope at the latest. */
export interface OtherWriter extends Disposable {
  /** Ends its transaction with what it writes, if anything. */
  commit(sql?: string): void;
}

/** Begins a write on a data folder's database, past the server. */
export function beginOtherWrite({ dataDir }: { dataDir: string }): OtherWriter {
  const database = new BetterSqlite(join(dataDir, 'hookgraph.sqlite'), { timeout: 0 });
  database.exec('begin immediate');
  return {
    commit(sql = '') {
      database.exec(`${sql}; commit`);
      database.close();
    },
    [Symbol.dispose]: () => database.close(),
  };
}

/** Lets the database grow by `roomPages` and no more, as a full disk would. The returned function lets it grow again. */
export async function fillDisk(orm: Orm, roomPages = 0): Promise<() => Promise<void>> {
  const connection = orm.em.getConnection();
  const [row] = await connection.execute<Array<{ page_count: number }>>('pragma page_count');
  await connection.execute(`pragma max_page_count = ${row!.page_count + roomPages}`);
  return async () => void (await connection.execute('pragma max_page_count = 1073741823'));
}
