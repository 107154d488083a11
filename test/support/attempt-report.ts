import type { AttemptReport, SentAttempt } from '../../src/send/attempt.js';
import type { Outcome } from '../../src/send/outcome.js';
import { reportOf } from '../../src/send/report.js';

/** What is told of an attempt that began at an instant and came to an outcome at once. */
export function makeReport(outcome: Outcome, startedAt: number): AttemptReport {
  const timing = { dnsMs: null, connectMs: null, tlsMs: null, firstByteMs: null };
  const request = { method: 'POST' as const, url: 'http://127.0.0.1/', headers: [] };
  return reportOf({ startedAt, durationMs: 0, timing, request, tokenRenewed: false, outcome });
}

/** The attempt that was told of. */
export function sentOf({ startedAt, durationMs, stored }: AttemptReport): SentAttempt {
  const { tokenRenewed, ...request } = JSON.parse(stored.request);
  return { startedAt, durationMs, timing: JSON.parse(stored.timing), request, tokenRenewed, outcome: JSON.parse(stored.outcome) };
}
