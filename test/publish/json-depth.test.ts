import fc from 'fast-check';
import { expect, it } from 'vitest';
import { isDeeperThan } from '../../src/publish/json-depth.js';

it.each([
  ['1', 0, false],
  ['[]', 0, true],
  ['[]', 1, false],
  ['{"a":[1]}', 1, true],
  ['{"a":[1]}', 2, false],
  ['[[],[],[]]', 2, false],
  ['"[[[["', 0, false],
  ['["\\"[[[", 1]', 1, false],
  ['["\\\\", [1]]', 1, true],
  ['{"[{\\\\\\"[":"]"}', 1, false],
])('%s against %i', (text, limit, expected) => {
  expect(isDeeperThan(text, limit)).toBe(expected);
});

function depthOf(value: unknown): number {
  if (typeof value !== 'object' || value === null) return 0;
  return 1 + Math.max(0, ...Object.values(value).map(depthOf));
}

it('agrees with a count that descends, whatever the JSON', () => {
  fc.assert(
    fc.property(fc.json({ noUnicodeString: false, maxDepth: 6 }), fc.nat(7), (text, limit) => {
      expect(isDeeperThan(text, limit)).toBe(depthOf(JSON.parse(text)) > limit);
    }),
  );
});

it('reads a text that is no JSON without trouble', () => {
  fc.assert(fc.property(fc.string(), fc.nat(5), (text, limit) => void isDeeperThan(text, limit)));
});
