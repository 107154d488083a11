import type { OpenDelivery } from '../send/attempt.js';
import type { Backlog } from './backlog.js';
import type { Lane } from './lane.js';

/** How many bytes deliveries that wait may take, a character of a payload counted as one; past it, they wait in the table. */
const SIZE_LIMIT = 64 * 1024 * 1024;

/** What one takes beside its payload, in bytes (`test/flow/memory.test.ts`). */
const OWN_SIZE = 600;

/** How many deliveries a hook may have in memory while that is at its bound: few, so that every hook goes on. */
const LEAST_DEPTH = 4;

/** The deliveries that wait in memory, of all lanes together. */
export class Queued {
  #size = 0;

  /** How many deliveries of each kind a lane may hold. */
  depthOf(lane: Lane): number {
    return this.#size < SIZE_LIMIT ? lane.depth : Math.min(LEAST_DEPTH, lane.depth);
  }

  enqueue(backlog: Backlog, delivery: OpenDelivery): void {
    backlog.queue.push(delivery);
    this.#size += sizeOf(delivery);
  }

  /** Counts deliveries that have left their queues. */
  letGo(deliveries: readonly OpenDelivery[]): void {
    for (const delivery of deliveries) this.#size -= sizeOf(delivery);
  }
}

function sizeOf(delivery: OpenDelivery): number {
  return delivery.event.payload.length + OWN_SIZE;
}
