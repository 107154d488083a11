import BetterSqlite, { type Database, type Statement } from 'better-sqlite3';
import { BoundedCache } from '../bounded-cache.js';
import { CompiledQuery, type DatabaseConnection, SqliteDialect, SqliteDriver, type SqliteStatement } from 'kysely';
import { type Ran, RowBatch } from './row-batch.js';

/**
 * How long a statement waits for another program's lock, in milliseconds. better-sqlite3 waits inside the call, and the
 * whole server with it: nothing is sent, answered or read meanwhile. A write that is refused is told and tried again.
 */
const BUSY_TIMEOUT_MS = 100;

/**
 * To what size the log (`-wal`) is cut back once its pages are in the database. It would keep the size of the largest
 * transaction for ever.
 */
const LOG_LIMIT_BYTES = 64 * 1024 * 1024;

/**
 * After how many pages in the log SQLite brings them into the database within a commit, while all else waits: up to 13 ms, where each of them
 * is another. It comes to that while writes follow each other without a break (`checkpoint.ts`), and then what is the price of it counts: of
 * publishes by 100 a call 8 % more are delivered than with 200, and 9 % with 4,000.
 */
const CHECKPOINT_PAGES = 1000;

/**
 * How many KiB of pages SQLite keeps. With the 2 MiB that it takes by itself, the upper pages of its indexes don't fit once there are
 * millions of rows, and are read again for each: with ten million events stored, 1,000 deliveries took 0.99 s of CPU instead of 0.75.
 */
const CACHE_KIB = 32 * 1024;

/** How many prepared statements are kept. Batches of different sizes have different texts; the least recently used go. */
const PREPARED_LIMIT = 300;

/**
 * SQLite as this server needs it: one connection, statements prepared once, and transactions that take the write lock
 * when they begin: `busy_timeout` does not cover a read that turns into a write after somebody else wrote.
 */
export class DurableSqliteDialect extends SqliteDialect {
  readonly #file: string;

  /** `file` is a path, or `:memory:`. */
  constructor(file: string) {
    super({ database: async () => new PreparingDatabase(openDurably(file)) });
    this.#file = file;
  }

  override createDriver(): SqliteDriver {
    return new ImmediateDriver(this.#file);
  }
}

class ImmediateDriver extends SqliteDriver {
  readonly #opened: { database?: PreparingDatabase };

  constructor(file: string) {
    const opened: { database?: PreparingDatabase } = {};
    super({ database: async () => (opened.database = new PreparingDatabase(openDurably(file))) });
    this.#opened = opened;
  }

  override async beginTransaction(connection: DatabaseConnection): Promise<void> {
    await connection.executeQuery(CompiledQuery.raw('begin immediate'));
  }

  /** A full disk makes SQLite roll back by itself; that there is nothing left to roll back would hide why. */
  override async rollbackTransaction(connection: DatabaseConnection): Promise<void> {
    if (this.#opened.database?.isInTransaction === true) await super.rollbackTransaction(connection);
  }
}

/** Each pragma holds for this connection alone, and `synchronous` falls back to NORMAL when a WAL database is opened anew. */
function openDurably(file: string): Database {
  const database = new BetterSqlite(file, { timeout: BUSY_TIMEOUT_MS });
  database.pragma('journal_mode = WAL');
  database.pragma(`journal_size_limit = ${LOG_LIMIT_BYTES}`);
  database.pragma('synchronous = FULL');
  database.pragma(`wal_autocheckpoint = ${CHECKPOINT_PAGES}`);
  database.pragma(`cache_size = -${CACHE_KIB}`);
  database.pragma('foreign_keys = ON');
  return database;
}

/** What Kysely asks of a SQLite database: statements by their text, each prepared once. */
class PreparingDatabase {
  readonly #database: Database;
  readonly #prepared = new BoundedCache<string, PreparedStatement>(PREPARED_LIMIT);

  constructor(database: Database) {
    this.#database = database;
  }

  get isInTransaction(): boolean {
    return this.#database.inTransaction;
  }

  prepare(sql: string): PreparedStatement {
    return this.#prepared.getOrMake(sql, () => new PreparedStatement(this.#database.prepare(sql)));
  }

  close(): void {
    this.#database.close();
  }
}

/** What is said of a batch as a whole; the batch itself has what its runs came to. */
const NOTHING_RAN: Ran = { changes: 0, lastInsertRowid: 0 };

/** A statement as Kysely uses it, which may be run for many rows at once. */
class PreparedStatement implements SqliteStatement {
  readonly reader: boolean;
  readonly #statement: Statement;

  constructor(statement: Statement) {
    this.reader = statement.reader;
    this.#statement = statement;
  }

  all(parameters: readonly unknown[]): unknown[] {
    return this.#statement.all(parameters);
  }

  run(parameters: readonly unknown[]): Ran {
    const [batch] = parameters;
    if (!(batch instanceof RowBatch)) return this.#statement.run(parameters);
    batch.ran = batch.rows.map((row) => this.#statement.run(row));
    return NOTHING_RAN;
  }

  iterate(parameters: readonly unknown[]): IterableIterator<unknown> {
    return this.#statement.iterate(parameters);
  }
}
