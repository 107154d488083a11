import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parseDuration } from '../src/duration.js';

describe('parseDuration', () => {
  it.each([
    ['0ms', 0],
    ['250ms', 250],
    ['5s', 5000],
    ['30m', 1_800_000],
    ['2h', 7_200_000],
    ['1d', 86_400_000],
    [' 5s ', 5000],
  ])('reads %j as %d ms', (text, ms) => {
    expect(parseDuration(text)).toBe(ms);
  });

  it.each(['', '5', 's', '5 s', '-5s', '+5s', '1.5s', '1e3s', '5S', '5sec', '1h30m', '5s,6s', '1234567890s'])(
    'does not read %j',
    (text) => {
      expect(parseDuration(text)).toBeUndefined();
    },
  );

  it('reads the same time in a larger and in a smaller unit', () => {
    fc.assert(
      fc.property(fc.nat(10_000), (count) => {
        expect(parseDuration(`${count}s`)).toBe(parseDuration(`${count * 1000}ms`));
        expect(parseDuration(`${count}m`)).toBe(parseDuration(`${count * 60}s`));
        expect(parseDuration(`${count}h`)).toBe(parseDuration(`${count * 60}m`));
        expect(parseDuration(`${count}d`)).toBe(parseDuration(`${count * 24}h`));
      }),
    );
  });
});
