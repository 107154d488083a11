import fc from 'fast-check';
import { expect, it } from 'vitest';
import { type Step, World } from './world.js';

const hook = fc.nat({ max: 3 });
const steps: fc.Arbitrary<Step> = fc.oneof(
  {
    weight: 6,
    arbitrary: fc.record({
      kind: fc.constant('publish'),
      hook,
      count: fc.integer({ min: 1, max: 4 }),
      key: fc.constantFrom(null, 'a', 'b'),
    }),
  },
  {
    weight: 8,
    arbitrary: fc.record({
      kind: fc.constant('answer'),
      which: fc.nat(),
      with: fc.constantFrom('OK', 'OK', 'ERROR', 'SLOW_DOWN', 'SILENCE'),
    }),
  },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('answer'), which: fc.nat(), with: fc.constant('GONE') }) },
  { weight: 5, arbitrary: fc.record({ kind: fc.constant('advance'), ms: fc.constantFrom(1, 100, 1000, 30_000, 3_600_000) }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('setBack'), ms: fc.constantFrom(1000, 3_600_000) }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('pause'), hook }) },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant('resume'), hook }) },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant('crash'), answering: fc.boolean() }) },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant('retry'), which: fc.nat() }) },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant('cancel'), which: fc.nat() }) },
);

/** Histories that were found by chance, and are tried each time. */
const foundBefore: Step[][] = [
  // Cancelled on the wire and opened again while the next of its line is on the wire.
  [
    { kind: 'publish', hook: 1, count: 1, key: 'b' },
    { kind: 'cancel', which: 0 },
    { kind: 'publish', hook: 1, count: 1, key: 'b' },
    { kind: 'retry', which: 0 },
    { kind: 'answer', which: 0, with: 'OK' },
    { kind: 'answer', which: 0, with: 'OK' },
  ],
];

it(
  'the promises hold whatever happens: publishes, answers, pauses, crashes, jumps of the clock, and people',
  { timeout: 120_000 },
  async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(steps, { minLength: 10, maxLength: 50 }), async (history) => {
        await using world = await World.make();
        for (const step of history) {
          await world.take(step);
          await world.check();
        }

        await world.settle();

        expect(await world.openIds()).toEqual([]);
      }),
      // Looking for a shorter history ends in time to tell of the one that was found.
      {
        numRuns: Number(process.env.PROPERTY_RUNS ?? 20),
        examples: foundBefore.map((history) => [history]),
        interruptAfterTimeLimit: 60_000,
        timeout: 20_000,
      },
    );
  },
);
