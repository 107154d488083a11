import type { PostgresPool, PostgresPoolClient } from 'kysely';
import pg, { type CustomTypesConfig, type PoolClient } from 'pg';
import type { DatabaseConfig } from './connect.js';
import { ConnectionError, type ConnectionErrorCode } from './connection-error.js';

/** How long a connection may take to be had, in milliseconds, at most. */
const CONNECT_LIMIT_MS = 5000;

/** How long the answer to a statement may come after the server has given it up, in milliseconds: then the connection is dead. */
const ANSWER_MS = 2000;

/** How long a connection is kept that nobody uses, in milliseconds, and how long it may be silent before it is looked after. */
const IDLE_MS = 60_000;
const KEEP_ALIVE_MS = 10_000;

/** How a transaction is committed. */
const COMMIT = 'commit';

/** What PostgreSQL says when the connection ends (class 08, 57P, 25P03, 25P04), or when a standby is at its end that takes no writes. */
const ENDING = /^(?:08...|57P..|25P0[34]|25006)$/;

/**
 * A pool of connections that takes none back that broke, or of which it is not known what it is doing. Everything is bounded:
 * the server gives a statement up after `databaseStatementTimeoutMs`, and this side the connection a little later. Zero is
 * without bounds.
 */
export function openPool(url: string, config: Omit<DatabaseConfig, 'databaseUrl'>): PostgresPool {
  const { databasePoolSize: max, databaseStatementTimeoutMs: timeoutMs, databaseNotifications } = config;
  const pool = new pg.Pool({
    connectionString: url,
    max,
    connectionTimeoutMillis: timeoutMs === 0 ? CONNECT_LIMIT_MS : Math.min(CONNECT_LIMIT_MS, timeoutMs),
    query_timeout: timeoutMs === 0 ? 0 : timeoutMs + ANSWER_MS,
    // For what is read outside of transactions. Poolers refuse a connection that asks for settings which they don't know.
    ...(databaseNotifications === 'listen' && timeoutMs > 0 ? { statement_timeout: timeoutMs } : {}),
    idleTimeoutMillis: IDLE_MS,
    keepAlive: true,
    keepAliveInitialDelayMillis: KEEP_ALIVE_MS,
    application_name: 'hookgraph',
    types: columnTypes,
  });
  // One that breaks while nobody uses it is replaced by the pool; whoever uses one gets the error with the statement.
  pool.on('error', () => {});
  pool.on('connect', (client) => client.on('error', () => {}));
  return {
    async connect() {
      return guardClient(await pool.connect().catch(throwUnconnected));
    },
    end: () => pool.end(),
    options: pool.options,
  };
}

/** Instants, places and counts fit into a double. */
const columnTypes: CustomTypesConfig = {
  getTypeParser: (oid, format) => (oid === pg.types.builtins.INT8 ? Number : pg.types.getTypeParser(oid, format)),
};

function guardClient(client: PoolClient): PostgresPoolClient {
  let broken: ConnectionError | undefined;
  return {
    async query(text: string, values: unknown[]) {
      // It would wait behind what is not answered.
      if (broken !== undefined) throw broken;
      try {
        return refuseRollback(text, await client.query(text, values));
      } catch (error) {
        const said = error instanceof pg.DatabaseError ? (error.code ?? '') : undefined;
        if (error instanceof RolledBackError || (said !== undefined && !ENDING.test(said))) throw error;
        broken = new ConnectionError(isSilence(error) ? 'DATABASE_SILENT' : 'DATABASE_CONNECTION_LOST', error);
        // What the database has said of it says more. But one that stops during a commit leaves open what has come of that.
        throw said === undefined || (text === COMMIT && said.startsWith('57P')) ? broken : error;
      }
    },
    release: () => client.release(broken !== undefined),
  } as unknown as PostgresPoolClient;
}

/** A transaction was rolled back where it was to be committed. */
class RolledBackError extends Error {
  override readonly name = 'RolledBackError';
}

/** PostgreSQL answers the commit of a transaction in which a statement has failed without an error, and with ROLLBACK. */
function refuseRollback<Result extends { command: string }>(text: string, result: Result): Result {
  if (text === COMMIT && result.command === 'ROLLBACK') throw new RolledBackError('A statement of the transaction had failed before.');
  return result;
}

function isSilence(error: unknown): boolean {
  return error instanceof Error && error.message === 'Query read timeout';
}

function throwUnconnected(error: unknown): never {
  if (error instanceof pg.DatabaseError) throw error;
  throw new ConnectionError(codeOfUnconnected(error), error);
}

function codeOfUnconnected(error: unknown): ConnectionErrorCode {
  if (!(error instanceof Error)) return 'DATABASE_UNREACHABLE';
  if (error.message === 'timeout exceeded when trying to connect') return 'DATABASE_CONNECTIONS_IN_USE';
  const code = 'code' in error ? String(error.code) : '';
  return /CERT|TLS|SSL|SIGNATURE/.test(code) || /support SSL/.test(error.message) ? 'DATABASE_UNTRUSTED' : 'DATABASE_UNREACHABLE';
}
