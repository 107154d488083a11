import { LRUCache } from 'lru-cache';

/** A map that keeps at most `limit` entries: one too many, and the least recently used goes. Room for all of them is there from the start. */
export class BoundedCache<Key extends {}, Value extends {}> extends LRUCache<Key, Value> {
  constructor(limit: number) {
    super({ max: limit });
  }

  /** The value kept for `key`, made by `make` where there is none. */
  getOrMake(key: Key, make: () => Value): Value {
    const known = this.get(key);
    if (known !== undefined) return known;
    const made = make();
    this.set(key, made);
    return made;
  }
}
