import type { Clock } from '../clock.js';
import type { Tables } from '../database/connect.js';
import { shardOf } from '../entities/shard.js';
import { FailureLog } from '../failure-log.js';
import type { Log } from '../log.js';
import { DATABASE_PAUSE_MS } from './lane-reader.js';
import { type HookWithBacklog, readHooksWithOpenDeliveries } from './read-open-deliveries.js';

export interface BacklogFinderOptions {
  db: () => Tables;
  clock: Clock;
  log: Log;
  /** Whether nothing is known of a hook that the table would not tell. */
  isIdle: (hookId: string) => boolean;
  /** Told of hooks with open deliveries. */
  found: (hooks: readonly HookWithBacklog[]) => void;
}

/** Finds in the table what hooks have open that nobody has told of. */
export class BacklogFinder {
  readonly #options: BacklogFinderOptions;
  readonly #unread: FailureLog;
  readonly #unswept: FailureLog;
  #isSweeping = false;

  constructor(options: BacklogFinderOptions) {
    this.#options = options;
    const { log, clock } = options;
    this.#unread = new FailureLog({ log, clock, line: 'shards.unread', level: 'error' });
    this.#unswept = new FailureLog({ log, clock, line: 'deliveries.unswept' });
  }

  /** All that hooks of these shards have. While the database fails, it is tried again. */
  async findOf(shards: readonly number[]): Promise<void> {
    const { db, found, clock } = this.#options;
    const wanted = new Set(shards);
    try {
      const hooks = await readHooksWithOpenDeliveries(db());
      this.#unread.succeeded();
      found(hooks.filter(({ hookId }) => wanted.has(shardOf(hookId))));
    } catch (error) {
      this.#unread.failed(error);
      clock.after(DATABASE_PAUSE_MS, () => void this.findOf(shards));
    }
  }

  /**
   * First attempts that nobody has told of: a server may die between its commit and the telling. Hooks that are busy are passed over
   * unless it is `isThorough`, since what they have open is mostly on the wire.
   */
  async sweep(isThorough: boolean): Promise<void> {
    const { db, found, isIdle } = this.#options;
    if (this.#isSweeping) return;
    this.#isSweeping = true;
    try {
      const hooks = await readHooksWithOpenDeliveries(db());
      this.#unswept.succeeded();
      found(hooks.filter(({ hookId, kind }) => kind === 'PENDING' && (isThorough || isIdle(hookId))));
    } catch (error) {
      this.#unswept.failed(error);
    }
    this.#isSweeping = false;
  }
}
