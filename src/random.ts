import { randomBytes } from 'node:crypto';

/** The only source of chance. Tests hand in a fixed one. */
export interface Random {
  /** A number in [0, 1). */
  fraction(): number;
  /** `length` unpredictable bytes, fit for secrets. */
  bytes(length: number): Buffer;
}

/** How many bytes are drawn at once: to ask for few costs as much as to ask for many, and each id needs 16. */
const DRAW_BYTES = 4096;

let drawn = Buffer.alloc(0);

export const systemRandom: Random = {
  fraction: () => Math.random(),
  bytes(length) {
    if (length > drawn.length) drawn = randomBytes(Math.max(length, DRAW_BYTES));
    const bytes = drawn.subarray(0, length);
    drawn = drawn.subarray(length);
    return bytes;
  },
};
