import type { Clock } from '../clock.js';
import { shardOf } from '../entities/shard.js';
import { drainShard } from './drain-shard.js';
import type { Lane } from './lane.js';

export interface ShardGateOptions {
  clock: Clock;
  lanesOf: (shard: number) => Lane[];
  /** Looks after lanes that may start something now, or nothing any more. */
  look: (lanes: Lane[]) => void;
}

/** Keeps shards from starting anything while they are given to another server. */
export class ShardGate {
  readonly #options: ShardGateOptions;
  readonly #closed = new Set<number>();
  #nextEnd = Promise.withResolvers<void>();

  constructor(options: ShardGateOptions) {
    this.#options = options;
  }

  /** Whether nothing of the hook may be started. */
  isClosed(hookId: string): boolean {
    return this.#closed.has(shardOf(hookId));
  }

  /** Closes a shard, and answers when nothing of it is on the wire. It stays closed. */
  async drain(shard: number): Promise<void> {
    const { clock, lanesOf, look } = this.#options;
    await drainShard({
      clock,
      lanes: () => lanesOf(shard),
      setClosed: (isClosed) => {
        if (isClosed) this.#closed.add(shard);
        else this.#closed.delete(shard);
        look(lanesOf(shard));
      },
      nextEnd: () => this.#nextEnd.promise,
    });
  }

  open(shard: number): void {
    this.#closed.delete(shard);
    this.#options.look(this.#options.lanesOf(shard));
  }

  /** Forgets shards that are led by another server by now. */
  lost(shards: readonly number[]): void {
    for (const shard of shards) this.#closed.delete(shard);
    this.attemptEnded();
  }

  /** To be told of each attempt that has ended. */
  attemptEnded(): void {
    this.#nextEnd.resolve();
    this.#nextEnd = Promise.withResolvers();
  }
}
