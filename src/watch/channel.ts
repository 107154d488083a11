/** How many entries a channel keeps in memory; a follower that is further behind reads the table. */
const KEPT_LIMIT = 1000;

/**
 * The latest entries that a log has of one organization that somebody watches. All its followers share them and hold
 * nothing but a place: one that stops reading costs no memory.
 */
export class Channel<Entry extends { sequence: number }> {
  /** Every entry of the organization after this place is in `#entries`; those up to it are only in the table. */
  startsAfter: number;
  followerCount = 0;
  #entries: Entry[] = [];
  readonly #waiting = new Set<() => void>();

  constructor(startsAfter: number) {
    this.startsAfter = startsAfter;
  }

  /** The entries come in the order of the log. */
  append(entries: readonly Entry[]): void {
    this.#entries.push(...entries);
    if (this.#entries.length > 2 * KEPT_LIMIT) {
      const dropped = this.#entries.splice(0, this.#entries.length - KEPT_LIMIT);
      this.startsAfter = dropped.at(-1)!.sequence;
    }
    this.#wake();
  }

  /** Lets go of all entries up to a place, also of those that it never had: who wants them reads the table. */
  skip(upTo: number): void {
    if (upTo <= this.startsAfter) return;
    this.#entries.splice(0, this.#indexAfter(upTo));
    this.startsAfter = upTo;
    this.#wake();
  }

  /** The first entry kept after a place, which must not lie before `startsAfter`; undefined where there is none yet. */
  next(sequence: number): Entry | undefined {
    return this.#entries[this.#indexAfter(sequence)];
  }

  /** Waits until there is more after the last place, in memory or in the table, or for the signal. */
  async appended(signal: AbortSignal): Promise<void> {
    if (signal.aborted) return;
    await new Promise<void>((resolve) => {
      const wake = () => {
        this.#waiting.delete(wake);
        signal.removeEventListener('abort', wake);
        resolve();
      };
      this.#waiting.add(wake);
      signal.addEventListener('abort', wake);
    });
  }

  #wake(): void {
    for (const wake of this.#waiting) wake();
  }

  #indexAfter(sequence: number): number {
    let low = 0;
    let high = this.#entries.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (this.#entries[middle]!.sequence <= sequence) low = middle + 1;
      else high = middle;
    }
    return low;
  }
}
