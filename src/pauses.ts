import type { Clock } from './clock.js';

/** Pauses between the steps of a work, so that others come in between or something gathers. They are over once the work is stopped. */
export class Pauses {
  readonly #clock: Clock;
  #isStopped = false;
  #end = () => {};

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  get isStopped(): boolean {
    return this.#isStopped;
  }

  /** Answers after `ms` milliseconds, or when the work is stopped. One at a time. */
  async wait(ms: number): Promise<void> {
    if (this.#isStopped) return;
    const { promise, resolve } = Promise.withResolvers<void>();
    const cancel = this.#clock.after(ms, resolve);
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
