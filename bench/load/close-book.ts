import { closeLedger, type Ledger } from '../figures/ledger.js';
import type { BenchDatabase } from '../stage/bench-database.js';
import { type Arrivals, deliveryKey } from '../stage/receiver-commands.js';
import type { PublishBook } from './publish-book.js';

/** Compares a book with the receiver's and the servers', which have ended by now. All hooks must have got all. */
export async function closeBook(book: PublishBook, { numbers, ports }: Arrivals, database: BenchDatabase): Promise<Ledger> {
  const acknowledged = book.readOwed();
  const ledger = closeLedger({
    acknowledged,
    unacknowledgedCount: book.failedCount,
    answered: Array.from(numbers, (number, index) => deliveryKey(number, ports[index]!)),
    stored: await database.countDeliveries(),
    healthyHookIds: new Set(acknowledged.values()),
  });
  const { firstFailure } = book;
  if (firstFailure === undefined) return ledger;
  return { ...ledger, faults: [...ledger.faults, `The first publish that failed: ${firstFailure}`] };
}
