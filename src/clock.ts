/** The only source of time. Everything that reads the time or waits takes one of these, so tests can move it by hand. */
export interface Clock {
  /** Milliseconds since the Unix epoch. */
  now(): number;
  /** Milliseconds since some moment, the same for the life of the process and for all its threads. It never goes back, whoever corrects the time. */
  elapsed(): number;
  /** Runs `run` once, `ms` milliseconds from now at the soonest. The returned function calls it off; calling it late does nothing. */
  after(ms: number, run: () => void): () => void;
}

/** The longest delay that `setTimeout` takes; a longer one fires at once. */
const LONGEST_TIMER_MS = 2 ** 31 - 1;

export const systemClock: Clock = {
  now: () => Date.now(),
  // Not `performance.now()`, which counts from the beginning of each thread.
  elapsed() {
    const [seconds, nanoseconds] = process.hrtime();
    return seconds * 1000 + nanoseconds / 1e6;
  },
  after(ms, run) {
    const timer = setTimeout(run, Math.min(Math.max(ms, 0), LONGEST_TIMER_MS));
    return () => clearTimeout(timer);
  },
};
