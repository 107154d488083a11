import {
  type AbortableOperationOptions,
  CompiledQuery,
  type DatabaseConnection,
  PostgresDialect,
  PostgresDriver,
  type PostgresPool,
} from 'kysely';
import type { DatabaseConfig } from './connect.js';
import { ConnectionError } from './connection-error.js';
import { openPool } from './postgres-pool.js';

/**
 * How long a transaction may wait for its own server, in milliseconds. One that was put to sleep in the middle would hold its
 * locks, and all others up; the database breaks it off.
 */
const IDLE_TRANSACTION_MS = 5000;

/** PostgreSQL as this server needs it: bounds on everything that may hang, broken connections thrown away, whole numbers as numbers. */
export class PooledPostgresDialect extends PostgresDialect {
  readonly #pool: PostgresPool;
  readonly #statementTimeoutMs: number;

  constructor(url: string, config: Omit<DatabaseConfig, 'databaseUrl'>) {
    const pool = openPool(url, config);
    super({ pool });
    this.#pool = pool;
    this.#statementTimeoutMs = config.databaseStatementTimeoutMs;
  }

  override createDriver(): PostgresDriver {
    return new BoundedDriver(this.#pool, this.#statementTimeoutMs);
  }
}

class BoundedDriver extends PostgresDriver {
  readonly #begin: string;
  readonly #acquiring = new Set<Promise<DatabaseConnection>>();

  constructor(pool: PostgresPool, statementTimeoutMs: number) {
    super({ pool });
    // As settings of the transaction, for behind a pooler a connection is somebody else's before and after. What is written is
    // right at this isolation, and at a stricter one, that a database may be set to, it would be broken off for nothing.
    this.#begin = [
      'begin isolation level read committed',
      `set local statement_timeout = ${statementTimeoutMs}`,
      `set local idle_in_transaction_session_timeout = ${statementTimeoutMs === 0 ? 0 : IDLE_TRANSACTION_MS}`,
    ].join('; ');
  }

  override async acquireConnection(options?: AbortableOperationOptions): Promise<DatabaseConnection> {
    const acquiring = super.acquireConnection(options);
    this.#acquiring.add(acquiring);
    try {
      return await acquiring;
    } finally {
      this.#acquiring.delete(acquiring);
    }
  }

  /** A connection that is on its way to somebody when Kysely forgets the pool is given back by nobody, and the pool would wait for it. */
  override async destroy(): Promise<void> {
    await Promise.allSettled(this.#acquiring);
    await super.destroy();
  }

  override async beginTransaction(connection: DatabaseConnection): Promise<void> {
    await connection.executeQuery(CompiledQuery.raw(this.#begin));
  }

  /** Where the answer is lost, the transaction may be committed all the same. */
  override async commitTransaction(connection: DatabaseConnection): Promise<void> {
    try {
      await super.commitTransaction(connection);
    } catch (error) {
      if (error instanceof ConnectionError) throw new ConnectionError('DATABASE_COMMIT_UNKNOWN', error.cause);
      throw error;
    }
  }

  /** On a broken connection nothing is left to roll back; that would hide why. It is thrown away when it is given back. */
  override async rollbackTransaction(connection: DatabaseConnection): Promise<void> {
    await super.rollbackTransaction(connection).catch(() => {});
  }
}
