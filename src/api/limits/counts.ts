import type { Caller } from '../../api-keys/caller.js';

/** Counts something for each API key, and what stream tokens have for the key that made them. The admin's are not counted. */
export class Counts {
  readonly #byKey = new Map<string, number>();

  of(caller: Caller): number {
    const key = keyOf(caller);
    return key === null ? 0 : (this.#byKey.get(key) ?? 0);
  }

  add(caller: Caller): void {
    const key = keyOf(caller);
    if (key !== null) this.#byKey.set(key, this.of(caller) + 1);
  }

  remove(caller: Caller): void {
    const key = keyOf(caller);
    if (key === null) return;
    const rest = this.of(caller) - 1;
    if (rest > 0) this.#byKey.set(key, rest);
    else this.#byKey.delete(key);
  }
}

/** A token of the admin's counts by itself. */
function keyOf({ apiKeyId, id }: Caller): string | null {
  return apiKeyId ?? id;
}
