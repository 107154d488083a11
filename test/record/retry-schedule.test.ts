import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { retryDelayMs } from '../../src/record/retry-schedule.js';

const SCHEDULE = [5000, 300_000, 1_800_000];

describe('the wait before a retry', () => {
  it.each([
    { failedAttempts: 1, fraction: 0, expected: 4000 },
    { failedAttempts: 1, fraction: 0.5, expected: 5000 },
    { failedAttempts: 2, fraction: 0.5, expected: 300_000 },
    { failedAttempts: 3, fraction: 0.25, expected: 1_620_000 },
    { failedAttempts: 3, fraction: 0.999_999_999, expected: 2_160_000 },
  ])('is $expected ms after $failedAttempts failures at $fraction', ({ failedAttempts, fraction, expected }) => {
    expect(retryDelayMs(SCHEDULE, failedAttempts, fraction)).toBe(expected);
  });

  it('ends with the schedule', () => {
    expect(retryDelayMs(SCHEDULE, 4, 0.5)).toBeUndefined();
    expect(retryDelayMs([], 1, 0.5)).toBeUndefined();
  });

  it('is always within 20 % of its step', () => {
    fc.assert(
      fc.property(
        fc.array(fc.integer({ min: 0, max: 86_400_000 }), { minLength: 1, maxLength: 20 }),
        fc.nat(19),
        fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true }),
        (schedule, index, fraction) => {
          const delay = retryDelayMs(schedule, index + 1, fraction);

          if (index >= schedule.length) expect(delay).toBeUndefined();
          else expect(Math.abs(delay! - schedule[index]!)).toBeLessThanOrEqual(0.2 * schedule[index]! + 0.5);
        },
      ),
    );
  });
});
