import { CatchUp } from '../catch-up.js';
import type { Clock } from '../clock.js';
import type { Tables } from '../database/connect.js';
import { slices } from '../database/slices.js';
import type { WriteTransaction } from '../database/writes.js';
import { FailureLog } from '../failure-log.js';
import type { Log } from '../log.js';
import { announceEntries, readHorizon } from '../watch/horizon.js';
import type { NewSignal } from './tell-leaders.js';

export interface SignalLogOptions {
  db: () => Tables;
  clock: Clock;
  log: Log;
  serverId: string;
  /** Takes in what the leaders of hooks have to know; what is of hooks that this server does not lead is nothing to it. */
  apply: (signals: readonly NewSignal[]) => void;
  /** Tells the other servers that there is something new. */
  tellOthers: () => void;
}

/** How long servers have to read them. One that was asleep for longer leads nothing any more. In milliseconds. */
const KEPT_MS = 60 * 60_000;

/** Rows for one insert, and for one read. */
const PAGE_LIMIT = 1000;

/**
 * What the leaders of hooks have to know, between servers: a log in the database, which each server follows. Each reads all
 * of it, in the order of commits, so a hook that changes hands misses none.
 */
export class SignalLog {
  readonly #options: SignalLogOptions;
  #place = 0;
  readonly #catchUp: CatchUp;
  #expiresAt = 0;

  constructor(options: SignalLogOptions) {
    this.#options = options;
    this.#catchUp = new CatchUp(() => this.#read(), new FailureLog({ log: options.log, clock: options.clock, line: 'signals.unread' }));
  }

  /** Begins with what is told from now on: what was told before shows in the tables that a leader reads. */
  async start(): Promise<void> {
    this.#place = await readHorizon(this.#options.db(), 'signals');
  }

  /** As `TellLeaders` says. */
  async tell(tx: WriteTransaction, signals: readonly NewSignal[]): Promise<void> {
    if (signals.length === 0) return;
    const { apply, clock, serverId, tellOthers } = this.#options;
    const toldAt = clock.now();
    await announceEntries(tx.db, 'signals');
    for (const slice of slices(signals, PAGE_LIMIT)) {
      const rows = slice.map(({ kind, hookId, deliveryId }) => ({
        kind,
        hook_id: hookId,
        delivery_id: deliveryId ?? null,
        server_id: serverId,
        told_at: toldAt,
        // The database gives the number; the column is in the row's type because entities know it.
        sequence: undefined as unknown as number,
      }));
      await tx.db.insertInto('signals').values(rows).execute();
    }
    tx.afterCommit(() => {
      apply(signals);
      tellOthers();
    });
  }

  /** Reads what others have told since the last time. Never throws; where the database is away, the next call goes on. */
  catchUp(): Promise<void> {
    return this.#catchUp.ask();
  }

  /** Deletes what is so old that every server has read it; at most once in that time, and a failure is left to the next. */
  async expire(): Promise<void> {
    const { db, clock, log } = this.#options;
    const now = clock.now();
    if (now < this.#expiresAt) return;
    this.#expiresAt = now + KEPT_MS;
    try {
      await db()
        .deleteFrom('signals')
        .where('told_at', '<', now - KEPT_MS)
        .execute();
    } catch (error) {
      log.warn({ err: error }, 'signals.unexpired');
    }
  }

  async #read(): Promise<void> {
    const { db, apply, serverId } = this.#options;
    const horizon = await readHorizon(db(), 'signals');
    while (this.#place < horizon) {
      const rows = await db()
        .selectFrom('signals')
        .where('sequence', '>', this.#place)
        .where('sequence', '<=', horizon)
        .orderBy('sequence')
        .limit(PAGE_LIMIT)
        .select(['sequence', 'kind', 'hook_id', 'delivery_id', 'server_id'])
        .execute();
      const others = rows.filter((row) => row.server_id !== serverId);
      apply(
        others.map(({ kind, hook_id: hookId, delivery_id: deliveryId }) => ({ kind, hookId, ...(deliveryId !== null && { deliveryId }) })),
      );
      this.#place = rows.length === PAGE_LIMIT ? rows.at(-1)!.sequence : horizon;
    }
  }
}
