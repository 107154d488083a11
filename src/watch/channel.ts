/** How many entries a channel keeps in memory; a follower that is further behind reads the table. */
const KEPT_LIMIT = 1000;

/** Who reads a channel. */
interface ChannelFollower {
  /** Told that there is more. */
  wake: () => void;
  /** Told that no more will come. */
  end: () => void;
}

/**
 * The latest entries that a log has of one organization that somebody watches. All its followers share them and hold
 * nothing but a place: one that stops reading costs no memory.
 */
export class Channel<Entry extends { sequence: number }> {
  /** Every entry of the organization after this place is in `#entries`; those up to it are only in the table. */
  startsAfter: number;
  #entries: Entry[] = [];
  readonly #followers = new Set<ChannelFollower>();

  constructor(startsAfter: number) {
    this.startsAfter = startsAfter;
  }

  get hasFollowers(): boolean {
    return this.#followers.size > 0;
  }

  /** From now on it is woken whenever there is more after the last place, in memory or in the table. */
  join(follower: ChannelFollower): void {
    this.#followers.add(follower);
  }

  leave(follower: ChannelFollower): void {
    this.#followers.delete(follower);
  }

  /** Ends all followers. */
  close(): void {
    for (const follower of this.#followers) follower.end();
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

  #wake(): void {
    for (const follower of this.#followers) follower.wake();
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
