import type { Clock } from '../clock.js';
import type { Writes, WriteTransaction } from '../database/writes.js';
import { appendChanges } from '../watch/append-changes.js';
import type { DeliveryFeed } from '../watch/delivery-log.js';

/** How many deliveries one transaction cancels: a hook may have a million, and other writes wait meanwhile. */
const SLICE = 1000;

/** Ends the open deliveries of removed hooks as cancelled. */
export class Cancellation {
  readonly #writes: Writes;
  readonly #feed: Pick<DeliveryFeed, 'append'>;
  readonly #clock: Clock;

  constructor(writes: Writes, feed: Pick<DeliveryFeed, 'append'>, clock: Clock) {
    this.#writes = writes;
    this.#feed = feed;
    this.#clock = clock;
  }

  /**
   * Cancels all open deliveries of hooks that are removed, slice by slice; answers when none is left. It is asked for
   * after a removal and once at start, which finishes what a crash in between left open.
   */
  async cancelDeliveriesOfRemovedHooks(): Promise<void> {
    while ((await this.#writes.upkeep((_, tx) => this.#cancelSlice(tx))) === SLICE);
  }

  /** True together: the deliveries are final, and the log says so. */
  async #cancelSlice(tx: WriteTransaction): Promise<number> {
    const now = this.#clock.now();
    const removedHooks = tx.db.selectFrom('hooks').where('status', '=', 'REMOVED').select('id');
    const open = await tx.db
      .selectFrom('deliveries as d')
      .innerJoin('events as e', 'e.id', 'd.event_id')
      .where('d.next_attempt_at', 'is not', null)
      .where('d.hook_id', 'in', removedHooks)
      .select(['d.id', 'd.organization_id', 'd.webhook_id', 'd.hook_id', 'd.event_id', 'e.type'])
      .limit(SLICE)
      .execute();
    if (open.length === 0) return 0;

    const cancelled = await tx.db
      .updateTable('deliveries')
      .set({ status: 'CANCELLED', next_attempt_at: null, updated_at: now })
      .where(
        'id',
        'in',
        open.map(({ id }) => id),
      )
      // Another server may have ended some of them since they were read: those are in the log already.
      .where('next_attempt_at', 'is not', null)
      .returning('id')
      .execute();
    const ids = new Set(cancelled.map(({ id }) => id));
    const ended = open.filter(({ id }) => ids.has(id));
    await appendChanges(
      tx,
      this.#feed,
      ended.map((row) => ({
        organizationId: row.organization_id,
        webhookId: row.webhook_id,
        hookId: row.hook_id,
        eventId: row.event_id,
        deliveryId: row.id,
        type: row.type,
        status: 'CANCELLED',
        attempt: null,
        changedAt: now,
      })),
    );
    return open.length;
  }
}
