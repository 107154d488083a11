/** How many attempts in a row without any answer open the circuit. */
const SILENT_LIMIT = 5;

/** How long to wait before the first probe, in milliseconds; each that fails doubles it. */
const FIRST_PAUSE_MS = 1000;
const LONGEST_PAUSE_MS = 30_000;

/**
 * Whether a hook is worth more than one attempt at a time. Closed: it is. After several attempts in a row without an
 * answer it opens: nothing is sent for a pause. Half open: the pause is over, and one attempt probes. An answer, whatever
 * it says, closes it; silence opens it anew, for twice as long, up to 30 s.
 */
export class Circuit {
  #silentCount = 0;
  /** Null while it is closed. */
  #openedAt: number | null = null;
  #pauseMs = FIRST_PAUSE_MS;

  get isOpen(): boolean {
    return this.#openedAt !== null;
  }

  /** There was an answer. Says whether that closed the circuit. */
  answered(): boolean {
    const wasOpen = this.isOpen;
    this.#silentCount = 0;
    this.#openedAt = null;
    this.#pauseMs = FIRST_PAUSE_MS;
    return wasOpen;
  }

  /**
   * There was none. Gives the pause until the next probe when that opened the circuit, or opened it anew, in milliseconds;
   * undefined where nothing changes. Attempts that were under way when it opened say nothing new.
   */
  silent(startedAt: number, now: number): number | undefined {
    this.#silentCount += 1;
    if (this.#openedAt === null) {
      if (this.#silentCount < SILENT_LIMIT) return undefined;
    } else {
      // After a clock was set back, those of before began later than now.
      const wasUnderWay = now < this.#openedAt ? startedAt > now : startedAt <= this.#openedAt;
      if (wasUnderWay) return undefined;
      this.#pauseMs = Math.min(this.#pauseMs * 2, LONGEST_PAUSE_MS);
    }
    this.#openedAt = now;
    return this.#pauseMs;
  }
}
