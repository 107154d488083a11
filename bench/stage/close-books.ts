import { closeLedger, type Ledger, type StoredDeliveries } from '../figures/ledger.js';
import type { LoadGenerator } from '../load/load-generator.js';
import type { Arrivals } from './receiver-commands.js';
import type { Stage } from './with-stage.js';

/** The books of a run whose events went to one hook each. */
export interface ClosedBooks {
  arrivals: Arrivals;
  stored: readonly StoredDeliveries[];
  ledger: Ledger;
}

/** Compares the books, once the server has ended; to the healthy hooks all must be delivered. */
export async function closeBooks(
  { receiver, database }: Pick<Stage, 'receiver' | 'database'>,
  generator: LoadGenerator,
  healthyHookIds: ReadonlySet<string>,
): Promise<ClosedBooks> {
  const stored = await database.countDeliveries();
  const arrivals = await receiver.ask('takeArrivals', {});
  const ledger = closeLedger({
    acknowledged: generator.acknowledged,
    unacknowledgedCount: generator.failedCount,
    firstFailure: generator.firstFailure,
    answered: arrivals.numbers,
    stored,
    healthyHookIds,
  });
  return { arrivals, stored, ledger };
}
