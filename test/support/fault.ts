import { join } from 'node:path';
import BetterSqlite from 'better-sqlite3';
import { databaseUrlOf, maintain, onPostgres } from './postgres.js';

/** Runs SQL on the database of a data folder, past the server: to break something in it. What refers to what is not looked at. */
export async function alterDatabase({ dataDir }: { dataDir: string }, sql: string): Promise<void> {
  if (onPostgres) return maintain(`set session_replication_role = replica; ${sql}`, databaseUrlOf(dataDir));
  const database = new BetterSqlite(join(dataDir, 'hookgraph.sqlite'));
  database.pragma('foreign_keys = OFF');
  database.exec(sql);
  database.close();
}

/** Takes a table away from a server that runs. */
export function dropTable(server: { dataDir: string }, table: string): Promise<void> {
  return alterDatabase(server, onPostgres ? `drop table ${table} cascade` : `drop table ${table}`);
}

/** What the database says of a table that is not there. */
export const NO_TABLE = onPostgres ? 'does not exist' : 'no such table';
