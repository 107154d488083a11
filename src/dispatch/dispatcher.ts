import { shardOf } from '../entities/shard.js';
import type { Leadership, LeadershipListener } from '../lead/leadership.js';
import type { NewSignal } from '../lead/tell-leaders.js';
import type { OpenDelivery } from '../send/attempt.js';
import { Alarms } from './alarms.js';
import { AttemptRunner, type AttemptRunnerOptions } from './attempt-runner.js';
import { BacklogFinder } from './backlog-finder.js';
import { Gathered } from './gathered.js';
import type { Lane } from './lane.js';
import { DATABASE_PAUSE_MS, LaneReader, type LaneReaderOptions } from './lane-reader.js';
import { Lanes } from './lanes.js';
import { Queued } from './queued.js';
import type { HookWithBacklog } from './read-open-deliveries.js';
import { ShardGate } from './shard-gate.js';
import { Turns } from './turns.js';

export interface DispatcherOptions extends Omit<AttemptRunnerOptions, 'learned'>, LaneReaderOptions {
  leadership: Leadership;
  /** How many attempts are on the wire at once, at most. */
  inFlightLimit: number;
  /** Whether results could not be written at the moment: then nothing new is begun. */
  isStorageFailing: () => boolean;
}

/**
 * Takes each due delivery of the hooks that this server leads up, once at a time, in turns among hooks and at the pace of
 * each. It keeps a lane for each hook that has open deliveries; the deliveries table is the queue behind them, and taking one
 * up writes nothing: after a crash, what is open in the table is due again.
 */
export class Dispatcher implements LeadershipListener {
  readonly #options: DispatcherOptions;
  readonly #lanes = new Lanes();
  readonly #queued = new Queued();
  readonly #reader: LaneReader;
  readonly #turns: Turns;
  readonly #alarms: Alarms;
  readonly #runner: AttemptRunner;
  /** Attempts on the wire, and those that are being recorded. */
  #attemptCount = 0;
  /** Told when none of them is left. */
  #noneUnderWay = () => {};
  readonly #gate: ShardGate;
  readonly #finder: BacklogFinder;
  /** When this server took shards over from another. */
  readonly #takenOverAt = new Map<number, number>();
  /** Lanes to look after: many attempts are reported together, and many recorded. */
  readonly #learned = new Gathered<Lane>((lanes) => this.#look(lanes));
  #isStarted = false;
  #isStopped = false;

  constructor(options: DispatcherOptions) {
    this.#options = options;
    this.#reader = new LaneReader(options, this.#queued);
    this.#runner = new AttemptRunner({ ...options, learned: (lane) => this.#learned.add(lane) });
    this.#turns = new Turns(options.inFlightLimit);
    const lanesOf = (shard: number) => this.#lanes.ofShards([shard]);
    this.#gate = new ShardGate({ clock: options.clock, lanesOf, look: (lanes) => this.#look(lanes) });
    this.#alarms = new Alarms(options.clock, (lanes) => this.#look(lanes));
    const isIdle = (hookId: string) => this.#lanes.find(hookId)?.isIdle ?? true;
    this.#finder = new BacklogFinder({ ...options, isIdle, found: (hooks) => this.#noteDue(hooks) });
  }

  /** Takes up what the table holds of these shards. */
  async taken(shards: readonly number[]): Promise<void> {
    this.#isStarted = true;
    // In its first epoch a shard had nobody before.
    const takenOver = shards.filter((shard) => (this.#options.leadership.epochOfShard(shard) ?? 0) > 1);
    for (const shard of takenOver) this.#takenOverAt.set(shard, this.#options.clock.now());
    await this.#finder.findOf(shards);
  }

  /** What was told of hooks meanwhile may have been passed over, and stands in the table. */
  async certain(shards: readonly number[]): Promise<void> {
    this.#look(this.#lanes.all());
    await this.#finder.findOf(shards);
  }

  /** Forgets all that it knows of these shards; what is on the wire ends by itself. */
  lost(shards: readonly number[]): void {
    for (const lane of this.#lanes.ofShards(shards)) {
      lane.isLost = true;
      this.#queued.letGo(lane.clear());
      this.#turns.place(lane, false);
      this.#lanes.drop(lane);
    }
    this.#gate.lost(shards);
  }

  async drain(shard: number): Promise<void> {
    await this.#gate.drain(shard);
  }

  keep(shard: number): void {
    this.#gate.open(shard);
  }

  /** Takes up first attempts that nobody has told of (`BacklogFinder`). */
  async sweep(isThorough: boolean): Promise<void> {
    await this.#finder.sweep(isThorough);
  }

  /**
   * Takes in deliveries that were published just now, in memory where there is room and nothing is overtaken. Answers with
   * the hooks that another server leads.
   */
  accept(deliveries: readonly OpenDelivery[]): string[] {
    const now = this.#options.clock.now();
    const lanes = new Set<Lane>();
    const ledElsewhere = new Set<string>();
    for (const delivery of deliveries) {
      const lane = this.#laneOf(delivery.hookId);
      if (lane === undefined) ledElsewhere.add(delivery.hookId);
      // Those of a paused hook wait in the table. And one may have been read there already: a commit can be seen before its answer is.
      if (lane === undefined || lane.isHeld || lane.knows(delivery.deliveryId)) continue;
      if (lane.pending.hasRoom(now, this.#queued.depthOf(lane))) this.#queued.enqueue(lane.pending, delivery);
      else lane.pending.noteDue(0);
      lanes.add(lane);
    }
    this.#look(lanes);
    return [...ledElsewhere];
  }

  /** Learns of what happened to hooks, right after it was committed. Those that it does not lead are nothing to it. */
  apply(signals: readonly NewSignal[]): void {
    for (const { kind, hookId, deliveryId } of signals) {
      switch (kind) {
        case 'REFRESH':
          this.#refresh(hookId);
          break;
        case 'RESUME':
          this.#resume(hookId);
          break;
        case 'DUE':
          this.takeUp([hookId]);
          break;
        case 'ENDED':
          this.#forget(hookId, deliveryId!);
          break;
      }
    }
  }

  /** Takes up deliveries of these hooks that have become due in the table. */
  takeUp(hookIds: readonly string[]): void {
    const lanes = hookIds.map((hookId) => this.#laneOf(hookId)).filter((lane) => lane !== undefined);
    for (const backlog of lanes.flatMap((lane) => lane.backlogs)) backlog.noteDue(0);
    this.#look(lanes);
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
    const { promise: over, resolve } = Promise.withResolvers<void>();
    const cancel = this.#options.clock.after(timeoutMs, resolve);
    this.#noneUnderWay = resolve;
    if (this.#attemptCount === 0) resolve();
    await over;
    cancel();
    this.#runner.abandon();
    return this.#attemptCount;
  }

  /**
   * The lane of a hook that this server leads; undefined where it does not. Before the start, all is on disk, where the start
   * finds it. One that is there learns of everything, also while it is not certain that the server leads it still.
   */
  #laneOf(hookId: string): Lane | undefined {
    const known = this.#lanes.find(hookId);
    if (known !== undefined) return known;
    const epoch = this.#isStarted ? this.#options.leadership.epochOf(hookId) : null;
    return epoch === null ? undefined : this.#lanes.of(hookId, epoch, this.#takenOverAt.get(shardOf(hookId)) ?? null);
  }

  #noteDue(hooks: readonly HookWithBacklog[]): void {
    const lanes = new Set<Lane>();
    for (const { hookId, kind, dueAt } of hooks) {
      const lane = this.#laneOf(hookId);
      lane?.backlog(kind).noteDue(dueAt);
      if (lane !== undefined) lanes.add(lane);
    }
    this.#look(lanes);
  }

  /** Reads the hook anew: it was changed, paused, removed. */
  #refresh(hookId: string): void {
    const lane = this.#lanes.find(hookId);
    if (lane === undefined) return;
    lane.outdate();
    this.#look([lane]);
  }

  /** Goes on with a hook that was paused or disabled: slowly at first, since much may have gathered. */
  #resume(hookId: string): void {
    const lane = this.#laneOf(hookId);
    if (lane === undefined) return;
    lane.outdate();
    lane.pace.startSlowly();
    this.takeUp([hookId]);
  }

  #forget(hookId: string, deliveryId: string): void {
    const lane = this.#lanes.find(hookId);
    const forgotten = lane?.remove(deliveryId);
    if (lane === undefined || forgotten === undefined) return;
    this.#queued.letGo([forgotten]);
    this.#look([lane]);
  }

  /** Looks after lanes that may have something to do, then starts what may be started. */
  #look(lanes: Iterable<Lane>): void {
    for (const lane of lanes) this.#lookAfter(lane);
    this.#fill();
  }

  #lookAfter(lane: Lane): void {
    if (this.#isStopped || lane.isLost) return;
    const now = this.#options.clock.now();
    const opensAt = lane.pace.opensAt(now);
    if (lane.isHeld) this.#queued.letGo(lane.clear());
    else if (lane.pace.isProbing) this.#queued.letGo(lane.leaveToTable());
    this.#turns.place(lane, opensAt <= now && !this.#gate.isClosed(lane.hookId));
    if (lane.hook === null) {
      if (lane.hasBacklog && !lane.isLoading) void this.#load(lane);
    } else if (lane.isServed) {
      if (lane.hasQueued && opensAt > now) this.#alarms.set(lane, opensAt);
      for (const backlog of lane.backlogs) {
        if (backlog.wantsPage(now, this.#queued.depthOf(lane))) void this.#reader.readPage(lane, backlog).then(() => this.#look([lane]));
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
      const { lane, kind } = turn;
      if (!this.#isOurs(lane)) {
        // It is looked after again once that is certain.
        this.#turns.ended(turn);
        continue;
      }
      const delivery = lane.start(kind);
      this.#queued.letGo([delivery]);
      lane.pace.started(this.#options.clock.now());
      const leaveWire = () => {
        lane.leaveWire(delivery.deliveryId);
        this.#turns.leaveWire(turn);
      };
      this.#attemptCount += 1;
      void this.#runner.run(lane, delivery, { leaveWire }).then((due) => {
        this.#attemptCount -= 1;
        this.#turns.ended(turn);
        // First it ends, then what is due is noted: a page read in between would take it for being on the wire still.
        lane.end(delivery.deliveryId);
        for (const { kind: dueKind, dueAt } of due) lane.backlog(dueKind).noteDue(dueAt);
        this.#learned.add(lane);
        this.#gate.attemptEnded();
        if (this.#attemptCount === 0) this.#noneUnderWay();
      });
      this.#lookAfter(lane);
    }
  }

  #isOurs(lane: Lane): boolean {
    return !lane.isLost && this.#options.leadership.epochOf(lane.hookId) === lane.epoch;
  }

  async #load(lane: Lane): Promise<void> {
    if (await this.#reader.readHook(lane)) this.#look([lane]);
    else this.#alarms.set(lane, this.#options.clock.now() + DATABASE_PAUSE_MS);
  }
}
