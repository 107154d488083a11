import { sql } from 'kysely';
import { isoTime } from '../iso-time.js';
import type { Tables } from './connect.js';
import { isPostgres } from './is-postgres.js';
import type { Outage } from './storage-watch.js';

/** What is wrong with the database, a sentence each, without paths or internals: anybody may read them. Empty when all is well. */
export async function findStorageProblems(db: Tables, outage: Outage | null): Promise<string[]> {
  const problems: string[] = [];
  if (outage !== null) problems.push(`The database cannot be written since ${isoTime(outage.startedAt)} (${outage.reason}).`);
  // Where PostgreSQL gives no answer, asking once more would only hold this one up.
  if (isPostgres(db) && outage !== null) return problems;
  // What is in memory of SQLite's file proves nothing; the schema is looked up anew.
  const canRead = await (isPostgres(db) ? sql`select 1` : sql`select count(*) from sqlite_schema`).execute(db).then(
    () => true,
    () => false,
  );
  if (!canRead) problems.push('The database cannot be read.');
  return problems;
}
