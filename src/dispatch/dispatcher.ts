import type { Clock } from '../clock.js';
import type { Tables } from '../database/connect.js';
import type { Log } from '../log.js';
import type { Recorder } from '../record/recorder.js';
import type { AttemptToRecord } from '../record/record-attempts.js';
import type { NextState } from '../record/next-state.js';
import type { OpenDelivery, SentAttempt, Target } from '../send/attempt.js';
import { Lane, QUEUE_LIMIT } from './lane.js';
import { readHooksWithOpenDeliveries, readOpenDeliveries } from './read-open-deliveries.js';
import type { Targets } from './targets.js';

export interface DispatcherOptions {
  /** Outside of any transaction. */
  db: () => Tables;
  clock: Clock;
  log: Log;
  targets: Targets;
  send: (delivery: OpenDelivery, target: Target) => Promise<SentAttempt>;
  recorder: Pick<Recorder, 'judge' | 'record'>;
}

/** How many attempts are on the wire at once, at most. */
const IN_FLIGHT_LIMIT = 512;

/** How much payload waits in memory, in characters; past it, new deliveries wait in the table. */
const QUEUED_LIMIT = 64 * 1024 * 1024;

/** What a page brings while memory is at its bound: little, so that every hook goes on. */
const SMALL_PAGE = 4;

/** How long to wait before the database is asked again after it failed, in milliseconds. */
const DATABASE_PAUSE_MS = 1000;

/**
 * Takes each due delivery up, once at a time, in turns among hooks. It keeps one lane for each hook that has open
 * deliveries; the deliveries table is the queue behind them, and taking one up writes nothing: after a crash, what is
 * open in the table is due again.
 */
export class Dispatcher {
  readonly #options: DispatcherOptions;
  readonly #lanes = new Map<string, Lane>();
  /** The lanes that can start an attempt, in the order of their turns. */
  readonly #turns = new Set<Lane>();
  readonly #attempts = new Set<Promise<void>>();
  #queuedSize = 0;
  #isStarted = false;
  #isStopped = false;
  #isAbandoned = false;
  #wakeAt = Infinity;
  #cancelWake = () => {};

  constructor(options: DispatcherOptions) {
    this.#options = options;
  }

  /** Takes up what the table holds. */
  async start(): Promise<void> {
    this.#isStarted = true;
    for (const { hookId, dueAt } of await readHooksWithOpenDeliveries(this.#options.db())) this.#noteDue(this.#laneOf(hookId), dueAt);
  }

  /** Takes in deliveries that were published just now, in memory where there is room and nothing is overtaken. */
  accept(deliveries: readonly OpenDelivery[]): void {
    // They are on disk, where the start finds them.
    if (!this.#isStarted) return;

    const now = this.#options.clock.now();
    for (const delivery of deliveries) {
      const lane = this.#laneOf(delivery.hookId);
      if (lane.hasRoom(now) && this.#queuedSize < QUEUED_LIMIT) this.#enqueue(lane, delivery);
      else this.#noteDue(lane, now);
    }
    this.#fill();
  }

  /** Forgets what waits for hooks that were removed. */
  drop(hookIds: readonly string[]): void {
    for (const hookId of hookIds) {
      const lane = this.#lanes.get(hookId);
      if (lane === undefined) continue;
      for (const delivery of lane.clear()) this.#queuedSize -= sizeOf(delivery);
      this.#turns.delete(lane);
      this.#tidy(lane);
    }
  }

  get inFlightCount(): number {
    return this.#attempts.size;
  }

  /**
   * Starts nothing new and waits for the attempts on the wire to be recorded, at most `timeoutMs`. What is left then is
   * not recorded: it is open in the table and is sent again after the next start. Answers with how many that were.
   */
  async stop(timeoutMs: number): Promise<number> {
    this.#isStopped = true;
    this.#cancelWake();
    const { promise: timeout, resolve } = Promise.withResolvers<void>();
    const cancel = this.#options.clock.after(timeoutMs, resolve);
    await Promise.race([Promise.all(this.#attempts), timeout]);
    cancel();
    this.#isAbandoned = true;
    return this.#attempts.size;
  }

  #laneOf(hookId: string): Lane {
    let lane = this.#lanes.get(hookId);
    if (lane === undefined) {
      lane = new Lane(hookId);
      this.#lanes.set(hookId, lane);
    }
    return lane;
  }

  #enqueue(lane: Lane, delivery: OpenDelivery): void {
    lane.push(delivery);
    this.#queuedSize += sizeOf(delivery);
    if (lane.canStart) this.#turns.add(lane);
  }

  /** Starts attempts, one for each lane in turn, while there is room. */
  #fill(): void {
    while (!this.#isStopped && this.#attempts.size < IN_FLIGHT_LIMIT) {
      const lane = this.#turns.values().next().value;
      if (lane === undefined) return;
      this.#turns.delete(lane);
      const delivery = lane.start();
      this.#queuedSize -= sizeOf(delivery);
      if (lane.canStart) this.#turns.add(lane);
      const attempt = this.#attempt(lane, delivery).finally(() => {
        this.#attempts.delete(attempt);
        lane.end(delivery.deliveryId);
        this.#readWhereWanted(lane);
        if (lane.canStart) this.#turns.add(lane);
        this.#tidy(lane);
        this.#fill();
      });
      this.#attempts.add(attempt);
    }
  }

  async #attempt(lane: Lane, delivery: OpenDelivery): Promise<void> {
    const { targets, send, recorder, log, clock } = this.#options;
    try {
      const target = await targets.targetOf(delivery.hookId);
      if (target === null) return;

      const sent = await send(delivery, target);
      if (this.#isAbandoned) return;

      const attempt = recorder.judge(delivery, sent);
      const next = await this.#recordUntilWritten(attempt);
      log.info(factsOf(attempt, next), 'delivery.attempted');
      if (next?.nextAttemptAt != null) this.#noteDue(lane, next.nextAttemptAt);
    } catch (error) {
      // A receiver's doings never come here: this is a fault of the database or of ours. The delivery is still open.
      log.error({ err: error, deliveryId: delivery.deliveryId }, 'attempt.broken');
      this.#noteDue(lane, clock.now() + DATABASE_PAUSE_MS);
    }
  }

  /** What an attempt came to is not dropped because the database fails: the attempt keeps its place until it is written. */
  async #recordUntilWritten(attempt: AttemptToRecord): Promise<NextState | null> {
    for (;;) {
      try {
        return await this.#options.recorder.record(attempt);
      } catch (error) {
        if (this.#isAbandoned) throw error;
        this.#options.log.error({ err: error, deliveryId: attempt.delivery.deliveryId }, 'attempt.unrecorded');
        await this.#pause(DATABASE_PAUSE_MS);
      }
    }
  }

  #noteDue(lane: Lane, dueAt: number): void {
    lane.noteDue(dueAt);
    if (dueAt <= this.#options.clock.now()) this.#readWhereWanted(lane);
    else this.#wakeBy(dueAt);
  }

  #readWhereWanted(lane: Lane): void {
    if (!this.#isStopped && lane.wantsPage(this.#options.clock.now())) void this.#readPage(lane);
  }

  /** Brings a lane's next due deliveries from the table, as many as it has room for. */
  async #readPage(lane: Lane): Promise<void> {
    const { db, clock, log } = this.#options;
    const room = this.#queuedSize < QUEUED_LIMIT ? QUEUE_LIMIT - lane.queueLength : SMALL_PAGE;
    const limit = room + lane.queueLength + lane.inFlightCount;
    lane.beginReading();
    try {
      const page = await readOpenDeliveries(db(), lane.hookId, limit);
      const now = clock.now();
      const held = lane.heldIds();
      const firstLater = page.find(({ dueAt }) => dueAt > now);
      for (const delivery of page) {
        if (delivery.dueAt <= now && !held.has(delivery.deliveryId)) this.#enqueue(lane, delivery);
      }
      if (firstLater !== undefined) lane.noteDue(firstLater.dueAt);
      else if (page.length === limit) lane.noteDue(now);
    } catch (error) {
      log.error({ err: error, hookId: lane.hookId }, 'deliveries.unread');
      lane.noteDue(clock.now() + DATABASE_PAUSE_MS);
    }
    lane.endReading();
    // What is in memory brings the next page when it ends; where nothing is, it is read now or when it is due.
    const isBusy = lane.queueLength + lane.inFlightCount > 0;
    if (lane.dueAt !== null && !(isBusy && lane.dueAt <= clock.now())) this.#noteDue(lane, lane.dueAt);
    this.#tidy(lane);
    this.#fill();
  }

  /** Lets go of a lane of which nothing is left to know. */
  #tidy(lane: Lane): void {
    if (lane.isIdle && this.#lanes.get(lane.hookId) === lane) this.#lanes.delete(lane.hookId);
  }

  #wakeBy(at: number): void {
    if (this.#isStopped || at >= this.#wakeAt) return;
    this.#cancelWake();
    this.#wakeAt = at;
    this.#cancelWake = this.#options.clock.after(at - this.#options.clock.now(), () => this.#wake());
  }

  #wake(): void {
    this.#wakeAt = Infinity;
    const now = this.#options.clock.now();
    for (const lane of this.#lanes.values()) {
      if (lane.dueAt === null) continue;
      if (lane.dueAt > now) this.#wakeBy(lane.dueAt);
      else this.#readWhereWanted(lane);
    }
  }

  #pause(ms: number): Promise<void> {
    const { promise, resolve } = Promise.withResolvers<void>();
    this.#options.clock.after(ms, resolve);
    return promise;
  }
}

function sizeOf(delivery: OpenDelivery): number {
  return delivery.event.payload.length;
}

function factsOf({ delivery, number, sent, next: planned }: AttemptToRecord, next: NextState | null) {
  const { outcome } = sent;
  return {
    organizationId: delivery.event.organizationId,
    webhookId: delivery.webhookId,
    hookId: delivery.hookId,
    eventId: delivery.event.id,
    deliveryId: delivery.deliveryId,
    type: delivery.event.type,
    number,
    durationMs: Math.round(sent.durationMs),
    outcome: outcome.kind,
    httpStatus: outcome.kind === 'RESPONSE_RECEIVED' ? outcome.status : undefined,
    status: next?.status ?? 'CANCELLED',
    nextAttemptAt: next === null ? undefined : planned.nextAttemptAt,
  };
}
