import type { FailureLog } from './failure-log.js';

/**
 * Does a piece of work whenever it is asked to, one at a time, and once more where it was asked meanwhile: what was asked for
 * is done by a run that began afterwards. One that fails is logged, and done again when it is asked for the next time.
 */
export class CatchUp {
  readonly #work: () => Promise<void>;
  readonly #failures: FailureLog;
  #running: Promise<void> | undefined;
  #isAsked = false;
  #isClosed = false;

  constructor(work: () => Promise<void>, failures: FailureLog) {
    this.#work = work;
    this.#failures = failures;
  }

  /** Answers when what is asked for is done, or has failed. */
  ask(): Promise<void> {
    this.#isAsked = true;
    this.#running ??= this.#run();
    return this.#running;
  }

  /** Does nothing more; the run that is under way may come to its end, and nobody hears how. */
  close(): void {
    this.#isClosed = true;
  }

  async #run(): Promise<void> {
    while (this.#isAsked && !this.#isClosed) {
      this.#isAsked = false;
      try {
        await this.#work();
        this.#failures.succeeded();
      } catch (error) {
        if (!this.#isClosed) this.#failures.failed(error);
      }
    }
    // In the same step as the look: what is asked for from now on begins a new run.
    this.#running = undefined;
  }
}
