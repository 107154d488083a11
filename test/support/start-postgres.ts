import { startLocalPostgres } from '../../scripts/local-postgres.js';
import { databaseUrl, maintain, TEMPLATE } from './postgres.js';

/** What any database setting may be in tests. */
const settings = { dataDir: '', databasePoolSize: 2, databaseStatementTimeoutMs: 60_000, databaseNotifications: 'listen' } as const;

/**
 * Starts the PostgreSQL that the tests share, once before all of them, unless `TEST_DATABASE_URL` names another server, and
 * makes the database that each test gets a copy of.
 */
export async function setup(): Promise<() => Promise<void>> {
  await import('reflect-metadata');
  const stack = new AsyncDisposableStack();
  if (process.env.TEST_DATABASE_URL === undefined) {
    const postgres = stack.use(await startLocalPostgres({ settings: ['max_connections=400', 'shared_buffers=64MB', 'jit=off'] }));
    process.env.TEST_DATABASE_URL = postgres.url;
    stack.defer(() => void delete process.env.TEST_DATABASE_URL);
  }
  await maintain(`drop database if exists "${TEMPLATE}"`);
  await maintain(`create database "${TEMPLATE}"`);
  const { openPostgres } = await import('../../src/database/open-postgres.js');
  await (await openPostgres(databaseUrl(TEMPLATE), settings)).close();
  return () => stack.disposeAsync();
}
