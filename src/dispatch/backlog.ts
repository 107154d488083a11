import { DeliveryQueue } from './delivery-queue.js';

/**
 * How many deliveries of one backlog wait in memory. The others wait in the table, from where they cost more: of 30,000 that were published
 * at once to a hundred hooks, 1,000 took 0.35 s of CPU with 64 in memory, and take 0.31 with so many.
 */
export const QUEUE_LIMIT = 256;

/** How many are read from the table at once: with payloads of 256 KiB, 16 MiB. */
export const PAGE_SIZE = 64;

/** A hook's first attempts, or its retries: they are read apart, so that neither hides the other. */
export type BacklogKind = 'PENDING' | 'RETRYING';

/**
 * A hook's open deliveries of one kind, as the dispatcher holds them: some in memory, due and in order; the rest in the
 * table, of which it knows when the first is due.
 */
export class Backlog {
  readonly kind: BacklogKind;
  /** When the first that is only in the table is due, in milliseconds since the epoch; null where there is none. */
  dueAt: number | null = null;
  /** Whether a page of the table is being read. */
  isReading = false;
  readonly queue = new DeliveryQueue();
  /** What ended while a page was being read: the page may still show it as due. */
  #endedWhileReading = new Set<string>();

  constructor(kind: BacklogKind) {
    this.kind = kind;
  }

  get isEmpty(): boolean {
    return this.queue.length === 0 && this.dueAt === null && !this.isReading;
  }

  /** Whether a delivery published now may be taken in, beside at most `depth`, without overtaking one that waits in the table. */
  hasRoom(now: number, depth: number): boolean {
    return !this.isReading && (this.dueAt === null || this.dueAt > now) && this.queue.length < depth;
  }

  /** Whether it is time to read a page, of at most `depth`: some are due in the table, and what is in memory will soon be gone. */
  wantsPage(now: number, depth: number): boolean {
    const soonGone = Math.ceil(Math.min(depth, PAGE_SIZE) / 4);
    return !this.isReading && this.dueAt !== null && this.dueAt <= now && this.queue.length < soonGone;
  }

  /** Notes that a delivery is due in the table. */
  noteDue(dueAt: number): void {
    this.dueAt = this.dueAt === null ? dueAt : Math.min(this.dueAt, dueAt);
  }

  beginReading(): void {
    this.isReading = true;
    this.dueAt = null;
  }

  endReading(): void {
    this.isReading = false;
    // Not `clear`, as in `Gathered`.
    this.#endedWhileReading = new Set();
  }

  ended(deliveryId: string): void {
    if (this.isReading) this.#endedWhileReading.add(deliveryId);
  }

  /** Whether a page that shows this delivery as due is late: it is in the queue, or has ended since. */
  knows(deliveryId: string): boolean {
    return this.#endedWhileReading.has(deliveryId) || this.queue.has(deliveryId);
  }
}
