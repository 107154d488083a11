import { BoundedCache } from '../bounded-cache.js';
import type { Clock } from '../clock.js';

/** The first pause after something took too long, in milliseconds; each further one is twice as long. */
const FIRST_MS = 1000;

/** The longest pause, in milliseconds. */
const LONGEST_MS = 60_000;

/** How long it is remembered after the last time, in milliseconds. */
const MEMORY_MS = 600_000;

/** How many are remembered, the least recently used go first. */
const REMEMBERED_LIMIT = 1000;

/** Remembers what took too long, so that it is not tried again and again. */
export class Penalties {
  readonly #clock: Clock;
  readonly #penalties = new BoundedCache<string, { until: number; pauseMs: number }>(REMEMBERED_LIMIT);

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** To be called each time that `key` took too long. */
  add(key: string): void {
    const now = this.#clock.elapsed();
    const before = this.#of(key);
    const pauseMs = before === undefined ? FIRST_MS : Math.min(before.pauseMs * 2, LONGEST_MS);
    this.#penalties.set(key, { until: now + pauseMs, pauseMs });
  }

  /** How long `key` is still not to be tried, in milliseconds; 0 where it may be. */
  pauseOf(key: string): number {
    return Math.max(0, (this.#of(key)?.until ?? 0) - this.#clock.elapsed());
  }

  /** Whether `key` took too long within the last minutes. */
  has(key: string): boolean {
    return this.#of(key) !== undefined;
  }

  #of(key: string): { until: number; pauseMs: number } | undefined {
    const penalty = this.#penalties.get(key);
    return penalty !== undefined && this.#clock.elapsed() < penalty.until + MEMORY_MS ? penalty : undefined;
  }
}
