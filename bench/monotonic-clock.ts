import { type Clock, systemClock } from '../src/clock.js';

/**
 * Milliseconds on the machine's monotonic clock, with fractions. All processes of a machine read the same one, and nobody
 * sets it: a wall clock that is being corrected would put its correction into the latencies.
 */
export function monotonicNow(): number {
  return Number(process.hrtime.bigint()) / 1e6;
}

/** The monotonic clock as a `Clock`; its zero is the machine's, not the epoch. */
export const monotonicClock: Clock = { now: monotonicNow, elapsed: monotonicNow, after: (ms, run) => systemClock.after(ms, run) };
