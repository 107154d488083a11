import { sql } from 'kysely';
import type { Tables } from './connect.js';

/**
 * How many rows must have changed since the last time. Their pages are some 200, which take up to 5 ms: as long as that, who comes in the
 * meantime waits.
 */
const CHANGED_ROWS = 250;

/**
 * Brings SQLite's log (`-wal`) into the database while nothing waits to be written. SQLite would do it by itself, but within a commit,
 * which all wait for whose writes are in it; so it does that only where there is no such moment for long.
 */
export class Checkpoints {
  readonly #db: () => Tables;
  #changesBefore = 0;
  #hasCommitted = false;

  constructor(db: () => Tables) {
    this.#db = db;
  }

  committed(): void {
    this.#hasCommitted = true;
  }

  /** Uses a moment in which nothing waits to be written; undefined where there is nothing to do. Never rejects. */
  rest(): Promise<void> | undefined {
    if (!this.#hasCommitted) return undefined;
    this.#hasCommitted = false;
    return this.#bringIn();
  }

  async #bringIn(): Promise<void> {
    try {
      const db = this.#db();
      const { rows } = await sql<{ changes: number }>`select total_changes() as changes`.execute(db);
      const { changes } = rows[0]!;
      if (changes - this.#changesBefore < CHANGED_ROWS) return;
      this.#changesBefore = changes;
      await sql`pragma wal_checkpoint(passive)`.execute(db);
    } catch {
      // The log only grows by that; a storage that fails is told of by those who write.
    }
  }
}
