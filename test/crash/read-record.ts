import BetterSqlite from 'better-sqlite3';
import { join } from 'node:path';
import type { Ledger, StoredAttempt } from './ledger.js';

/** An attempt as the log of changes has it. */
export interface LoggedAttempt {
  sequence: number;
  attemptId: string;
  /** What the attempt made of its delivery. */
  status: string;
}

/** The attempts in the log after a place. */
export function readLog(dataDir: string, after: number): LoggedAttempt[] {
  return read<LoggedAttempt>(
    dataDir,
    `select sequence, attempt_id as attemptId, status from delivery_changes
     where attempt_id is not null and sequence > ? order by sequence`,
    after,
  );
}

/** What the tables hold of events, deliveries and attempts. */
export function readTables(
  dataDir: string,
): Pick<Ledger, 'events' | 'deliveries'> & { attempts: Pick<StoredAttempt, 'id' | 'deliveryId' | 'number'>[] } {
  return {
    events: read(dataDir, 'select id, type, created_at as createdAt from events'),
    deliveries: read(dataDir, 'select id, event_id as eventId, hook_id as hookId, status, attempt_count as attemptCount from deliveries'),
    attempts: read(dataDir, 'select id, delivery_id as deliveryId, number from attempts'),
  };
}

/** How many deliveries are open, and how many of them are due at an instant. */
export function countOpen(dataDir: string, at: number): { openCount: number; dueCount: number } {
  const sql = `select count(*) as openCount, coalesce(sum(next_attempt_at <= ?), 0) as dueCount
    from deliveries where next_attempt_at is not null`;
  return read<{ openCount: number; dueCount: number }>(dataDir, sql, at)[0]!;
}

/**
 * Reads past the server, whether it runs or not. A connection that may only read leaves the write-ahead log as a kill
 * left it: bringing it home at the next start is part of what is tested.
 */
function read<Row>(dataDir: string, sql: string, ...values: number[]): Row[] {
  const database = new BetterSqlite(join(dataDir, 'hookgraph.sqlite'), { readonly: true });
  try {
    return database.prepare(sql).all(...values) as Row[];
  } finally {
    database.close();
  }
}
