import type { Clock } from '../clock.js';
import { shardOf } from '../entities/shard.js';
import { FailureLog } from '../failure-log.js';
import type { LeadershipBoard } from '../leadership-board.js';
import type { Log } from '../log.js';
import type { Leadership, LeadershipListener } from './leadership.js';
import type { Leases, LedShards } from './leases.js';

export interface SharedLeadershipOptions {
  leases: Leases;
  /** Where it stands until when this server may be certain, and, for those who send, what it leads. */
  board: LeadershipBoard;
  clock: Clock;
  log: Log;
  /** How long a lease holds, in milliseconds. */
  leaseMs: number;
  /** How often this server says that it lives, and looks who else does, in milliseconds. */
  intervalMs: number;
  listener: () => LeadershipListener;
  /** Tells the other servers that there are shards to be had, or a server that should have some. */
  tellOthers: () => void;
}

/** How much faster another clock may run than this one: a lease is over here before it is over there. */
const DRIFT = 0.02;

/**
 * This server's part in the leadership of all hooks: it says that it lives, takes what nobody leads up to its share, and
 * gives what is over its share to others, once nothing of it is on the wire.
 */
export class SharedLeadership implements Leadership {
  readonly #options: SharedLeadershipOptions;
  readonly #failures: FailureLog;
  /** For how long a lease may be trusted from when it was asked for, in milliseconds. */
  readonly #holdsMs: number;
  #led = new Map<number, number>();
  /** Those that are being given away. */
  readonly #leaving = new Map<number, Promise<void>>();
  /** Those of them of which nothing is on the wire any more, with the epochs in which they were led. */
  readonly #drained = new Map<number, number>();
  /** What is asked of the database goes one after the other: an answer that is overtaken would tell of shards that were given away. */
  #last: Promise<void> = Promise.resolve();
  #isLookQueued = false;
  #isStopped = false;
  #cancelTimer = () => {};

  constructor(options: SharedLeadershipOptions) {
    this.#options = options;
    this.#failures = new FailureLog({ log: options.log, clock: options.clock, line: 'leadership.failing' });
    this.#holdsMs = options.leaseMs * (1 - DRIFT);
  }

  /** How many shards this server leads. */
  get ledCount(): number {
    return this.#options.board.isCertain ? this.#led.size : 0;
  }

  epochOf(hookId: string): number | null {
    return this.epochOfShard(shardOf(hookId));
  }

  epochOfShard(shard: number): number | null {
    return this.#options.board.isCertain ? (this.#led.get(shard) ?? null) : null;
  }

  /** Takes its first share. Throws where the database can't be reached. */
  async start(): Promise<void> {
    await this.#inTurn(() => this.#look());
    this.#options.tellOthers();
    this.#lookLater();
  }

  /** Looks at once who lives and what is to be had, as another server has said. */
  wake(): void {
    if (this.#isStopped || this.#isLookQueued) return;
    this.#isLookQueued = true;
    void this.#inTurn(async () => {
      this.#isLookQueued = false;
      // A lease that took longer to get than it holds is over when it comes.
      let isLate = true;
      while (isLate && !this.#isStopped) isLate = (await this.#tryToLook()) && !this.#options.board.isCertain;
      this.#lookLater();
    });
  }

  /** Gives up all shards, each as soon as it is drained; answers when they are. What it leads starts nothing from this call on. */
  async drainAll(): Promise<void> {
    this.#isStopped = true;
    this.#cancelTimer();
    const looking = this.#last;
    const handed = this.#handOverLed();
    // A look that is under way may still take some.
    await looking;
    await Promise.all([handed, this.#handOverLed()]);
  }

  /** Ends the lease, and with it all leadership that is left. */
  async stop(): Promise<void> {
    this.#isStopped = true;
    this.#cancelTimer();
    await this.#inTurn(async () => {
      this.#leave([...this.#led.keys()]);
      // Where the database is away, the lease runs out by itself.
      await this.#options.leases.leave().catch((error: unknown) => this.#options.log.warn({ err: error }, 'leadership.unreleased'));
    });
    this.#options.tellOthers();
  }

  #leave(shards: readonly number[]): void {
    for (const shard of shards) {
      this.#led.delete(shard);
      this.#options.board.leave(shard);
    }
  }

  #inTurn(work: () => Promise<void>): Promise<void> {
    const turn = this.#last.then(work);
    this.#last = turn.catch(() => {});
    return turn;
  }

  /** Answers whether that went well. */
  async #tryToLook(): Promise<boolean> {
    try {
      await this.#look();
      this.#failures.succeeded();
      return true;
    } catch (error) {
      this.#failures.failed(error);
      return false;
    }
  }

  #lookLater(): void {
    this.#cancelTimer();
    if (!this.#isStopped) this.#cancelTimer = this.#options.clock.after(this.#options.intervalMs, () => this.wake());
  }

  async #look(): Promise<void> {
    const { clock, leases, log } = this.#options;
    const listener = this.#options.listener();
    const wasCertain = this.#options.board.isCertain;
    const askedAt = { elapsed: clock.elapsed(), now: clock.now() };
    const led = await leases.renew();
    const lost = [...this.#led].filter(([shard, epoch]) => led.get(shard) !== epoch).map(([shard]) => shard);
    this.#leave(lost);
    if (lost.length > 0) {
      log.warn({ shardCount: lost.length }, 'shards.lost');
      listener.lost(lost);
    }
    this.#options.board.beCertainUntil({ elapsed: askedAt.elapsed + this.#holdsMs, now: askedAt.now + this.#holdsMs });
    if (!wasCertain && this.#led.size > 0) void listener.certain([...this.#led.keys()]);

    // One that was taken although the answer never came is taken up like one that was taken now.
    this.#take(new Map([...led].filter(([shard]) => !this.#led.has(shard) && !this.#leaving.has(shard))));
    if (this.#isStopped) return;
    const share = await leases.readShare();
    const keptCount = this.#led.size - this.#leaving.size;
    if (keptCount < share) this.#take(await leases.take(share - keptCount));
    const surplus = [...this.#led.keys()].filter((shard) => !this.#leaving.has(shard)).slice(share);
    for (const shard of surplus) void this.#handOver(shard);
  }

  #take(taken: LedShards): void {
    if (taken.size === 0) return;
    for (const [shard, epoch] of taken) {
      this.#led.set(shard, epoch);
      this.#options.board.lead({ shard, epoch });
    }
    this.#options.log.info({ shardCount: taken.size, ledCount: this.#led.size }, 'shards.taken');
    void this.#options.listener().taken([...taken.keys()]);
  }

  async #handOverLed(): Promise<void> {
    await Promise.all([...this.#led.keys()].map((shard) => this.#handOver(shard)));
  }

  #handOver(shard: number): Promise<void> {
    const handing = this.#leaving.get(shard) ?? this.#drainAndRelease(shard).finally(() => this.#leaving.delete(shard));
    this.#leaving.set(shard, handing);
    return handing;
  }

  async #drainAndRelease(shard: number): Promise<void> {
    const epoch = this.#led.get(shard);
    await this.#options.listener().drain(shard);
    if (epoch !== undefined) this.#drained.set(shard, epoch);
    // Many are drained at the same moment; the first to have its turn gives all of them away.
    await this.#inTurn(() => this.#releaseDrained());
  }

  async #releaseDrained(): Promise<void> {
    const { leases, log, tellOthers } = this.#options;
    const listener = this.#options.listener();
    // One may have been lost meanwhile, and be led again in another epoch.
    const released = new Map([...this.#drained].filter(([shard, epoch]) => this.#led.get(shard) === epoch));
    for (const shard of this.#drained.keys()) if (!released.has(shard) && this.#led.has(shard)) listener.keep(shard);
    this.#drained.clear();
    if (released.size === 0) return;

    this.#leave([...released.keys()]);
    listener.lost([...released.keys()]);
    try {
      await leases.release(released);
    } catch (error) {
      // They stand in the table as led by this server, which takes them up again when it looks next.
      log.warn({ err: error, shardCount: released.size }, 'shards.unreleased');
      return;
    }
    log.info({ shardCount: released.size, ledCount: this.#led.size }, 'shards.handed_over');
    tellOthers();
  }
}
