import { Kysely } from 'kysely';
import type { DatabaseConfig, Tables } from './connect.js';

/** A query builder on one connection of its own. */
export interface OwnConnection {
  db: () => Tables;
  close(): Promise<void>;
}

/** Connects to PostgreSQL, when it is first used, for what must not wait behind all else that a server asks of the database. */
export async function openOwnConnection(url: string, config: Omit<DatabaseConfig, 'databaseUrl'>): Promise<OwnConnection> {
  const { PooledPostgresDialect } = await import('./postgres-dialect.js');
  const kysely = new Kysely({ dialect: new PooledPostgresDialect(url, { ...config, databasePoolSize: 1 }) });
  return { db: () => kysely, close: () => kysely.destroy() };
}
