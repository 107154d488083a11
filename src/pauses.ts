import type { Clock } from './clock.js';

/** Pauses between the steps of a work, so that others come in between or something gathers. They are over once the work is stopped. */
export class Pauses {
  readonly #clock: Clock;
  readonly #ms: number;
  #isStopped = false;
  #end = () => {};

  /** Each takes `ms` milliseconds. */
  constructor(clock: Clock, ms: number) {
    this.#clock = clock;
    this.#ms = ms;
  }

  get isStopped(): boolean {
    return this.#isStopped;
  }

  /** Answers after the time, or when the work is stopped. One at a time. */
  async wait(): Promise<void> {
    if (this.#isStopped) return;
    const { promise, resolve } = Promise.withResolvers<void>();
    const cancel = this.#clock.after(this.#ms, resolve);
    this.#end = () => {
      cancel();
      resolve();
    };
    await promise;
  }

  stop(): void {
    this.#isStopped = true;
    this.#end();
  }
}
