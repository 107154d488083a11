import type { Change } from './change.js';

/** How many changes a channel keeps in memory; a follower that is further behind reads the table. */
const KEPT_LIMIT = 1000;

/**
 * The latest changes of one organization that somebody watches. All its followers share them and hold nothing but a
 * place: one that stops reading costs no memory.
 */
export class Channel {
  /** Every change of the organization after this place is in `#changes`; those up to it are only in the table. */
  startsAfter: number;
  followerCount = 0;
  #changes: Change[] = [];
  readonly #waiting = new Set<() => void>();

  constructor(startsAfter: number) {
    this.startsAfter = startsAfter;
  }

  /** The changes come in the order of the log. */
  append(changes: readonly Change[]): void {
    this.#changes.push(...changes);
    if (this.#changes.length > 2 * KEPT_LIMIT) {
      const dropped = this.#changes.splice(0, this.#changes.length - KEPT_LIMIT);
      this.startsAfter = dropped.at(-1)!.sequence;
    }
    for (const wake of this.#waiting) wake();
  }

  /** The place of the latest change kept; `startsAfter` where none is. */
  get endsWith(): number {
    return this.#changes.at(-1)?.sequence ?? this.startsAfter;
  }

  /** The kept changes after a place, oldest first; the place must not lie before `startsAfter`. */
  *after(sequence: number): Generator<Change> {
    for (let index = this.#indexAfter(sequence); index < this.#changes.length; index += 1) yield this.#changes[index]!;
  }

  /** Waits for the next append, or for the signal. */
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

  #indexAfter(sequence: number): number {
    let low = 0;
    let high = this.#changes.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (this.#changes[middle]!.sequence <= sequence) low = middle + 1;
      else high = middle;
    }
    return low;
  }
}
