import type { Clock } from '../clock.js';
import type { WriteOne, Writes } from '../database/writes.js';
import type { HealthColumns } from '../entities/hook-health.js';
import type { NewId } from '../ids.js';
import type { Random } from '../random.js';
import type { AttemptReport, OpenDelivery } from '../send/attempt.js';
import { askedWaitMs } from './asked-wait.js';
import { nextHealth } from './next-health.js';
import { nextState } from './next-state.js';
import { type AttemptToRecord, recordAttempts, type RecordAttemptsOptions, type Recorded } from './record-attempts.js';

export interface RecorderOptions extends RecordAttemptsOptions {
  writes: Writes;
  clock: Clock;
  random: Random;
  newId: NewId;
  retryScheduleMs: readonly number[];
  /** How long a hook may fail before it is switched off. */
  disableAfterMs: number;
}

/** Decides what attempts come to, and writes it. */
export class Recorder {
  readonly #options: RecorderOptions;
  readonly #write: WriteOne<AttemptToRecord, Recorded | null>;

  constructor(options: RecorderOptions) {
    this.#options = options;
    this.#write = options.writes.plannedLane(recordAttempts(options));
  }

  /** Decides what an attempt makes of its delivery and of its hook; recording it any number of times comes to the same. */
  judge(delivery: OpenDelivery, report: AttemptReport, hook: HealthColumns, epoch: number): AttemptToRecord {
    const { clock, newId, random, retryScheduleMs, disableAfterMs } = this.#options;
    const { outcome, startedAt } = report;
    const number = delivery.attemptCount + 1;
    const endedAt = clock.now();
    const askedWait = askedWaitMs(outcome, endedAt);
    const next = nextState({ outcome, number, endedAt, askedWaitMs: askedWait }, retryScheduleMs, random.fraction());
    const health = nextHealth(hook, { outcome, startedAt, endedAt }, disableAfterMs);
    return { id: newId(), epoch, delivery, number, report, endedAt, next, health, askedWaitMs: askedWait };
  }

  /**
   * Writes the attempt and what it comes to. Answers once all of it is on disk; with null where another server leads the
   * hook by now, and nothing was written.
   */
  record(attempt: AttemptToRecord): Promise<Recorded | null> {
    return this.#write(attempt);
  }
}
