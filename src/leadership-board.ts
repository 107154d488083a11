import type { Clock } from './clock.js';

/** Under which leadership an attempt is made: of which part of the hooks, and in which epoch. */
export interface Tenure {
  shard: number;
  epoch: number;
}

/** Two times in microseconds come before the epochs. */
const TIMES_BYTES = 16;

/** Instead of an epoch, where a shard is not led by this process. */
const NOT_LED = -1;

/**
 * Which shards this process leads and until when it may be certain of that, in memory that its threads share: whoever sends
 * looks here right before each request, also while the thread that leads is busy.
 */
export class LeadershipBoard {
  readonly memory: SharedArrayBuffer;
  readonly #clock: Clock;
  /** By the clock that never goes back, and by the other. */
  readonly #certainUntil: BigInt64Array;
  readonly #epochs: Int32Array;

  /** One that another thread has made and writes to. */
  constructor(memory: SharedArrayBuffer, clock: Clock) {
    this.memory = memory;
    this.#clock = clock;
    this.#certainUntil = new BigInt64Array(memory, 0, 2);
    this.#epochs = new Int32Array(memory, TIMES_BYTES);
  }

  /** A new one, on which nothing is led. */
  static make(shardCount: number, clock: Clock): LeadershipBoard {
    const board = new LeadershipBoard(new SharedArrayBuffer(TIMES_BYTES + 4 * shardCount), clock);
    for (let shard = 0; shard < shardCount; shard += 1) board.leave(shard);
    return board;
  }

  lead({ shard, epoch }: Tenure): void {
    Atomics.store(this.#epochs, shard, epoch);
  }

  leave(shard: number): void {
    Atomics.store(this.#epochs, shard, NOT_LED);
  }

  /**
   * Whatever is led is so until these times, whichever comes first; in milliseconds, by the clock's `elapsed` and `now`. What is not
   * led any more has to be left before.
   */
  beCertainUntil({ elapsed, now }: { elapsed: number; now: number }): void {
    Atomics.store(this.#certainUntil, 0, microseconds(elapsed));
    Atomics.store(this.#certainUntil, 1, microseconds(now));
  }

  /** Whether what stands here may be believed. A machine that slept as a whole has not counted the time; its other clock jumps then. */
  get isCertain(): boolean {
    return (
      microseconds(this.#clock.elapsed()) < Atomics.load(this.#certainUntil, 0) &&
      microseconds(this.#clock.now()) < Atomics.load(this.#certainUntil, 1)
    );
  }

  /** Whether what was begun under this leadership may still be sent. */
  holds({ shard, epoch }: Tenure): boolean {
    // In this order: where the times were put off meanwhile, what was lost has been taken off before.
    return this.isCertain && Atomics.load(this.#epochs, shard) === epoch;
  }
}

function microseconds(ms: number): bigint {
  return BigInt(Math.floor(ms * 1000));
}
