/**
 * How many entries may be deleted beside as many as are left, before the rest moves on: a deletion moves less than one entry on the
 * average, and what is mostly empty is not moved each time. With 64 entries there, one costs 385 ns of CPU, where a Map takes 631
 * (BENCHMARKS.md, What was tried).
 */
const DELETED_LIMIT = 16;

/**
 * A Map for entries that come and go by the thousand. The engine's own makes itself a new table every so often, and from the old one a way
 * leads to the new one and to what was in it then. Once such a table is among the old objects, which are collected seldom, it holds
 * all that come after it, with what was in them: half of what is set and deleted in a loop is marked and collected among the old. Here
 * what is left moves to a new Map time and again, to which no way leads.
 */
export class ChurnMap<Key, Value> {
  #entries = new Map<Key, Value>();
  #deletedCount = 0;

  get size(): number {
    return this.#entries.size;
  }

  get(key: Key): Value | undefined {
    return this.#entries.get(key);
  }

  has(key: Key): boolean {
    return this.#entries.has(key);
  }

  set(key: Key, value: Value): void {
    this.#entries.set(key, value);
  }

  /** Answers whether it was there. */
  delete(key: Key): boolean {
    if (!this.#entries.delete(key)) return false;
    this.#deletedCount += 1;
    if (this.#deletedCount >= DELETED_LIMIT + this.#entries.size) this.#moveOn();
    return true;
  }

  /** The value that was set first, as a Map counts; undefined where there is none. */
  first(): Value | undefined {
    return this.#entries.values().next().value;
  }

  /** All values in the order in which they were set. */
  values(): Value[] {
    return [...this.#entries.values()];
  }

  #moveOn(): void {
    this.#entries = new Map(this.#entries);
    this.#deletedCount = 0;
  }
}
