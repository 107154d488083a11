import { randomInt } from 'node:crypto';
import fc from 'fast-check';

/** `npm run fuzz` sets the time of each property; `npm test` takes a minute for all of them together. */
const { FUZZ_SECONDS, FUZZ_SEED } = process.env;
const timeLimitMs = Number(FUZZ_SECONDS ?? 3) * 1000;

/** Of this run. The same seed draws the same values in the same order; how many of them there is time for is the machine's affair. */
export const seed = Number(FUZZ_SEED ?? randomInt(2 ** 31));

/** The most values of one property: more than there is time for. */
const ENOUGH = 100_000_000;

/** Draws values until the time is up, or until one breaks the property, which is then made as small as there is time for. */
export async function fuzz<Value>(values: fc.Arbitrary<Value>, property: (value: Value) => Promise<void>): Promise<void> {
  let count = 0;
  let last: Promise<void> | undefined;
  const counted = fc.asyncProperty(values, (value) => {
    count += 1;
    return (last = property(value));
  });
  await fc.assert(counted, { seed, numRuns: ENOUGH, interruptAfterTimeLimit: timeLimitMs, markInterruptAsFailure: false });
  // The one under way when the time is up is not waited for above, and would come between the next property and what it looks at.
  await last;
  if (FUZZ_SECONDS !== undefined) console.log(`${count} values, FUZZ_SEED=${seed}`);
  // A property that tries nothing would hold for ever.
  if (count === 0) throw new Error('There was time for no value at all.');
}

/** For a test: what it may take beside the time of its property. */
export const timeout = timeLimitMs + 60_000;
