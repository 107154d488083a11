import { describe, expect, it } from 'vitest';
import { arrivalDelaysOf } from '../../../bench/servers/arrival-delays.js';
import type { Published } from '../../../bench/load/publish-book.js';

const organization = {
  id: 'organization',
  hooks: [
    { id: 'of the first', port: 81 },
    { id: 'of the second', port: 82 },
    { id: 'moved', port: 83 },
  ],
};
const before = (hookId: string) => ({ 'of the first': 0, 'of the second': 1, moved: 0 })[hookId];
const after = (hookId: string) => ({ 'of the first': 0, 'of the second': 1, moved: 1 })[hookId];

describe('the delays of arrivals', () => {
  it('count from the answer of the server that was asked, apart by who leads the hook', () => {
    const delays = delaysOf([
      [1, 81, 102],
      [1, 82, 105],
      [1, 83, 106],
    ]);

    expect(delays).toMatchObject({ bySameMs: { count: 1, p50: 2 }, byOtherMs: { count: 1, p50: 5 }, unknownCount: 1 });
  });

  it('are of the first of doubles, and of events in the range alone', () => {
    const delays = delaysOf([
      [1, 81, 99],
      [1, 81, 150],
      [2, 81, 300],
    ]);

    expect(delays).toMatchObject({ bySameMs: { count: 1, max: -1 }, byOtherMs: { count: 0 } });
  });

  function delaysOf(rows: ReadonlyArray<readonly [number: number, port: number, arrivedAt: number]>) {
    const column = (index: 0 | 1 | 2) => Float64Array.from(rows, (row) => row[index]);
    const arrivals = { numbers: column(0), ports: column(1), arrivedAts: column(2) };
    const published = new Map<number, Published>([1, 2].map((number) => [number, { organization, serverIndex: 0, answeredAt: 100 }]));
    return arrivalDelaysOf(arrivals, published, { range: { first: 1, last: 1 }, leaders: [before, after] });
  }
});
