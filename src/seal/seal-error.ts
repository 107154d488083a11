import type { SealPlace } from './seal-ring.js';

/** A stored text that can't be opened. The message names where it is and why, and repeats nothing of it. */
export class SealError extends Error {
  override readonly name = 'SealError';

  constructor({ column, id }: SealPlace, why: string, cause?: unknown) {
    super(`${column} of ${id} ${why}.`, { cause });
  }
}
