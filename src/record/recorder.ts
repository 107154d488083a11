import type { Clock } from '../clock.js';
import type { WriteOne, Writes } from '../database/writes.js';
import type { NewId } from '../ids.js';
import type { Random } from '../random.js';
import type { OpenDelivery, SentAttempt } from '../send/attempt.js';
import type { Feed } from '../watch/feed.js';
import { type NextState, nextState } from './next-state.js';
import { type AttemptToRecord, recordAttempts } from './record-attempts.js';

export interface RecorderOptions {
  writes: Writes;
  feed: Pick<Feed, 'append'>;
  clock: Clock;
  random: Random;
  newId: NewId;
  retryScheduleMs: readonly number[];
}

/** Writes what attempts came to. */
export class Recorder {
  readonly #options: RecorderOptions;
  readonly #write: WriteOne<AttemptToRecord, NextState | null>;

  constructor(options: RecorderOptions) {
    this.#options = options;
    this.#write = options.writes.lane(recordAttempts(options.feed));
  }

  /** Decides what an attempt makes of its delivery; recording it any number of times comes to the same. */
  judge(delivery: OpenDelivery, sent: SentAttempt): AttemptToRecord {
    const { clock, newId, random, retryScheduleMs } = this.#options;
    const number = delivery.attemptCount + 1;
    const endedAt = clock.now();
    const next = nextState({ outcome: sent.outcome, number, endedAt }, retryScheduleMs, random.fraction());
    return { id: newId(), delivery, number, sent, endedAt, next };
  }

  /**
   * Writes the attempt and the delivery's next state. Answers, once both are on disk, with the next state; null when the
   * delivery was cancelled while the attempt was on the wire: then the attempt is kept and the state stays.
   */
  record(attempt: AttemptToRecord): Promise<NextState | null> {
    return this.#write(attempt);
  }
}
