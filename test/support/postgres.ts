import { randomUUID } from 'node:crypto';
import { basename } from 'node:path';
import pg from 'pg';

/** Whether the tests of this run use PostgreSQL: the same tests run once on each database. */
export const onPostgres = process.env.TEST_DATABASE === 'postgres';

/** What a test gets a copy of: an empty database with today's tables. */
export const TEMPLATE = 'hookgraph_template';

/** The database of the tests' server with this name. */
export function databaseUrl(name: string): string {
  const url = new URL(process.env.TEST_DATABASE_URL!);
  url.pathname = `/${name}`;
  return url.href;
}

/** The name of the one database that belongs to a data folder, so that a server that is started there again finds it again. */
function nameFor(dataDir: string): string {
  return basename(dataDir)
    .toLowerCase()
    .replaceAll(/[^a-z0-9]/g, '_');
}

/** The URL of the database of a data folder. */
export function databaseUrlOf(dataDir: string): string {
  return databaseUrl(nameFor(dataDir));
}

/** What the settings of a server on this data folder say of its database. Where there is none yet, one is made. */
export async function databaseFor(dataDir: string): Promise<{ databaseUrl: string | undefined }> {
  if (!onPostgres) return { databaseUrl: undefined };
  const name = nameFor(dataDir);
  await maintain(`create database "${name}" template "${TEMPLATE}" strategy file_copy`).catch((error: unknown) => {
    // 42P04: there is one of this name (duplicate_database).
    if (!(error instanceof pg.DatabaseError && error.code === '42P04')) throw error;
  });
  return { databaseUrl: databaseUrlOf(dataDir) };
}

/** Removes the database of a data folder, where there is one. */
export async function dropDatabaseOf(dataDir: string): Promise<void> {
  if (onPostgres) await maintain(`drop database if exists "${nameFor(dataDir)}" with (force)`);
}

/** A database of its own for a test that is about PostgreSQL alone, empty unless it is to be a copy of the template. */
export async function makeDatabase({ isEmpty = false } = {}): Promise<AsyncDisposable & { readonly url: string }> {
  const name = `test_${randomUUID().replaceAll('-', '')}`;
  await maintain(isEmpty ? `create database "${name}"` : `create database "${name}" template "${TEMPLATE}" strategy file_copy`);
  return {
    url: databaseUrl(name),
    [Symbol.asyncDispose]: () => maintain(`drop database if exists "${name}" with (force)`),
  };
}

let maintenance: pg.Pool | undefined;

/** One connection for all databases that the tests of a process make and remove: a new one takes a tenth of what a database takes. */
function maintenanceConnection(): pg.Pool {
  if (maintenance === undefined) {
    maintenance = new pg.Pool({ connectionString: process.env.TEST_DATABASE_URL!, max: 1, allowExitOnIdle: true });
    // The server may be stopped before the process ends.
    maintenance.on('error', () => {});
  }
  return maintenance;
}

/** Runs a statement past the servers, in the database of the URL, or in the one from which others are made. */
export async function maintain(statement: string, url?: string): Promise<void> {
  if (url === undefined) return void (await maintenanceConnection().query(statement));
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    await client.query(statement);
  } finally {
    await client.end();
  }
}
