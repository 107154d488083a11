import { sql } from 'kysely';
import type { EntityManager } from '../database/connect.js';

/**
 * The place of the latest entry that a log ever had; 0 where it had none. SQLite keeps it apart from the rows, so it stands
 * when all of them have grown old and were removed: a cursor of theirs is still one of this log.
 */
export async function readHead(em: EntityManager, table: 'delivery_changes' | 'hook_health_changes'): Promise<number> {
  const { rows } = await sql<{ seq: number }>`select seq from sqlite_sequence where name = ${table}`.execute(em.getKysely());
  return rows[0]?.seq ?? 0;
}
