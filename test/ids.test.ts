import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createIdSource } from '../src/ids.js';
import { systemRandom } from '../src/random.js';
import { ManualClock } from './support/manual-clock.js';

const UUID_V7 = /^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/;

/** The largest random bytes: an id that rises all the same does so by its time and its count. */
const falling = () => {
  let next = 256;
  return { fraction: () => 0, bytes: (length: number) => Buffer.alloc(length, (next = Math.max(next - 1, 0))) };
};

describe('ids', () => {
  it('are UUIDs of version 7 with the time in front', () => {
    const clock = new ManualClock(0x0192_3456_789a);
    const newId = createIdSource(clock, systemRandom);

    const id = newId();

    expect(id).toMatch(UUID_V7);
    expect(id.slice(0, 13)).toBe('01923456-789a');
  });

  it('rise strictly within one millisecond, whatever the random bytes', () => {
    const newId = createIdSource(new ManualClock(), falling());

    const ids = Array.from({ length: 200 }, newId);

    expectStrictlyRising(ids);
  });

  it('rise strictly when the clock steps back', () => {
    const clock = new ManualClock();
    const newId = createIdSource(clock, falling());

    const before = newId();
    clock.set(clock.now() - 3_600_000);
    const after = newId();

    expectStrictlyRising([before, after]);
  });

  it('rise strictly when more are made in a millisecond than the count can tell apart', () => {
    const newId = createIdSource(new ManualClock(), falling());

    const ids = Array.from({ length: 2 * 4096 + 2 }, newId);

    expectStrictlyRising(ids);
    expect(ids.every((id) => UUID_V7.test(id))).toBe(true);
  });

  it('come after one that another server has given by a clock that is ahead, and after one that is behind as before', () => {
    const clock = new ManualClock();
    const newId = createIdSource(clock, falling());
    const ahead = createIdSource(new ManualClock(clock.now() + 3_600_000), falling())();
    const behind = createIdSource(new ManualClock(clock.now() - 3_600_000), falling())();

    newId.passOver(ahead);
    const first = newId();
    newId.passOver(behind);
    newId.passOver(ahead);
    const second = newId();
    newId.passOver(second);

    expectStrictlyRising([behind, ahead, first, second, newId()]);
  });

  it.each([
    { clockMs: -3_600_000, clock: 'set back by an hour' },
    { clockMs: -1, clock: 'set back by a millisecond' },
    { clockMs: 0, clock: 'where it was' },
    { clockMs: 1, clock: 'a millisecond on' },
  ])('rise across a restart with the clock $clock', ({ clockMs }) => {
    const before = Array.from({ length: 5000 }, createIdSource(new ManualClock(), falling()));

    const restarted = createIdSource(new ManualClock(new ManualClock().now() + clockMs), falling(), before.at(-1));
    const after = Array.from({ length: 5000 }, restarted);

    expectStrictlyRising([...before, ...after]);
  });

  it('would fall across a restart with the clock set back, were the last one not known', () => {
    const clock = new ManualClock();
    const before = createIdSource(clock, falling())();

    clock.set(clock.now() - 3_600_000);
    const after = createIdSource(clock, falling())();

    expect(after < before).toBe(true);
  });

  it('rise strictly over any number of restarts, however the clock moves', () => {
    const runs = fc.array(fc.record({ moveMs: fc.integer({ min: -5000, max: 5000 }), count: fc.nat(20) }), { maxLength: 30, size: 'max' });
    fc.assert(
      fc.property(runs, (all) => {
        const clock = new ManualClock();
        const ids: string[] = [];

        for (const { moveMs, count } of all) {
          clock.set(clock.now() + moveMs);
          ids.push(...Array.from({ length: count }, createIdSource(clock, systemRandom, ids.at(-1) ?? null)));
        }

        expectStrictlyRising(ids);
      }),
    );
  });

  it('rise strictly however the clock moves', () => {
    fc.assert(
      fc.property(fc.array(fc.integer({ min: -5000, max: 5000 }), { maxLength: 200 }), (steps) => {
        const clock = new ManualClock();
        const newId = createIdSource(clock, systemRandom);

        const ids = steps.map((step) => {
          clock.set(clock.now() + step);
          return newId();
        });

        expectStrictlyRising(ids);
      }),
    );
  });
});

function expectStrictlyRising(ids: readonly string[]): void {
  const unordered = ids.filter((id, index) => index > 0 && id <= ids[index - 1]!);
  expect(unordered).toEqual([]);
}
