import { sql } from 'kysely';
import type { Tables } from '../database/connect.js';
import { isPostgres } from '../database/is-postgres.js';
import { type LogTable, readHorizon, readLastGiven } from './horizon.js';

/** The place up to which a log has all its entries; 0 where it never had any. On SQLite that is the last place. */
export async function readHead(db: Tables, table: LogTable): Promise<number> {
  return isPostgres(db) ? readHorizon(db, table) : readLastPlace(db, table);
}

/**
 * The place of the latest entry that a log ever had; 0 where it had none. The database keeps it apart from the rows, so it
 * stands when all of them have grown old and were removed: a cursor of theirs is still one of this log.
 */
export async function readLastPlace(db: Tables, table: LogTable): Promise<number> {
  if (isPostgres(db)) return readLastGiven(db, table);
  const { rows } = await sql<{ seq: number }>`select seq from sqlite_sequence where name = ${table}`.execute(db);
  return rows[0]?.seq ?? 0;
}
