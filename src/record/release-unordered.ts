import type { Writes } from '../database/writes.js';
import { AFTER_ANOTHER } from '../entities/delivery.js';
import { signalsFor, type TellLeaders } from '../lead/tell-leaders.js';

/** How many deliveries one transaction releases: a hook may have a million, and other writes wait meanwhile. */
const SLICE = 1000;

/**
 * Makes the deliveries due that still wait for another although their hook has no order any more, slice by slice. It is
 * asked for after such a change and once at start, which finishes what a crash in between left.
 */
export async function releaseUnordered(writes: Writes, tellLeaders: TellLeaders, now: () => number): Promise<void> {
  for (let releasedCount = SLICE; releasedCount === SLICE;) {
    releasedCount = await writes.upkeep(async (_, tx) => {
      const { db } = tx;
      // The hooks come first: of those that have an order nothing is looked at, and they may have millions that wait.
      const unorderedHooks = db.selectFrom('hooks').where('ordering', '=', 'NONE').select('id');
      const waiting = await db
        .selectFrom('deliveries as d')
        .where('d.hook_id', 'in', unorderedHooks)
        .where('d.ordering_key', 'is not', null)
        .where('d.next_attempt_at', '=', AFTER_ANOTHER)
        .select(['d.id', 'd.hook_id'])
        .limit(SLICE)
        .execute();
      if (waiting.length === 0) return 0;
      await db
        .updateTable('deliveries')
        .set({ next_attempt_at: now(), ordering_key: null })
        .where(
          'id',
          'in',
          waiting.map(({ id }) => id),
        )
        // Another server may have released or ended some of them since they were read.
        .where('next_attempt_at', '=', AFTER_ANOTHER)
        .execute();
      await tellLeaders(tx, signalsFor('DUE', [...new Set(waiting.map((row) => row.hook_id))]));
      return waiting.length;
    });
  }
}
