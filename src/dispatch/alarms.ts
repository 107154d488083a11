import TinyQueue from 'tinyqueue';
import type { Clock } from '../clock.js';
import type { Lane } from './lane.js';

interface Alarm {
  at: number;
  lane: Lane;
}

/** Wakes lanes at their times, by one timer for all of them. */
export class Alarms {
  readonly #clock: Clock;
  readonly #ring: (lanes: Lane[]) => void;
  readonly #queue = new TinyQueue<Alarm>([], (a, b) => a.at - b.at);
  #timerAt = Infinity;
  #cancelTimer = () => {};

  /** `ring` gets all lanes whose time has come. */
  constructor(clock: Clock, ring: (lanes: Lane[]) => void) {
    this.#clock = clock;
    this.#ring = ring;
  }

  /** Wakes the lane at this instant at the latest: an earlier alarm of its stays. */
  set(lane: Lane, at: number): void {
    if (at >= lane.wakesAt) return;
    // One that was brought forward before is still queued and serves again: a lane that often wakes for a moment, with its
    // next retry a day away, would leave an alarm for that each time.
    const queuedAt = lane.queuedAlarms.at(-1) ?? Infinity;
    lane.wakesAt = Math.min(at, queuedAt);
    if (at >= queuedAt) return;
    lane.queuedAlarms.push(at);
    this.#queue.push({ at, lane });
    this.#wait();
  }

  /** Rings no more. */
  stop(): void {
    this.#cancelTimer();
    this.#timerAt = -Infinity;
  }

  #wait(): void {
    const first = this.#queue.peek();
    if (first === undefined || first.at >= this.#timerAt) return;
    this.#cancelTimer();
    this.#timerAt = first.at;
    this.#cancelTimer = this.#clock.after(first.at - this.#clock.now(), () => this.#ringDue());
  }

  #ringDue(): void {
    // A timer that has run its time is up, also when the clock was set back meanwhile.
    const now = Math.max(this.#clock.now(), this.#timerAt);
    this.#timerAt = Infinity;
    const due: Lane[] = [];
    for (let first = this.#queue.peek(); first !== undefined && first.at <= now; first = this.#queue.peek()) {
      this.#queue.pop();
      first.lane.queuedAlarms.pop();
      // An alarm that was brought forward has rung already.
      if (first.lane.wakesAt !== first.at) continue;
      first.lane.wakesAt = Infinity;
      due.push(first.lane);
    }
    this.#ring(due);
    this.#wait();
  }
}
