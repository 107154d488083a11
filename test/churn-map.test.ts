import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { ChurnMap } from '../src/churn-map.js';

setFlagsFromString('--expose-gc');
const collect = runInNewContext('gc') as (options: { type: 'major' | 'minor' }) => void;
setFlagsFromString('--no-expose-gc');

/** What one value takes, in bytes: a thousand pointers. */
const VALUE_BYTES = 8000;

/** Sets and deletes so many values, one there at a time. Answers with how many of them collections of young objects leave. */
function countLeft(map: Pick<ChurnMap<number, object>, 'set' | 'delete'>, count: number): number {
  collect({ type: 'minor' });
  const before = process.memoryUsage().heapUsed;
  for (let number = 0; number < count; number += 1) {
    map.set(
      number,
      Array.from({ length: VALUE_BYTES / 8 }, () => map),
    );
    map.delete(number - 1);
  }
  for (let round = 0; round < 2; round += 1) collect({ type: 'minor' });
  return Math.round((process.memoryUsage().heapUsed - before) / VALUE_BYTES);
}

describe('a map for entries that come and go', () => {
  it('has what a Map has, whatever is set and deleted', () => {
    const step = fc.record({ what: fc.constantFrom('set', 'set', 'delete', 'delete', 'delete'), key: fc.nat(40) });
    fc.assert(
      fc.property(fc.array(step, { maxLength: 400, size: 'max' }), (steps) => {
        const map = new ChurnMap<number, number>();
        const model = new Map<number, number>();
        for (const [index, { what, key }] of steps.entries()) {
          if (what === 'delete') expect(map.delete(key)).toBe(model.delete(key));
          else {
            map.set(key, index);
            model.set(key, index);
          }
          expect([map.size, map.has(key), map.get(key)]).toEqual([model.size, model.has(key), model.get(key)]);
          expect(map.values()).toEqual([...model.values()]);
          expect(map.first()).toBe([...model.values()][0]);
        }
      }),
    );
  });

  it('lets go of what was deleted, also once it is old itself', () => {
    const map = new ChurnMap<number, object>();
    countLeft(map, 5);
    collect({ type: 'major' });

    // Of a Map there are 513 left.
    expect(countLeft(map, 1000)).toBeLessThan(20);
  });
});
