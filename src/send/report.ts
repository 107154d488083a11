import type { AttemptReport, SentAttempt } from './attempt.js';
import type { Outcome, Verdict } from './outcome.js';
import { isRetryAfter } from './retry-after.js';

/**
 * What is told of an attempt. Most of it is only stored, and becomes text where the attempt was made: as texts it goes from thread to thread, and
 * into the database, for a third of what the objects take (2 instead of 8 µs).
 */
export function reportOf({ startedAt, durationMs, timing, request, tokenRenewed, outcome }: SentAttempt): AttemptReport {
  const stored = {
    timing: JSON.stringify(timing),
    request: JSON.stringify({ ...request, tokenRenewed }),
    outcome: JSON.stringify(outcome),
  };
  return { startedAt, durationMs, outcome: verdictOf(outcome), stored };
}

function verdictOf(outcome: Outcome): Verdict {
  if (outcome.kind !== 'RESPONSE_RECEIVED') return outcome;
  const { kind, status, headers } = outcome;
  return { kind, status, headers: headers.filter(isRetryAfter) };
}
