import type { PlanMany, WriteTransaction } from './writes.js';

/** Some items of one lane with the callers who wait for them. */
export interface Piece {
  /** Answers with the hooks whose lines it needs for itself. */
  plan(tx: WriteTransaction): Promise<readonly string[]>;
  /** Writes what was planned last. */
  write(): Promise<void>;
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

/** A piece of the lane that `planMany` writes. */
export function pieceOf<Item, Result>(planMany: PlanMany<Item, Result>, waiting: readonly Waiting<Item, Result>[]): Piece {
  let writePlanned: () => Promise<readonly Result[]>;
  let results: readonly Result[] = [];
  return {
    async plan(tx) {
      const planned = await planMany(
        tx,
        waiting.map(({ item }) => item),
      );
      writePlanned = planned.write;
      return planned.orderedHookIds;
    },
    async write() {
      results = await writePlanned();
    },
    succeed() {
      waiting.forEach(({ resolve }, index) => resolve(results[index]!));
    },
    fail(error) {
      for (const { reject } of waiting) reject(error);
    },
    split: () => waiting.map((one) => pieceOf(planMany, [one])),
  };
}
