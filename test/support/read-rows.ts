import { join } from 'node:path';
import BetterSqlite from 'better-sqlite3';
import pg from 'pg';
import { databaseUrlOf, onPostgres } from './postgres.js';

/** Reads from the database of a data folder past the server, as another program would. */
export async function readRows<Row extends object>({ dataDir }: { dataDir: string }, sql: string): Promise<Row[]> {
  if (onPostgres) {
    const client = new pg.Client({ connectionString: databaseUrlOf(dataDir) });
    await client.connect();
    try {
      return (await client.query<Row>(sql)).rows;
    } finally {
      await client.end();
    }
  }
  const database = new BetterSqlite(join(dataDir, 'hookgraph.sqlite'), { readonly: true });
  try {
    return database.prepare<[], Row>(sql).all();
  } finally {
    database.close();
  }
}
