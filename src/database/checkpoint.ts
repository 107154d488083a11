import { sql } from 'kysely';
import type { Tables } from './connect.js';

/** From how many pages in the log on it is worth it: they take up to 5 ms, and as long as that, who comes in the meantime waits. */
const PAGES = 200;

interface LogState {
  /** Pages in the log. */
  log: number;
  /** Those of them that are in the database by now. */
  checkpointed: number;
}

/**
 * Brings SQLite's log (`-wal`) into the database where it has become long: to be called while nothing waits to be written. SQLite would do it by itself, but
 * within a commit, which all wait for whose writes are in it; so it does that only where there is no such moment for long. Never rejects.
 */
export async function checkpointIfLong(db: Tables): Promise<void> {
  try {
    const { rows } = await sql<LogState>`pragma wal_checkpoint(noop)`.execute(db);
    const { log, checkpointed } = rows[0]!;
    if (log - checkpointed >= PAGES) await sql`pragma wal_checkpoint(passive)`.execute(db);
  } catch {
    // The log only grows by that; a storage that fails is told of by those who write.
  }
}
