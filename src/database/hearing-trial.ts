import type { Clock } from '../clock.js';
import type { Log } from '../log.js';
import { POOLER_ADVICE } from './pooler-advice.js';

export interface HearingTrialOptions {
  clock: Clock;
  log: Log;
  /** Tells something that only this server hears, if it hears anything. */
  say: () => Promise<void>;
}

/** How long after it was said something may take to be heard, in milliseconds. */
const LIMIT_MS = 5000;

/**
 * Whether a server hears what is told. Behind a transaction pooler `listen` is answered as anywhere, and then nothing comes,
 * since the connection that listens belongs to nobody between transactions. All goes on, by looking, but late; so it is logged.
 */
export class HearingTrial {
  readonly #options: HearingTrialOptions;
  #hasHeard = false;
  #saying: Promise<void> | undefined;
  #cancelTimer = () => {};

  constructor(options: HearingTrialOptions) {
    this.#options = options;
  }

  start(): void {
    this.end();
    this.#hasHeard = false;
    this.#saying = this.#say();
  }

  /** What was said was heard, or nobody waits for it any more. */
  end(): void {
    this.#hasHeard = true;
    this.#cancelTimer();
  }

  /** Ends it, and answers when nothing of it is under way at the database. */
  async close(): Promise<void> {
    this.end();
    await this.#saying;
  }

  /** Never throws: where nothing can be said, others tell of that. */
  async #say(): Promise<void> {
    const { clock, log, say } = this.#options;
    try {
      await say();
    } catch {
      return;
    }
    // What was said may have come before the answer.
    if (this.#hasHeard) return;
    this.#cancelTimer = clock.after(LIMIT_MS, () => log.warn({ advice: POOLER_ADVICE }, 'notifications.unheard'));
  }
}
