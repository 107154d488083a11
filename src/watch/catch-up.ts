import { FailureLog } from '../failure-log.js';
import type { Log } from '../log.js';

/**
 * Does a piece of work whenever it is asked to, one at a time, and once more where it was asked meanwhile: what was asked for
 * is done by a run that began afterwards. One that fails is logged, and done again when it is asked for the next time.
 */
export class CatchUp {
  readonly #work: () => Promise<void>;
  readonly #failures: FailureLog;
  #isRunning = false;
  #isAsked = false;
  #isClosed = false;

  constructor(work: () => Promise<void>, log: Log) {
    this.#work = work;
    this.#failures = new FailureLog(log, 'feed.interrupted');
  }

  ask(): void {
    this.#isAsked = true;
    if (!this.#isRunning) void this.#run();
  }

  /** Does nothing more; the run that is under way may come to its end, and nobody hears how. */
  close(): void {
    this.#isClosed = true;
  }

  async #run(): Promise<void> {
    this.#isRunning = true;
    while (this.#isAsked && !this.#isClosed) {
      this.#isAsked = false;
      try {
        await this.#work();
        this.#failures.succeeded();
      } catch (error) {
        if (!this.#isClosed) this.#failures.failed(error);
      }
    }
    this.#isRunning = false;
  }
}
