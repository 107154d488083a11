/** How far from its step a wait may be, either way, so that deliveries that failed together don't come back together. */
const JITTER = 0.2;

/**
 * How long to wait after `failedAttempts` failed attempts (from 1), in whole milliseconds; undefined when the schedule is
 * used up and the delivery has failed for good. `fraction` is a random number in [0, 1).
 */
export function retryDelayMs(scheduleMs: readonly number[], failedAttempts: number, fraction: number): number | undefined {
  const step = scheduleMs[failedAttempts - 1];
  return step === undefined ? undefined : Math.round(step * (1 - JITTER + 2 * JITTER * fraction));
}
