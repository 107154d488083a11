import type { Clock } from '../clock.js';

/** An end in time for something under way. */
export interface Deadline {
  /** Aborted when the time is up. */
  readonly signal: AbortSignal;
  /** To be called when the thing is over, in time or not. */
  cancel(): void;
}

/** Starts a deadline `ms` milliseconds from now. */
export function startDeadline(clock: Clock, ms: number): Deadline {
  const controller = new AbortController();
  const cancel = clock.after(ms, () => controller.abort());
  return { signal: controller.signal, cancel };
}
