import type { Clock } from '../clock.js';
import { UnavailableError } from '../errors.js';
import { FailureKindsLog, FailureLog } from '../failure-log.js';
import type { Tenure } from '../leadership-board.js';
import type { Log } from '../log.js';
import type { AttemptToRecord, Recorded } from '../record/record-attempts.js';
import type { Recorder } from '../record/recorder.js';
import type { AttemptReport, OpenDelivery, Target } from '../send/attempt.js';
import { attemptFacts } from './attempt-facts.js';
import type { BacklogKind } from './backlog.js';
import type { Lane } from './lane.js';

export interface AttemptRunnerOptions {
  clock: Clock;
  log: Log;
  /** Null where the tenure was over before anything was sent. */
  send: (delivery: OpenDelivery, target: Target, tenure: Tenure) => Promise<AttemptReport | null>;
  recorder: Pick<Recorder, 'judge' | 'record'>;
  /** Told, as soon as an attempt has ended and before it is recorded, of the lane that may be served otherwise by it. */
  learned: (lane: Lane) => void;
}

/** How one attempt stands to the rest. */
export interface AttemptTies {
  /** Gives its place on the wire to the next, before it is recorded. */
  leaveWire: () => void;
}

/** When something of a kind is due in the table. */
export interface Due {
  kind: BacklogKind;
  dueAt: number;
}

/** How long to wait before a result is written once more, in milliseconds. */
const RECORD_PAUSE_MS = 1000;

/** How many times a result that the database does not take for a fault of its own is tried, and how long its hook rests then. */
const FAULT_LIMIT = 3;
const FAULT_PAUSE_MS = 60_000;

/** One attempt from the lane to the record. */
export class AttemptRunner {
  readonly #options: AttemptRunnerOptions;
  /** In an outage each attempt that has ended is tried to be written once a second. */
  readonly #unrecorded: FailureLog;
  readonly #broken: FailureKindsLog;
  #isAbandoned = false;

  constructor(options: AttemptRunnerOptions) {
    this.#options = options;
    const { log, clock } = options;
    this.#unrecorded = new FailureLog({ log, clock, line: 'attempt.unrecorded', level: 'error' });
    this.#broken = new FailureKindsLog({ log, clock, line: 'attempt.broken', level: 'error' });
  }

  /** Records nothing any more that is not being written already. */
  abandon(): void {
    this.#isAbandoned = true;
  }

  /** Sends, and records what came of it. Answers with what is due in the table by it. Never rejects. */
  async run(lane: Lane, delivery: OpenDelivery, { leaveWire }: AttemptTies): Promise<Due[]> {
    const { send, log, clock, recorder } = this.#options;
    try {
      const report = await send(delivery, lane.hook!.target, lane.tenure);
      if (this.#isAbandoned) return [];
      if (report === null) return allDueNow(lane);
      // One that came to nothing keeps its place until it is recorded: several at once say more of the receiver than the first of them.
      if (report.outcome.kind === 'RESPONSE_RECEIVED') leaveWire();

      const { hook } = lane;
      const attempt = recorder.judge(delivery, report, lane.health!, lane.epoch);
      this.#learn(lane, attempt);
      const recorded = await this.#recordUntilWritten(attempt);
      if (recorded === null) {
        log.warn({ deliveryId: delivery.deliveryId, hookId: lane.hookId, epoch: lane.epoch }, 'attempt.superseded');
        return [];
      }
      log.info(attemptFacts(attempt, recorded), 'delivery.attempted');
      // A hook that was read anew in between came without what was being written.
      if (recorded.healthIsOutdated || (attempt.health !== null && lane.hook !== hook)) lane.outdate();
      if (recorded.next?.nextAttemptAt != null) return [{ kind: 'RETRYING', dueAt: recorded.next.nextAttemptAt }];
      return delivery.orderingKey === null ? [] : [{ kind: 'PENDING', dueAt: 0 }];
    } catch (error) {
      // A receiver's doings never come here: this is a fault of ours. The delivery is still open, and would be sent again at once.
      this.#broken.failed(error, { deliveryId: delivery.deliveryId });
      lane.pace.rest(FAULT_PAUSE_MS, clock.now());
      lane.outdate();
      return allDueNow(lane);
    }
  }

  /** What an attempt says of its hook holds at once, before it is written: the next attempt may be about to start. */
  #learn(lane: Lane, { delivery, report, askedWaitMs, health }: AttemptToRecord): void {
    const { log, clock, learned } = this.#options;
    const about = { hookId: lane.hookId, webhookId: delivery.webhookId, organizationId: delivery.event.organizationId };
    const circuit = lane.pace.ended({ ...report, askedWaitMs }, clock.now());
    if (circuit === 'OPENED') log.warn(about, 'circuit.opened');
    if (circuit === 'CLOSED') log.info(about, 'circuit.closed');
    if (health !== null) {
      lane.health = health.after;
      if (health.after.status === 'DISABLED') log.warn({ ...about, reason: health.after.disabledReason }, 'hook.disabled');
    }
    learned(lane);
  }

  /**
   * What an attempt came to is not dropped because the database fails: the attempt keeps its place until it is written. Only
   * a fault of its own, which trying again does not mend, ends that.
   */
  async #recordUntilWritten(attempt: AttemptToRecord): Promise<Recorded | null> {
    for (let faultCount = 0; ;) {
      try {
        return await this.#options.recorder.record(attempt);
      } catch (error) {
        if (!(error instanceof UnavailableError)) faultCount += 1;
        if (this.#isAbandoned || faultCount === FAULT_LIMIT) throw error;
        this.#unrecorded.failed(error, { deliveryId: attempt.delivery.deliveryId });
        await this.#pause(RECORD_PAUSE_MS);
      }
    }
  }

  #pause(ms: number): Promise<void> {
    const { promise, resolve } = Promise.withResolvers<void>();
    this.#options.clock.after(ms, resolve);
    return promise;
  }
}

function allDueNow(lane: Lane): Due[] {
  return lane.backlogs.map(({ kind }) => ({ kind, dueAt: 0 }));
}
