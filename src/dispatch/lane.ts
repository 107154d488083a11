import type { OpenDelivery } from '../send/attempt.js';

/** How many attempts of one hook are on the wire at once, at most. */
const IN_FLIGHT_LIMIT = 16;

/** How many deliveries of one hook wait in memory; the others wait in the table. */
export const QUEUE_LIMIT = 64;

/**
 * One hook's open deliveries as the dispatcher holds them: some in memory, due and in order; the rest in the table, of
 * which it knows when the first is due.
 */
export class Lane {
  readonly hookId: string;
  /** When the first delivery that is only in the table is due, in milliseconds since the epoch; null where there is none. */
  dueAt: number | null = null;
  /** Whether a page of the table is being read. */
  isReading = false;
  readonly #queue: OpenDelivery[] = [];
  readonly #inFlight = new Set<string>();
  /** What ended while a page was being read: the page may still show it as due. */
  readonly #endedWhileReading = new Set<string>();

  constructor(hookId: string) {
    this.hookId = hookId;
  }

  get canStart(): boolean {
    return this.#queue.length > 0 && this.#inFlight.size < IN_FLIGHT_LIMIT;
  }

  get queueLength(): number {
    return this.#queue.length;
  }

  get inFlightCount(): number {
    return this.#inFlight.size;
  }

  /** Whether nothing is known of this hook that the table would not tell. */
  get isIdle(): boolean {
    return this.#queue.length === 0 && this.#inFlight.size === 0 && this.dueAt === null && !this.isReading;
  }

  /** Whether a delivery published now may be taken in without overtaking one that waits in the table. */
  hasRoom(now: number): boolean {
    return !this.isReading && (this.dueAt === null || this.dueAt > now) && this.#queue.length < QUEUE_LIMIT;
  }

  /** Whether it is time to read a page: some are due in the table, and what is in memory will soon be gone. */
  wantsPage(now: number): boolean {
    return !this.isReading && this.dueAt !== null && this.dueAt <= now && this.#queue.length < QUEUE_LIMIT / 4;
  }

  /** Notes that a delivery is due in the table. */
  noteDue(dueAt: number): void {
    this.dueAt = this.dueAt === null ? dueAt : Math.min(this.dueAt, dueAt);
  }

  push(delivery: OpenDelivery): void {
    this.#queue.push(delivery);
  }

  /** Takes the first in the queue to the wire. */
  start(): OpenDelivery {
    const delivery = this.#queue.shift()!;
    this.#inFlight.add(delivery.deliveryId);
    return delivery;
  }

  end(deliveryId: string): void {
    this.#inFlight.delete(deliveryId);
    if (this.isReading) this.#endedWhileReading.add(deliveryId);
  }

  beginReading(): void {
    this.isReading = true;
    this.dueAt = null;
  }

  /** The ids that a page may show as due although they are taken care of. */
  heldIds(): Set<string> {
    return new Set([...this.#queue.map(({ deliveryId }) => deliveryId), ...this.#inFlight, ...this.#endedWhileReading]);
  }

  endReading(): void {
    this.isReading = false;
    this.#endedWhileReading.clear();
  }

  /** Forgets what waits; what is on the wire ends by itself. Answers with what was in the queue. */
  clear(): OpenDelivery[] {
    this.dueAt = null;
    return this.#queue.splice(0);
  }
}
