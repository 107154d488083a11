import type { Tables } from '../database/connect.js';
import type { OpenDelivery } from '../send/attempt.js';
import { Alarms } from './alarms.js';
import { AttemptRunner, type AttemptRunnerOptions } from './attempt-runner.js';
import type { Backlog } from './backlog.js';
import { readHookToServe } from './hook-to-serve.js';
import type { Lane } from './lane.js';
import { Lanes } from './lanes.js';
import { readHooksWithOpenDeliveries, readOpenDeliveries } from './read-open-deliveries.js';
import { Turns } from './turns.js';

export interface DispatcherOptions extends Omit<AttemptRunnerOptions, 'learned'> {
  /** Outside of any transaction. */
  db: () => Tables;
  /** How many attempts are on the wire at once, at most. */
  inFlightLimit: number;
  /** Whether results could not be written at the moment: then nothing new is begun. */
  isStorageFailing: () => boolean;
}

/** How much payload waits in memory, in characters; past it, deliveries wait in the table. */
const QUEUED_LIMIT = 64 * 1024 * 1024;

/** How many deliveries a hook may have in memory while that is at its bound: few, so that every hook goes on. */
const LEAST_DEPTH = 4;

/** How long to wait before the database is asked again after it failed, in milliseconds. */
const DATABASE_PAUSE_MS = 1000;

/**
 * Takes each due delivery up, once at a time, in turns among hooks and at the pace of each. It keeps a lane for each hook
 * that has open deliveries; the deliveries table is the queue behind them, and taking one up writes nothing: after a crash,
 * what is open in the table is due again.
 */
export class Dispatcher {
  readonly #options: DispatcherOptions;
  readonly #lanes = new Lanes();
  readonly #turns: Turns;
  readonly #alarms: Alarms;
  readonly #runner: AttemptRunner;
  readonly #attempts = new Set<Promise<void>>();
  #queuedSize = 0;
  #isStarted = false;
  #isStopped = false;

  constructor(options: DispatcherOptions) {
    this.#options = options;
    this.#runner = new AttemptRunner({ ...options, learned: (lane) => this.#look([lane]) });
    this.#turns = new Turns(options.inFlightLimit);
    this.#alarms = new Alarms(options.clock, (lanes) => this.#look(lanes));
  }

  /** Takes up what the table holds. */
  async start(): Promise<void> {
    this.#isStarted = true;
    const lanes = (await readHooksWithOpenDeliveries(this.#options.db())).map(({ hookId, kind, dueAt }) => {
      const lane = this.#lanes.of(hookId);
      lane.backlog(kind).noteDue(dueAt);
      return lane;
    });
    this.#look(lanes);
  }

  /** Takes in deliveries that were published just now, in memory where there is room and nothing is overtaken. */
  accept(deliveries: readonly OpenDelivery[]): void {
    // They are on disk, where the start finds them.
    if (!this.#isStarted) return;

    const now = this.#options.clock.now();
    const lanes = new Set<Lane>();
    for (const delivery of deliveries) {
      const lane = this.#lanes.of(delivery.hookId);
      // Those of a paused hook wait in the table.
      if (lane.isHeld) continue;
      if (lane.pending.hasRoom(now, this.#depthOf(lane))) this.#enqueue(lane.pending, delivery);
      else lane.pending.noteDue(0);
      lanes.add(lane);
    }
    this.#look(lanes);
  }

  /** Reads these hooks anew: they were changed, paused, removed. */
  refresh(hookIds: readonly string[]): void {
    const lanes = hookIds.map((hookId) => this.#lanes.find(hookId)).filter((lane) => lane !== undefined);
    for (const lane of lanes) lane.outdate();
    this.#look(lanes);
  }

  /** Goes on with a hook that was paused or disabled: slowly at first, since much may have gathered. */
  resume(hookId: string): void {
    const lane = this.#lanes.of(hookId);
    lane.outdate();
    lane.pace.startSlowly();
    this.takeUp([hookId]);
  }

  /** Takes up deliveries of these hooks that have become due in the table. */
  takeUp(hookIds: readonly string[]): void {
    if (!this.#isStarted) return;
    const lanes = hookIds.map((hookId) => this.#lanes.of(hookId));
    for (const backlog of lanes.flatMap((lane) => lane.backlogs)) backlog.noteDue(0);
    this.#look(lanes);
  }

  /** Forgets a delivery that is not to be attempted any more. */
  forget({ hookId, deliveryId }: { hookId: string; deliveryId: string }): void {
    const lane = this.#lanes.find(hookId);
    const forgotten = lane?.remove(deliveryId);
    if (lane === undefined || forgotten === undefined) return;
    this.#letGo([forgotten]);
    this.#look([lane]);
  }

  /** Begins again after a time in which results could not be written. */
  goOn(): void {
    this.#fill();
  }

  /**
   * Starts nothing new and waits for the attempts on the wire to be recorded, at most `timeoutMs`. What is left then is
   * not recorded: it is open in the table and is sent again after the next start. Answers with how many that were.
   */
  async stop(timeoutMs: number): Promise<number> {
    this.#isStopped = true;
    this.#alarms.stop();
    const { promise: timeout, resolve } = Promise.withResolvers<void>();
    const cancel = this.#options.clock.after(timeoutMs, resolve);
    await Promise.race([Promise.all(this.#attempts), timeout]);
    cancel();
    this.#runner.abandon();
    return this.#attempts.size;
  }

  /** Looks after lanes that may have something to do, then starts what may be started. */
  #look(lanes: Iterable<Lane>): void {
    for (const lane of lanes) this.#lookAfter(lane);
    this.#fill();
  }

  #lookAfter(lane: Lane): void {
    if (this.#isStopped) return;
    const now = this.#options.clock.now();
    const opensAt = lane.pace.opensAt(now);
    if (lane.isHeld) this.#letGo(lane.clear());
    else if (lane.pace.isProbing) this.#letGo(lane.leaveToTable());
    this.#turns.place(lane, opensAt <= now);
    if (lane.hook === null) {
      if (lane.hasBacklog) void this.#load(lane);
    } else if (lane.isServed) {
      if (lane.hasQueued && opensAt > now) this.#alarms.set(lane, opensAt);
      for (const backlog of lane.backlogs) {
        if (backlog.wantsPage(now, this.#depthOf(lane))) void this.#readPage(lane, backlog);
        else if (backlog.dueAt !== null && backlog.dueAt > now) this.#alarms.set(lane, backlog.dueAt);
      }
    }
    this.#lanes.tidy(lane);
  }

  /** Starts attempts while there is room. */
  #fill(): void {
    while (!this.#isStopped && !this.#options.isStorageFailing()) {
      const turn = this.#turns.next();
      if (turn === undefined) return;
      const { lane, kind, share } = turn;
      const delivery = lane.start(kind);
      this.#letGo([delivery]);
      lane.pace.started(this.#options.clock.now());
      const attempt = this.#runner.run(lane, delivery).then((due) => {
        this.#attempts.delete(attempt);
        this.#turns.ended(share);
        // First it ends, then what is due is noted: a page read in between would take it for being on the wire still.
        lane.end(delivery.deliveryId);
        for (const { kind: dueKind, dueAt } of due) lane.backlog(dueKind).noteDue(dueAt);
        this.#look([lane]);
      });
      this.#attempts.add(attempt);
      this.#lookAfter(lane);
    }
  }

  /** Reads the hook of a lane that has something to do. */
  async #load(lane: Lane): Promise<void> {
    if (lane.isLoading) return;
    lane.isLoading = true;
    const { version } = lane;
    try {
      const hook = await readHookToServe(this.#options.db(), lane.hookId);
      if (lane.version === version) {
        // What waits in memory for a hook that is removed is let go of; in the table it is as it should be.
        if (hook === null) this.#letGo(lane.clear());
        else lane.serve(hook);
      }
    } catch (error) {
      this.#options.log.error({ err: error, hookId: lane.hookId }, 'hook.unread');
      lane.isLoading = false;
      this.#alarms.set(lane, this.#options.clock.now() + DATABASE_PAUSE_MS);
      return;
    }
    lane.isLoading = false;
    this.#look([lane]);
  }

  /** Brings a lane's next due deliveries from the table, as many as it has room for. */
  async #readPage(lane: Lane, backlog: Backlog): Promise<void> {
    const { db, clock, log } = this.#options;
    const limit = this.#depthOf(lane) + lane.inFlightCount;
    backlog.beginReading();
    try {
      const page = await readOpenDeliveries(db(), lane.hookId, backlog.kind, limit);
      const now = clock.now();
      const firstLater = page.find(({ dueAt }) => dueAt > now);
      for (const delivery of page) {
        if (delivery.dueAt <= now && !lane.knows(delivery.deliveryId)) this.#enqueue(backlog, delivery);
      }
      if (firstLater !== undefined) backlog.noteDue(firstLater.dueAt);
      else if (page.length === limit) backlog.noteDue(0);
    } catch (error) {
      log.error({ err: error, hookId: lane.hookId }, 'deliveries.unread');
      backlog.noteDue(clock.now() + DATABASE_PAUSE_MS);
    }
    backlog.endReading();
    this.#look([lane]);
  }

  /** How many deliveries of each kind a lane may hold in memory. */
  #depthOf(lane: Lane): number {
    return this.#queuedSize < QUEUED_LIMIT ? lane.depth : Math.min(LEAST_DEPTH, lane.depth);
  }

  #enqueue(backlog: Backlog, delivery: OpenDelivery): void {
    backlog.queue.push(delivery);
    this.#queuedSize += sizeOf(delivery);
  }

  /** Counts deliveries that have left the queues. */
  #letGo(deliveries: readonly OpenDelivery[]): void {
    for (const delivery of deliveries) this.#queuedSize -= sizeOf(delivery);
  }
}

function sizeOf(delivery: OpenDelivery): number {
  return delivery.event.payload.length;
}
