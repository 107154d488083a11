import type { Caller } from '../../api-keys/caller.js';
import { BoundedCache } from '../../bounded-cache.js';
import type { Clock } from '../../clock.js';
import { CallerError } from '../../errors.js';

/** Of how many keys it is known how much they have asked lately; the least recently used go first, and begin anew. */
const KEPT_LIMIT = 10_000;

/** What one request takes of a bucket: a thousandth of it comes back in each millisecond for each request a second. */
const REQUEST = 1000;

/** What a key may ask for yet, in thousandths of a request, and when that was so. */
interface Bucket {
  left: number;
  at: number;
}

/**
 * How often a key may ask: so many times a second on the average, and as many at once. Each stream token has a rate of its own, so that
 * a page in a loop does not hold up the backend of the same organization. The admin has none, since nobody else could mend what he could not.
 */
export class KeyRates {
  readonly #clock: Clock;
  readonly #perSecond: number;
  readonly #buckets = new BoundedCache<string, Bucket>(KEPT_LIMIT);

  /** `perSecond` is 0 for no limit. */
  constructor(clock: Clock, perSecond: number) {
    this.#clock = clock;
    this.#perSecond = perSecond;
  }

  /** Counts one request, or answers with a RATE_LIMITED error that says when there may be one. */
  take({ id }: Caller): CallerError | undefined {
    if (id === null || this.#perSecond === 0) return undefined;
    const at = this.#clock.elapsed();
    const full = this.#perSecond * REQUEST;
    const bucket = this.#buckets.getOrMake(id, () => ({ left: full, at }));
    bucket.left = Math.min(full, bucket.left + (at - bucket.at) * this.#perSecond);
    bucket.at = at;
    if (bucket.left >= REQUEST) {
      bucket.left -= REQUEST;
      return undefined;
    }
    const retryAfterMs = Math.ceil((REQUEST - bucket.left) / this.#perSecond);
    return new CallerError('RATE_LIMITED', `Expected at most ${this.#perSecond} requests a second with one key.`, { retryAfterMs });
  }
}
