import { ChurnMap } from '../churn-map.js';
import type { HealthColumns } from '../entities/hook-health.js';
import { isHeld } from '../entities/hook.js';
import { shardOf } from '../entities/shard.js';
import type { Tenure } from '../leadership-board.js';
import type { OpenDelivery } from '../send/attempt.js';
import { Backlog, type BacklogKind, QUEUE_LIMIT } from './backlog.js';
import type { HookToServe } from './hook-to-serve.js';
import { Pace } from './pace.js';
import type { Place } from './turns.js';

/**
 * How many windows of attempts a hook may have under way at most, those included that have their answer and are being recorded:
 * the next go out while these are written, but no more than that may have to be sent again after a crash.
 */
const WINDOWS_UNDER_WAY = 2;

/** Which part of a hook's window retries may have, so that first attempts always have room. */
const RETRY_SHARE = 3 / 4;

interface UnderWay {
  isRetry: boolean;
  isOnWire: boolean;
}

/** One hook, as the dispatcher serves it. */
export class Lane {
  readonly hookId: string;
  /** In which this server leads the hook; attempts are recorded in it. */
  readonly epoch: number;
  /** The same for what sends, which looks whether it still holds right before each request. */
  readonly tenure: Tenure;
  /** Until when another server may have served it, in milliseconds since the epoch; null where none has. */
  readonly takenOverAt: number | null;
  #isServedBefore = false;
  /** Whether another server leads the hook by now. */
  isLost = false;
  /** Whether it starts nothing more, since its shard is about to be given to another server. */
  isResting = false;
  readonly pending = new Backlog('PENDING');
  readonly retrying = new Backlog('RETRYING');
  readonly pace = new Pace();
  /** Null until it is read, and again when it was changed. */
  hook: HookToServe | null = null;
  /** How the hook is doing; null until it is read. It runs ahead of the table by what is being recorded. */
  health: HealthColumns | null = null;
  /** Rises when the hook was changed: what was read before is old. */
  version = 0;
  isLoading = false;
  /** When the dispatcher looks at it again by itself; infinite where it need not. */
  wakesAt = Infinity;
  /** The times at which an alarm of it is queued, the next one last; some may have been brought forward, and ring no more. */
  readonly queuedAlarms: number[] = [];
  /** Where it waits for its turn: `Turns` keeps it. */
  places: readonly Place[] = [];
  /** Attempts that are on the wire or being recorded, by their deliveries. */
  readonly #underWay = new ChurnMap<string, UnderWay>();
  #onWireCount = 0;
  #retriesOnWire = 0;
  #lastKind: BacklogKind = 'RETRYING';

  constructor(hookId: string, epoch = 0, takenOverAt: number | null = null) {
    this.hookId = hookId;
    this.epoch = epoch;
    this.tenure = { shard: shardOf(hookId), epoch };
    this.takenOverAt = takenOverAt;
  }

  /** Attempts on the wire. */
  get onWireCount(): number {
    return this.#onWireCount;
  }

  /** Attempts on the wire, and those that have ended there and are not recorded yet. */
  get underWayCount(): number {
    return this.#underWay.size;
  }

  get backlogs(): readonly [Backlog, Backlog] {
    return [this.pending, this.retrying];
  }

  /** Whether nothing is known of this hook that the table would not tell. */
  get isIdle(): boolean {
    return this.#underWay.size === 0 && this.pending.isEmpty && this.retrying.isEmpty && !this.isLoading;
  }

  /** Whether it is known that its deliveries wait for a person. */
  get isHeld(): boolean {
    return this.hook !== null && isHeld(this.health!.status);
  }

  /** Whether its deliveries may be sent at all. */
  get isServed(): boolean {
    return this.hook !== null && !this.isHeld;
  }

  /** Whether there is something to send, once it is known where. */
  get hasBacklog(): boolean {
    return this.backlogs.some(({ queue, dueAt }) => queue.length > 0 || dueAt !== null);
  }

  get hasQueued(): boolean {
    return this.pending.queue.length + this.retrying.queue.length > 0;
  }

  /** How many deliveries of each kind are worth to be held in memory. */
  get depth(): number {
    return this.pace.isProbing ? 1 : QUEUE_LIMIT;
  }

  /** The hook was changed: what is known of it is to be read anew. */
  outdate(): void {
    this.hook = null;
    this.version += 1;
  }

  backlog(kind: BacklogKind): Backlog {
    return kind === 'PENDING' ? this.pending : this.retrying;
  }

  /** Takes over what was read. */
  serve(hook: HookToServe): void {
    this.hook = hook;
    this.health = hook.health;
    this.pace.set(hook.ordering === 'STRICT' ? 1 : hook.inFlightLimit, hook.rateLimit);
    if (!this.#isServedBefore && this.takenOverAt !== null) this.pace.takeOver(this.takenOverAt, hook.rateLimit);
    this.#isServedBefore = true;
  }

  /** Of which kinds an attempt may be started, apart from the time. Where there is room for one, they take turns. */
  startableKinds(): BacklogKind[] {
    const { window } = this.pace;
    const room = Math.min(window - this.#onWireCount, WINDOWS_UNDER_WAY * window - this.#underWay.size);
    if (!this.isServed || this.isResting || this.isLost || room <= 0) return [];
    const retryLimit = Math.max(1, Math.floor(window * RETRY_SHARE));
    const kinds: BacklogKind[] = [];
    if (this.pending.queue.length > 0) kinds.push('PENDING');
    if (this.retrying.queue.length > 0 && this.#retriesOnWire < retryLimit) kinds.push('RETRYING');
    return room === 1 && kinds.length === 2 ? [this.#lastKind === 'PENDING' ? 'RETRYING' : 'PENDING'] : kinds;
  }

  /** Takes the first of a kind to the wire. */
  start(kind: BacklogKind): OpenDelivery {
    const delivery = this.backlog(kind).queue.shift()!;
    this.#underWay.set(delivery.deliveryId, { isRetry: kind === 'RETRYING', isOnWire: true });
    this.#onWireCount += 1;
    if (kind === 'RETRYING') this.#retriesOnWire += 1;
    this.#lastKind = kind;
    return delivery;
  }

  /** The attempt has left the wire; it is still to be recorded. */
  leaveWire(deliveryId: string): void {
    const attempt = this.#underWay.get(deliveryId);
    if (attempt === undefined || !attempt.isOnWire) return;
    attempt.isOnWire = false;
    this.#onWireCount -= 1;
    if (attempt.isRetry) this.#retriesOnWire -= 1;
  }

  /** The attempt is recorded, or given up. */
  end(deliveryId: string): void {
    this.leaveWire(deliveryId);
    this.#underWay.delete(deliveryId);
    for (const backlog of this.backlogs) backlog.ended(deliveryId);
  }

  /** Whether a page that shows this delivery as due is late: it is taken care of, or has ended since. */
  knows(deliveryId: string): boolean {
    return this.#underWay.has(deliveryId) || this.pending.knows(deliveryId) || this.retrying.knows(deliveryId);
  }

  /** Takes a delivery out of the queue; undefined where it is not in it. */
  remove(deliveryId: string): OpenDelivery | undefined {
    return this.pending.queue.remove(deliveryId) ?? this.retrying.queue.remove(deliveryId);
  }

  /** Leaves to the table what waits in memory beyond its depth. Answers with what it was. */
  leaveToTable(): OpenDelivery[] {
    return this.backlogs.flatMap((backlog) => {
      const left = backlog.queue.cut(this.depth);
      if (left.length > 0) backlog.noteDue(0);
      return left;
    });
  }

  /** Forgets what waits; what is on the wire ends by itself. Answers with what was in memory. */
  clear(): OpenDelivery[] {
    return this.backlogs.flatMap((backlog) => {
      backlog.dueAt = null;
      return backlog.queue.cut(0);
    });
  }
}
