import type { Clock } from '../../src/clock.js';

interface Timer {
  dueAt: number;
  run: () => void;
}

/** A clock that stands still until a test moves it. Starts on 2026-01-01 at noon, UTC. */
export class ManualClock implements Clock {
  #now: number;
  #elapsed = 0;
  readonly #timers = new Set<Timer>();

  constructor(startAt = Date.UTC(2026, 0, 1, 12)) {
    this.#now = startAt;
  }

  /** How many timers wait. */
  get timerCount(): number {
    return this.#timers.size;
  }

  now(): number {
    return this.#now;
  }

  elapsed(): number {
    return this.#elapsed;
  }

  after(ms: number, run: () => void): () => void {
    const timer = { dueAt: this.#now + Math.max(ms, 0), run };
    this.#timers.add(timer);
    return () => void this.#timers.delete(timer);
  }

  /** Moves on by `ms` milliseconds and runs what falls due on the way, in order, each at its own instant. */
  advance(ms: number): void {
    this.set(this.#now + ms);
  }

  /** Moves to an instant: forward as `advance` does, backward as somebody who corrects the time. */
  set(instant: number): void {
    for (let next = this.#nextDue(instant); next !== undefined; next = this.#nextDue(instant)) {
      this.#timers.delete(next);
      this.#moveTo(Math.max(this.#now, next.dueAt));
      next.run();
    }
    this.#moveTo(instant);
  }

  #moveTo(instant: number): void {
    this.#elapsed += Math.max(instant - this.#now, 0);
    this.#now = instant;
  }

  #nextDue(instant: number): Timer | undefined {
    let next: Timer | undefined;
    for (const timer of this.#timers) {
      if (timer.dueAt <= instant && (next === undefined || timer.dueAt < next.dueAt)) next = timer;
    }
    return next;
  }
}
