import { Lane } from './lane.js';

/** How many lanes of hooks without open deliveries are kept, for what they know of their receivers; the longest idle go first. */
const IDLE_LIMIT = 10_000;

/** The lanes of all hooks that have, or lately had, open deliveries. */
export class Lanes {
  readonly #lanes = new Map<string, Lane>();
  /** In the order in which they became idle. */
  readonly #idle = new Set<Lane>();

  /** The hook's lane, made where there is none. */
  of(hookId: string): Lane {
    let lane = this.#lanes.get(hookId);
    if (lane === undefined) {
      lane = new Lane(hookId);
      this.#lanes.set(hookId, lane);
    }
    return lane;
  }

  /** The lane, where there is one. */
  find(hookId: string): Lane | undefined {
    return this.#lanes.get(hookId);
  }

  /** Lets go of lanes that have nothing to do, beyond those that are kept. To be told of each that may have become idle, or busy. */
  tidy(lane: Lane): void {
    // One that was let go of may still be woken; by now its hook may have another lane.
    if (this.#lanes.get(lane.hookId) !== lane) return;
    if (!lane.isIdle) {
      this.#idle.delete(lane);
      return;
    }
    this.#idle.add(lane);
    if (this.#idle.size <= IDLE_LIMIT) return;
    const [longest] = this.#idle;
    this.#idle.delete(longest!);
    this.#lanes.delete(longest!.hookId);
  }
}
