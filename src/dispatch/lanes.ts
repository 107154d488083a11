import { ChurnMap } from '../churn-map.js';
import { shardOf } from '../entities/shard.js';
import { Lane } from './lane.js';

/** How many lanes of hooks without open deliveries are kept, for what they know of their receivers; the longest idle go first. */
const IDLE_LIMIT = 10_000;

/** The lanes of all hooks that have, or lately had, open deliveries. */
export class Lanes {
  readonly #lanes = new Map<string, Lane>();
  /** In the order in which they became idle. */
  readonly #idle = new ChurnMap<string, Lane>();

  /** The hook's lane, made where there is none, in the epoch in which this server leads it. */
  of(hookId: string, epoch = 0, takenOverAt: number | null = null): Lane {
    let lane = this.#lanes.get(hookId);
    if (lane === undefined) {
      lane = new Lane(hookId, epoch, takenOverAt);
      this.#lanes.set(hookId, lane);
    }
    return lane;
  }

  /** The lane, where there is one. */
  find(hookId: string): Lane | undefined {
    return this.#lanes.get(hookId);
  }

  all(): Lane[] {
    return [...this.#lanes.values()];
  }

  /** The lanes of these shards. */
  ofShards(shards: readonly number[]): Lane[] {
    const wanted = new Set(shards);
    return [...this.#lanes.values()].filter(({ hookId }) => wanted.has(shardOf(hookId)));
  }

  /** Lets go of a lane that another server has now. */
  drop(lane: Lane): void {
    this.#lanes.delete(lane.hookId);
    this.#idle.delete(lane.hookId);
  }

  /** Lets go of lanes that have nothing to do, beyond those that are kept. To be told of each that may have become idle, or busy. */
  tidy(lane: Lane): void {
    // One that was let go of may still be woken; by now its hook may have another lane.
    if (this.#lanes.get(lane.hookId) !== lane) return;
    if (!lane.isIdle) {
      this.#idle.delete(lane.hookId);
      return;
    }
    this.#idle.set(lane.hookId, lane);
    if (this.#idle.size <= IDLE_LIMIT) return;
    const { hookId } = this.#idle.first()!;
    this.#idle.delete(hookId);
    this.#lanes.delete(hookId);
  }
}
