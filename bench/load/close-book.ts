import { closeLedger, type Ledger, type StoredDeliveries } from '../figures/ledger.js';
import { type Arrivals, deliveryKey } from '../stage/receiver-commands.js';
import type { PublishBook } from './publish-book.js';

/** Compares a book with the receiver's and with what the servers had stored at their end. All hooks must have got all. */
export function closeBook(
  book: PublishBook,
  { numbers, ports }: Pick<Arrivals, 'numbers' | 'ports'>,
  stored: readonly StoredDeliveries[],
): Ledger {
  const acknowledged = book.readOwed();
  return closeLedger({
    acknowledged,
    unacknowledgedCount: book.failedCount,
    firstFailure: book.firstFailure,
    answered: Array.from(numbers, (number, index) => deliveryKey(number, ports[index]!)),
    stored,
    healthyHookIds: new Set(acknowledged.values()),
  });
}
