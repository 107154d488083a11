import { isSuccess, type Verdict } from '../send/outcome.js';
import { retryDelayMs } from './retry-schedule.js';

/** What a delivery becomes by an attempt. */
export interface NextState {
  status: 'SUCCEEDED' | 'RETRYING' | 'FAILED';
  /** Milliseconds since the epoch; null when the state is final. */
  nextAttemptAt: number | null;
}

export interface AttemptResult {
  outcome: Verdict;
  /** The attempt's number, from 1. */
  number: number;
  /** When it ended, in milliseconds since the epoch. */
  endedAt: number;
  /** The wait that the receiver asked for; null where it asked for none. */
  askedWaitMs: number | null;
}

/**
 * The one place that decides about retries. A next attempt is never sooner than the schedule says, nor than the receiver
 * asked for, and not before the token server is asked again where that is what failed.
 */
export function nextState(result: AttemptResult, scheduleMs: readonly number[], fraction: number): NextState {
  const { outcome, number, endedAt, askedWaitMs } = result;
  if (isSuccess(outcome)) return { status: 'SUCCEEDED', nextAttemptAt: null };

  const delayMs = retryDelayMs(scheduleMs, number, fraction);
  if (delayMs === undefined) return { status: 'FAILED', nextAttemptAt: null };

  const notBefore = outcome.kind === 'AUTHENTICATION_FAILED' ? outcome.notBefore : null;
  return { status: 'RETRYING', nextAttemptAt: Math.max(endedAt + Math.max(delayMs, askedWaitMs ?? 0), notBefore ?? 0) };
}
