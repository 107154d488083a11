/** Gathers what is to be passed on until the turn of the event loop ends: each time costs as much as what is in it. */
export class Outbox<Item> {
  readonly #post: (items: readonly Item[]) => void;
  #items: Item[] = [];

  constructor(post: (items: readonly Item[]) => void) {
    this.#post = post;
  }

  add(item: Item): void {
    if (this.#items.length === 0) setImmediate(() => this.flush());
    this.#items.push(item);
  }

  /** Posts at once what there is. */
  flush(): void {
    const items = this.#items;
    this.#items = [];
    if (items.length > 0) this.#post(items);
  }
}
