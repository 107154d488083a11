import type { NumberRange } from '../figures/number-range.js';
import { monotonicClock, monotonicNow } from '../monotonic-clock.js';
import type { PublishBook } from './publish-book.js';
import { sendAtRate } from './send-at-rate.js';

/** Between the last event of one load and the first of the next, so that nothing of the one falls into the other. */
const BREATH_MS = 500;

/** A load that is as fast as the servers take it. */
export interface ClosedLoop {
  /** May be infinite where there is a time. */
  eventCount: number;
  /** After which no more is published. */
  seconds?: number;
  callSize: number;
  publisherCount: number;
}

/** Lets publishers publish, each its next call as soon as its last is answered. Ends early where a publish fails. */
export async function publishInTurns(
  book: PublishBook,
  { eventCount, seconds = Infinity, callSize, publisherCount }: ClosedLoop,
  signal: AbortSignal,
): Promise<NumberRange> {
  const first = book.lastNumber + 1;
  let leftCount = eventCount;
  const endsAt = monotonicNow() + seconds * 1000;
  const publish = async () => {
    while (leftCount > 0 && monotonicNow() < endsAt && book.failedCount === 0) {
      signal.throwIfAborted();
      const size = Math.min(callSize, leftCount);
      leftCount -= size;
      await book.publish(size);
    }
  };
  await Promise.all(Array.from({ length: publisherCount }, publish));
  return { first, last: book.lastNumber };
}

/** Publishes single events at fixed instants, however long the servers take for them. Answers when all have come back. */
export async function publishAtRate(
  book: PublishBook,
  { ratePerSecond, seconds }: { ratePerSecond: number; seconds: number },
  signal: AbortSignal,
): Promise<NumberRange> {
  const first = book.lastNumber + 1;
  const pace = { startAt: monotonicNow() + BREATH_MS, ratePerSecond, count: ratePerSecond * seconds };
  const underWay: Promise<void>[] = [];
  await sendAtRate(pace, (_, dueAt) => void underWay.push(book.publish(1, dueAt)), { clock: monotonicClock, signal });
  await Promise.all(underWay);
  return { first, last: book.lastNumber };
}
