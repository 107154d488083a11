import type { RateLimit } from '../entities/rate-limit.js';

/** How late a start may be without moving those after it: timers are late by a few milliseconds, and the rate would suffer. */
const GRACE_MS = 10;

const UNITS_MS = { SECOND: 1000, MINUTE: 60_000 } as const;

/**
 * Spreads starts evenly: one each interval, and never two to make up for a time without (GCRA without a burst). The grace
 * alone lets starts be closer, by 10 ms in all.
 */
export class Rate {
  /** Zero where there is no limit. */
  #intervalMs = 0;
  #nextAt = -Infinity;

  set limit(limit: RateLimit | null) {
    this.#intervalMs = limit === null ? 0 : UNITS_MS[limit.per] / limit.deliveries;
  }

  /** Another server may have started one until this instant: nothing starts sooner than an interval after it. */
  waitSince(instant: number): void {
    this.#nextAt = Math.max(this.#nextAt, instant + this.#intervalMs);
  }

  /** From when on the next one may start, in milliseconds since the epoch. */
  opensAt(now: number): number {
    // After a clock was set back, nobody waits for the time of before. It is remembered, else it would move on with the clock.
    this.#nextAt = Math.min(this.#nextAt, now + this.#intervalMs);
    return this.#nextAt;
  }

  started(now: number): void {
    const isOnTime = now - this.#nextAt <= GRACE_MS && this.#nextAt <= now;
    this.#nextAt = (isOnTime ? this.#nextAt : now) + this.#intervalMs;
  }
}
