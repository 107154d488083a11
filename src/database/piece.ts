import type { WriteMany, WriteTransaction } from './writes.js';

/** Some items of one lane with the callers who wait for them. */
export interface Piece {
  write(tx: WriteTransaction): Promise<void>;
  succeed(): void;
  fail(error: unknown): void;
  /** The same items, one by one. */
  split(): Piece[];
}

/** One item with its caller. */
export interface Waiting<Item, Result> {
  readonly item: Item;
  resolve(result: Result): void;
  reject(error: unknown): void;
}

/** A piece of the lane that `writeMany` writes. */
export function pieceOf<Item, Result>(writeMany: WriteMany<Item, Result>, waiting: readonly Waiting<Item, Result>[]): Piece {
  let results: readonly Result[] = [];
  return {
    async write(tx) {
      results = await writeMany(
        tx,
        waiting.map(({ item }) => item),
      );
    },
    succeed() {
      waiting.forEach(({ resolve }, index) => resolve(results[index]!));
    },
    fail(error) {
      for (const { reject } of waiting) reject(error);
    },
    split: () => waiting.map((one) => pieceOf(writeMany, [one])),
  };
}
