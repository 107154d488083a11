/**
 * Gathers what is told many times in one go, and passes it on once: right after what runs now, and before anything else comes in. An
 * `Outbox` waits for the end of the turn, when what it leads to would be a turn late.
 */
export class Gathered<Item> {
  readonly #pass: (items: readonly Item[]) => void;
  #items = new Set<Item>();

  constructor(pass: (items: readonly Item[]) => void) {
    this.#pass = pass;
  }

  add(item: Item): void {
    if (this.#items.size === 0) queueMicrotask(() => this.#passOn());
    this.#items.add(item);
  }

  #passOn(): void {
    const items = [...this.#items];
    // Not `clear`: the Set that is left would know the way to what comes next (`ChurnMap`).
    this.#items = new Set();
    this.#pass(items);
  }
}
