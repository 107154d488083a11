/** Keeps a publisher from running away from the slowest hook, so that a long run ends. */
export class Backlog {
  readonly #limit: number;
  readonly #arrived = new Set<string>();
  #publishedCount = 0;
  #change = Promise.withResolvers<void>();

  /** The hook may be so many of the publisher's events behind. */
  constructor(limit: number) {
    this.#limit = limit;
  }

  /** Notes that so many more events were acknowledged. */
  published(count: number): void {
    this.#publishedCount += count;
  }

  /** Notes a delivery to the slowest hook; a second request of one counts for nothing. */
  arrived(deliveryId: string): void {
    this.#arrived.add(deliveryId);
    this.look();
  }

  /** Waits until there is room, or until it is over. */
  async room(isOver: () => boolean): Promise<void> {
    while (!isOver() && this.#publishedCount - this.#arrived.size > this.#limit) await this.#change.promise;
  }

  /** Lets the one who waits look again whether it is over. */
  look(): void {
    this.#change.resolve();
    this.#change = Promise.withResolvers<void>();
  }
}
