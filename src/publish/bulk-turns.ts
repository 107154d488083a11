import type { Clock } from '../clock.js';

/**
 * How many events calls of many may be about at once; a larger call goes alone. Of 64 callers, 100 events a call, 10,300 events a second
 * were published and delivered without a limit, 12,000 with this one, 11,800 with 200 and 10,100 with 400 (`BENCHMARKS.md`).
 */
const EVENTS_AT_ONCE = 100;

/**
 * How long a turn is at most, in milliseconds. On SQLite a call takes less. Where the database is far away, a call mostly waits, and many must
 * be under way together: 10 ms away by the network, 4,600 events a second without a limit, 4,900 with this one, 4,400 with 20 ms.
 */
const LONGEST_TURN_MS = 10;

interface Waiting {
  eventCount: number;
  /** Takes what ends the turn. */
  begin: (end: () => void) => void;
}

/**
 * Lets calls of many events take turns, in the order in which they came. All at once they would make transactions of thousands of events, in
 * which nobody else is answered, and run far ahead of the sending: what waits long for it in memory is moved about by each collection.
 */
export class BulkTurns {
  readonly #clock: Clock;
  readonly #waiting: Waiting[] = [];
  /** Of the calls whose turn it is. */
  #eventCount = 0;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** Does the call's work when it is its turn. */
  async run<Result>(eventCount: number, work: () => Promise<Result>): Promise<Result> {
    const end = await new Promise<() => void>((begin) => {
      this.#waiting.push({ eventCount, begin });
      this.#beginNext();
    });
    try {
      return await work();
    } finally {
      end();
    }
  }

  #beginNext(): void {
    for (let next = this.#waiting[0]; next !== undefined && this.#hasRoom(next); next = this.#waiting[0]) {
      this.#waiting.shift();
      this.#begin(next);
    }
  }

  #hasRoom({ eventCount }: Waiting): boolean {
    return this.#eventCount === 0 || this.#eventCount + eventCount <= EVENTS_AT_ONCE;
  }

  #begin({ eventCount, begin }: Waiting): void {
    let hasEnded = false;
    const end = () => {
      if (hasEnded) return;
      hasEnded = true;
      cancel();
      this.#eventCount -= eventCount;
      this.#beginNext();
    };
    this.#eventCount += eventCount;
    const cancel = this.#clock.after(LONGEST_TURN_MS, end);
    begin(end);
  }
}
