import type { Verdict } from '../send/outcome.js';
import { retryAfterMs } from '../send/retry-after.js';

/** The statuses with which a receiver may say when to come again. */
const waitStatuses = [429, 503];

/** The wait that a receiver asks for by `Retry-After`, in milliseconds; null where it asks for none. `now` is of this server. */
export function askedWaitMs(outcome: Verdict, now: number): number | null {
  if (outcome.kind !== 'RESPONSE_RECEIVED' || !waitStatuses.includes(outcome.status)) return null;
  return retryAfterMs(outcome.headers, now);
}
