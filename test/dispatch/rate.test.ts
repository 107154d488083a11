import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Rate } from '../../src/dispatch/rate.js';
import type { RateLimit } from '../../src/entities/rate-limit.js';

/** By how much starts may be closer than the rate says, in all. */
const GRACE_MS = 10;

function rateOf(deliveries: number, per: RateLimit['per'] = 'SECOND'): Rate {
  const rate = new Rate();
  rate.limit = { deliveries, per };
  return rate;
}

function intervalOf({ deliveries, per }: RateLimit): number {
  return (per === 'SECOND' ? 1000 : 60_000) / deliveries;
}

/** The instants of starts, each so late after it may be. */
function startsOf(rate: Rate, latesMs: readonly number[]): number[] {
  let now = 0;
  return latesMs.map((lateMs) => {
    now = Math.max(now, rate.opensAt(now) + lateMs);
    rate.started(now);
    return now;
  });
}

const timesOf = (count: number, lateMs: number) => Array.from({ length: count }, () => lateMs);

const limits = fc.record<RateLimit>({ deliveries: fc.integer({ min: 1, max: 1000 }), per: fc.constantFrom('SECOND', 'MINUTE') });

describe('a rate', () => {
  it.each<{ limit: RateLimit; expected: number[] }>([
    { limit: { deliveries: 1, per: 'SECOND' }, expected: [0, 1000, 2000, 3000] },
    { limit: { deliveries: 4, per: 'SECOND' }, expected: [0, 250, 500, 750] },
    { limit: { deliveries: 1, per: 'MINUTE' }, expected: [0, 60_000, 120_000, 180_000] },
    { limit: { deliveries: 120, per: 'MINUTE' }, expected: [0, 500, 1000, 1500] },
  ])('of $limit.deliveries a $limit.per is spread evenly', ({ limit, expected }) => {
    const starts = startsOf(rateOf(limit.deliveries, limit.per), timesOf(4, 0));

    expect(starts).toEqual(expected);
  });

  it('that is not limited lets everything start at once', () => {
    const rate = new Rate();

    const starts = startsOf(rate, timesOf(100, 0));

    expect(new Set(starts)).toEqual(new Set([0]));
  });

  it('makes nothing up after a time without starts', () => {
    const rate = rateOf(10);
    rate.started(0);

    rate.started(60_000);

    expect(rate.opensAt(60_000)).toBe(60_100);
    rate.started(60_100);
    expect(rate.opensAt(60_100)).toBe(60_200);
  });

  it('is reached although timers are a few milliseconds late', () => {
    const starts = startsOf(rateOf(20), [0, ...timesOf(200, 8)]);

    expect(starts.at(-1)! - starts[0]!).toBe(10_008);
  });

  it('is not made up for where starts are later than that', () => {
    const starts = startsOf(rateOf(20), [0, ...timesOf(200, 11)]);

    expect(starts.at(-1)! - starts[0]!).toBe(200 * 61);
  });

  it('is never exceeded in any window of time, but by the grace', () => {
    const lateness = fc.array(fc.oneof(fc.integer({ min: 0, max: 12 }), fc.integer({ min: 0, max: 5000 })), { maxLength: 60, size: 'max' });
    fc.assert(
      fc.property(limits, lateness, (limit, lates) => {
        const starts = startsOf(rateOf(limit.deliveries, limit.per), lates);

        const rises = starts.flatMap((last, end) =>
          starts.slice(0, end).map((first, begin) => ({ passedMs: last - first, count: end - begin })),
        );
        const tooClose = rises.filter(({ passedMs, count }) => passedMs < count * intervalOf(limit) - GRACE_MS - 1e-6);
        expect(tooClose).toEqual([]);
      }),
    );
  });

  it('makes nobody wait for longer than one interval', () => {
    fc.assert(
      fc.property(limits, fc.array(fc.nat(100_000), { maxLength: 50, size: 'max' }), (limit, moves) => {
        const rate = rateOf(limit.deliveries, limit.per);
        let now = 0;

        for (const move of moves) {
          now += move;
          const opensAt = rate.opensAt(now);
          expect(opensAt - now).toBeLessThanOrEqual(intervalOf(limit) + 1e-6);
          if (opensAt <= now) rate.started(now);
        }
      }),
    );
  });

  it.each<{ change: string; limit: RateLimit | null; expected: number }>([
    { change: 'raised', limit: { deliveries: 100, per: 'SECOND' }, expected: 10 },
    { change: 'taken away', limit: null, expected: 0 },
    { change: 'lowered', limit: { deliveries: 1, per: 'MINUTE' }, expected: 1000 },
  ])('that is $change holds from the next start on', ({ limit, expected }) => {
    const rate = rateOf(1);
    rate.started(0);

    rate.limit = limit;

    expect(rate.opensAt(0)).toBe(expected);
  });

  it('waits for an interval after another server has served its hook, which may have started one just then', () => {
    const rate = rateOf(10);

    rate.waitSince(1000);

    expect(rate.opensAt(1000)).toBe(1100);
    expect(rate.opensAt(5000)).toBe(1100);
  });
});
