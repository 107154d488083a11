import { type HealthColumns, healthOf, type HookHealth } from '../entities/hook-health.js';
import { isOwnFault, isSuccess, type Verdict } from '../send/outcome.js';

/** What an attempt makes of its hook's health. */
export interface HealthStep {
  before: HealthColumns;
  after: HealthColumns;
  /** What is to be told; null where the step is only to be remembered. */
  told: HookHealth | null;
}

/** Shorter troubles are nobody's business: retries take care of them. In milliseconds. */
const TOLD_AFTER_MS = 60_000;

/** How many times a failing hook is warned of before it is switched off, the first of them when it is told to be failing. */
const WARNING_LIMIT = 5;

/**
 * Decides what an attempt says of its hook; null where that is nothing new, or where the hook is not ACTIVE any more.
 *
 * A hook is failing while every attempt has failed since the first that did. It is told of when that has gone on for a
 * minute, again at each fifth of `disableAfterMs`, and switched off at its end, but never without a warning before. A 410
 * switches it off at once (Standard Webhooks).
 */
export function nextHealth(
  before: HealthColumns,
  { outcome, startedAt, endedAt }: { outcome: Verdict; startedAt: number; endedAt: number },
  disableAfterMs: number,
): HealthStep | null {
  if (before.status !== 'ACTIVE' || isOwnFault(outcome)) return null;
  const step = (after: HealthColumns, isTold: boolean): HealthStep => ({
    before,
    after,
    told: isTold ? healthOf(after, disableAfterMs) : null,
  });
  const wasTold = before.warningCount > 0;
  if (isSuccess(outcome)) return before.failingSince === null ? null : step({ ...before, failingSince: null, warningCount: 0 }, wasTold);

  const failingSince = before.failingSince ?? startedAt;
  const failingMs = endedAt - failingSince;
  const switchedOff = { ...before, failingSince, status: 'DISABLED', statusChangedAt: endedAt } as const;
  if (outcome.kind === 'RESPONSE_RECEIVED' && outcome.status === 410) return step({ ...switchedOff, disabledReason: 'GONE' }, true);
  if (wasTold && failingMs >= disableAfterMs) return step({ ...switchedOff, disabledReason: 'FAILING' }, true);

  const warningCount = Math.max(before.warningCount, warningsDue(failingMs, disableAfterMs));
  if (before.failingSince !== null && warningCount === before.warningCount) return null;
  return step({ ...before, failingSince, warningCount }, warningCount > before.warningCount);
}

/** How many warnings there should have been after so long. */
function warningsDue(failingMs: number, disableAfterMs: number): number {
  const stepMs = disableAfterMs / WARNING_LIMIT;
  const firstMs = Math.min(TOLD_AFTER_MS, stepMs);
  if (failingMs < firstMs) return 0;
  // Where the steps are shorter than a minute, the first warning is given at the first of them.
  return Math.min(Math.floor(failingMs / stepMs) + (firstMs < stepMs ? 1 : 0), WARNING_LIMIT);
}
