import type { Log } from './log.js';

/** Logs the first of a row of failures, and each further one for those who look closely, until it goes well again. */
export class FailureLog {
  readonly #log: Log;
  readonly #line: string;
  #isFailing = false;

  /** `line` is the log line's name. */
  constructor(log: Log, line: string) {
    this.#log = log;
    this.#line = line;
  }

  failed(error: unknown): void {
    this.#log[this.#isFailing ? 'debug' : 'warn']({ err: error }, this.#line);
    this.#isFailing = true;
  }

  succeeded(): void {
    this.#isFailing = false;
  }
}
