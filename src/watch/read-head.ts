import { sql } from 'kysely';
import type { Tables } from '../database/connect.js';
import { isPostgres } from '../database/is-postgres.js';
import { type LogTable, readHorizon } from './horizon.js';

/**
 * The place of the latest entry that a log ever had; 0 where it had none. The database keeps it apart from the rows, so it
 * stands when all of them have grown old and were removed: a cursor of theirs is still one of this log.
 */
export async function readHead(db: Tables, table: LogTable): Promise<number> {
  if (isPostgres(db)) return readHorizon(db, table);
  const { rows } = await sql<{ seq: number }>`select seq from sqlite_sequence where name = ${table}`.execute(db);
  return rows[0]?.seq ?? 0;
}
