import { PostgresAdapter } from 'kysely';
import type { Tables } from './connect.js';

/** Whether a query builder speaks to PostgreSQL, for the few statements that are not the same in SQLite. */
export function isPostgres(db: Tables): boolean {
  return db.getExecutor().adapter instanceof PostgresAdapter;
}
