import { ChurnMap } from '../../churn-map.js';
import type { Clock } from '../../clock.js';

/** How many notices of one socket may be on their way to its client: written by the server, and not yet taken by the system. */
const NOTICES_LIMIT = 64;

/** How long the first of them may be on its way, in milliseconds. Clients that read take some milliseconds, over the worst of networks seconds. */
const STALL_MS = 10_000;

/** A notice that is on its way, by its number. */
export type Place = number;

export interface OutletOptions {
  clock: Clock;
  /** Whether anything is written that the system has not taken. */
  isBehind: () => boolean;
  /** Called once the client has taken nothing for too long. */
  stalled: () => void;
}

/**
 * The way out of one socket, for all its subscriptions. While its client reads, nothing waits here. When it stops, a bounded number of
 * notices is held for it, its subscriptions make no more of them, and it is told on: what it missed is in the log, and its cursor leads there.
 */
export class Outlet {
  readonly #options: OutletOptions;
  /** When each was taken, in this order. */
  readonly #places = new ChurnMap<Place, number>();
  #lastPlace = 0;
  readonly #waiting: Array<() => void> = [];
  #cancelTimer: (() => void) | undefined;
  #isClosed = false;

  constructor(options: OutletOptions) {
    this.#options = options;
  }

  /** Whether there is room for one more, so that nobody has to wait. */
  get hasRoom(): boolean {
    return !this.#isClosed && this.#places.size < NOTICES_LIMIT;
  }

  /** Waits until there is room for one more, without taking it; false once the socket has ended. */
  async room(): Promise<boolean> {
    while (!this.#isClosed && !this.hasRoom) await new Promise<void>((resolve) => void this.#waiting.push(resolve));
    return !this.#isClosed;
  }

  /** Takes a place for a notice that is about to be written, where there is room. */
  take(): Place {
    this.#lastPlace += 1;
    this.#places.set(this.#lastPlace, this.#options.clock.elapsed());
    this.#lookAfter(STALL_MS);
    return this.#lastPlace;
  }

  /** To be told when a notice is written or never will be, or when who has waited for room makes none. */
  give(place: Place | undefined): void {
    if (place !== undefined) this.#places.delete(place);
    // One of them, who tells when he has done with it: to wake all for each place would take the square of them.
    if (this.#places.size < NOTICES_LIMIT) this.#waiting.shift()?.();
  }

  /** Ends all waits. */
  close(): void {
    this.#isClosed = true;
    this.#cancelTimer?.();
    for (const wake of this.#waiting.splice(0)) wake();
  }

  #lookAfter(ms: number): void {
    this.#cancelTimer ??= this.#options.clock.after(ms, () => {
      this.#cancelTimer = undefined;
      const takenAt = this.#places.first();
      if (takenAt === undefined || this.#isClosed) return;
      const leftMs = STALL_MS - (this.#options.clock.elapsed() - takenAt);
      if (leftMs > 0) this.#lookAfter(leftMs);
      // What has not come so far for another reason, such as a slow database, is not the client's fault.
      else if (this.#options.isBehind()) this.#options.stalled();
      else this.#lookAfter(STALL_MS);
    });
  }
}
