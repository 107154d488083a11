import { randomBytes } from 'node:crypto';

/** The only source of chance. Tests hand in a fixed one. */
export interface Random {
  /** A number in [0, 1). */
  fraction(): number;
  /** `length` unpredictable bytes, fit for secrets. */
  bytes(length: number): Buffer;
}

export const systemRandom: Random = {
  fraction: () => Math.random(),
  bytes: (length) => randomBytes(length),
};
