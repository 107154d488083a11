import { ManualClock } from '../support/manual-clock.js';

/** What counts as a pause between two steps, in milliseconds. */
const LONGEST_PAUSE_MS = 100;

/** A manual clock on which pauses between steps pass by themselves; minutes and hours come when a test moves it. */
export class HurriedClock extends ManualClock {
  readonly #waiting = new Map<number, () => void>();

  override after(ms: number, run: () => void): () => void {
    if (ms <= LONGEST_PAUSE_MS) {
      const turn = setImmediate(run);
      return () => clearImmediate(turn);
    }
    this.#waiting.get(ms)?.();
    return super.after(ms, run);
  }

  /** When a timer of exactly `ms` is set the next time: one that is set at the end of a pass tells of it. */
  timerSet(ms: number): Promise<void> {
    const { promise, resolve } = Promise.withResolvers<void>();
    this.#waiting.set(ms, resolve);
    return promise;
  }
}
