import {
  CompiledQuery,
  type DatabaseConnection,
  PostgresDialect,
  PostgresDriver,
  type PostgresPool,
  type PostgresPoolClient,
} from 'kysely';
import pg, { type CustomTypesConfig, type PoolClient } from 'pg';
import type { DatabaseConfig } from './connect.js';

/** How long a new connection may take, in milliseconds. */
const CONNECT_TIMEOUT_MS = 5000;

/** How long the answer to a statement may come after the server has given it up, in milliseconds: then the connection is dead. */
const ANSWER_MS = 2000;

/**
 * How long a transaction may wait for its own server, in milliseconds. One that was put to sleep in the middle would hold its
 * locks, and all others up; the database breaks it off.
 */
const IDLE_TRANSACTION_MS = 5000;

/** PostgreSQL as this server needs it: bounds on everything that may hang, broken connections thrown away, whole numbers as numbers. */
export class PooledPostgresDialect extends PostgresDialect {
  readonly #pool: PostgresPool;
  readonly #begin: string;

  constructor(url: string, { databasePoolSize, databaseStatementTimeoutMs }: Omit<DatabaseConfig, 'databaseUrl'>) {
    const pool = new pg.Pool({
      connectionString: url,
      max: databasePoolSize,
      connectionTimeoutMillis: CONNECT_TIMEOUT_MS,
      query_timeout: databaseStatementTimeoutMs + ANSWER_MS,
      keepAlive: true,
      application_name: 'hookgraph',
      types: columnTypes,
    });
    // One that breaks while nobody uses it is replaced by the pool; whoever uses one gets the error with the statement.
    pool.on('error', () => {});
    pool.on('connect', (client) => client.on('error', () => {}));
    const guarded = guardPool(pool);
    super({ pool: guarded });
    this.#pool = guarded;
    // As settings of the transaction, for behind a pooler a connection is somebody else's before and after.
    this.#begin = `begin; set local statement_timeout = ${databaseStatementTimeoutMs}; set local idle_in_transaction_session_timeout = ${IDLE_TRANSACTION_MS}`;
  }

  override createDriver(): PostgresDriver {
    return new BoundedDriver(this.#pool, this.#begin);
  }
}

class BoundedDriver extends PostgresDriver {
  readonly #begin: string;

  constructor(pool: PostgresPool, begin: string) {
    super({ pool });
    this.#begin = begin;
  }

  override async beginTransaction(connection: DatabaseConnection): Promise<void> {
    await connection.executeQuery(CompiledQuery.raw(this.#begin));
  }

  /** On a broken connection nothing is left to roll back; that would hide why. It is thrown away when it is given back. */
  override async rollbackTransaction(connection: DatabaseConnection): Promise<void> {
    await super.rollbackTransaction(connection).catch(() => {});
  }
}

/** Instants, places and counts fit into a double. */
const columnTypes: CustomTypesConfig = {
  getTypeParser: (oid, format) => (oid === pg.types.builtins.INT8 ? Number : pg.types.getTypeParser(oid, format)),
};

/** A pool that takes back no connection that broke, or of which it is not known what it is doing. */
function guardPool(pool: pg.Pool): PostgresPool {
  return {
    async connect() {
      return guardClient(await pool.connect());
    },
    end: () => pool.end(),
    options: pool.options,
  };
}

function guardClient(client: PoolClient): PostgresPoolClient {
  let isBroken = false;
  return {
    async query(text: string, values: unknown[]) {
      try {
        return await client.query(text, values);
      } catch (error) {
        isBroken ||= breaksConnection(error);
        throw error;
      }
    },
    release: () => client.release(isBroken),
  } as unknown as PostgresPoolClient;
}

/** Whether it is not the database that refused a statement, or it said that the connection ends (class 08, 57P and 25P03). */
function breaksConnection(error: unknown): boolean {
  return !(error instanceof pg.DatabaseError) || /^(?:08|57P|25P)/.test(error.code ?? '');
}
