import type { Clock } from '../clock.js';
import type { Writes, WriteTransaction } from '../database/writes.js';
import { FailureLog } from '../failure-log.js';
import type { Log } from '../log.js';
import { sql } from 'kysely';

/** How often uses are written, in milliseconds: a key that is used a thousand times a second costs one row a minute. */
const WRITE_INTERVAL_MS = 60_000;

export interface LastUsesOptions {
  writes: Pick<Writes, 'lane'>;
  clock: Clock;
  log: Log;
}

interface Use {
  apiKeyId: string;
  usedAt: number;
}

/** Remembers when keys were last used, and writes it once a minute and at the end. A crash forgets the last minute. */
export class LastUses {
  readonly #clock: Clock;
  readonly #unwritten: FailureLog;
  readonly #write: (use: Use) => Promise<void>;
  #uses = new Map<string, number>();
  #cancelTimer: (() => void) | undefined;

  constructor({ writes, clock, log }: LastUsesOptions) {
    this.#clock = clock;
    this.#unwritten = new FailureLog({ log, clock, line: 'key_uses.unwritten' });
    this.#write = writes.lane(writeUses);
  }

  used(apiKeyId: string): void {
    this.#uses.set(apiKeyId, this.#clock.now());
    this.#cancelTimer ??= this.#clock.after(WRITE_INTERVAL_MS, () => void this.flush());
  }

  /** Writes what is not written yet. What can't be written is logged and forgotten: the next use comes. */
  async flush(): Promise<void> {
    this.#cancelTimer?.();
    this.#cancelTimer = undefined;
    const uses = [...this.#uses];
    this.#uses = new Map();
    await Promise.all(uses.map(([apiKeyId, usedAt]) => this.#write({ apiKeyId, usedAt }))).then(
      () => this.#unwritten.succeeded(),
      (error: unknown) => this.#unwritten.failed(error, { keyCount: uses.length }),
    );
  }
}

async function writeUses({ db }: WriteTransaction, uses: readonly Use[]): Promise<void[]> {
  for (const { apiKeyId, usedAt } of uses) {
    await db
      .updateTable('api_keys')
      .set({ last_used_at: usedAt })
      .where('id', '=', apiKeyId)
      // Another server may have seen a later use.
      .where(sql<boolean>`coalesce(last_used_at, 0) < ${usedAt}`)
      .execute();
  }
  return uses.map(() => undefined);
}
