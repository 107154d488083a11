import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { medianOf, percentile, spreadOf } from '../../../bench/figures/percentiles.js';

const hundred = Array.from({ length: 100 }, (_, index) => index + 1);

describe('a percentile', () => {
  it.each([
    ['the median of one value', [7], 0.5, 7],
    ['the median of two values', [1, 2], 0.5, 1],
    ['the median of three values', [1, 2, 3], 0.5, 2],
    ['p99 of one value', [7], 0.99, 7],
    ['p95 of a hundred', hundred, 0.95, 95],
    ['p99 of a hundred', hundred, 0.99, 99],
    ['p7 of a hundred, whose rank a double makes too large', hundred, 0.07, 7],
    ['p99 of a hundred and one', [...hundred, 101], 0.99, 100],
    ['the largest', hundred, 1, 100],
    ['the smallest', hundred, 0, 1],
    ['that of nothing', [], 0.99, Number.NaN],
  ])('is the value of the nearest rank: %s', (_title, values, share, expected) => {
    expect(percentile(values, share)).toBe(expected);
  });

  it('is a measured value that the share of all values does not exceed, and no smaller value is', () => {
    const anyValues = fc.array(fc.integer({ min: 0, max: 50 }), { minLength: 1 });
    fc.assert(
      fc.property(anyValues, fc.constantFrom(1, 25, 50, 95, 99, 100), (values, percent) => {
        const sorted = values.toSorted((one, other) => one - other);

        const value = percentile(sorted, percent / 100);

        const shareUpTo = (limit: number) => sorted.filter((each) => each <= limit).length * 100;
        expect(sorted).toContain(value);
        expect(shareUpTo(value)).toBeGreaterThanOrEqual(percent * sorted.length);
        const smaller = sorted.findLast((each) => each < value);
        if (smaller !== undefined) expect(shareUpTo(smaller)).toBeLessThan(percent * sorted.length);
      }),
    );
  });
});

it('a spread sorts by number, whatever the order', () => {
  expect(spreadOf([100, 9, 20])).toEqual({ count: 3, p50: 20, p95: 100, p99: 100, max: 100 });
});

it.each([
  ['one', [3], 3],
  ['an odd count', [9, 1, 5], 5],
  ['an even count', [1, 9, 3, 5], 4],
  ['none', [], Number.NaN],
])('the median of %s is the middle', (_title, values, expected) => {
  expect(medianOf(values)).toBe(expected);
});
