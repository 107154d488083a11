import type { Clock } from '../clock.js';
import type { Orm } from '../database/connect.js';
import { inTransaction } from '../database/in-transaction.js';
import { sealAgain, type SealedAgainColumn, type SealStep, secretColumns } from './seal-again.js';
import type { SealRing } from './seal-ring.js';

export interface ResealOptions {
  clock: Clock;
  /** Whether payloads that are in plain are sealed too. Those that are sealed stay so. */
  encryptPayloads: boolean;
}

export interface ResealStep extends SealStep {
  column: SealedAgainColumn;
}

/** Keys beside the first, by their ids. */
export interface ResealEnd {
  /** Nothing is sealed with them any more: they may leave the setting. */
  droppedIds: readonly string[];
  /** They are still needed: a server has sealed with them meanwhile, or something does not open. */
  keptIds: readonly string[];
}

/**
 * Seals with the first key of the ring all that is sealed with others, step by step, beside servers that run. It may end at any
 * moment, by a `kill -9` too, and begin again.
 *
 * First the other keys are marked as retired, for which all that are just sealing with them are waited for. A server that seals
 * with one of them afterwards takes the mark away. So a key that has its mark at the end has sealed nothing that was not seen here.
 */
export async function* reseal(orm: Orm, ring: SealRing, { clock, encryptPayloads }: ResealOptions): AsyncGenerator<ResealStep, ResealEnd> {
  await inTransaction(orm, async (_, db) => {
    await db.updateTable('seal_keys').set({ retired_at: clock.now() }).where('id', '!=', ring.firstId).execute();
  });
  let isAllOpen = true;
  for (const column of [...secretColumns, 'events.payload'] as const) {
    const stale = column === 'events.payload' && !encryptPayloads ? 'sealed' : 'all';
    for await (const step of sealAgain(orm, ring, { column, stale })) {
      if (step.unopened.length > 0) isAllOpen = false;
      yield { column, ...step };
    }
  }
  return inTransaction(orm, async (_, db) => {
    const others = db.deleteFrom('seal_keys').where('id', '!=', ring.firstId);
    const dropped = isAllOpen ? await others.where('retired_at', 'is not', null).returning('id').execute() : [];
    const kept = await db.selectFrom('seal_keys').where('id', '!=', ring.firstId).select('id').execute();
    return { droppedIds: dropped.map(({ id }) => id), keptIds: kept.map(({ id }) => id) };
  });
}
