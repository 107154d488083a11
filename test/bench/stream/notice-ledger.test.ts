import { describe, expect, it } from 'vitest';
import { closeNotices } from '../../../bench/stream/notice-ledger.js';

// Two organizations with two subscribers each: 0 and 1 of the first, 2 and 3 of the second.
const owed = new Map([
  ['of the first', { organizationIndex: 0, requestCount: 1 }],
  ['also of the first', { organizationIndex: 0, requestCount: 1 }],
  ['of the second', { organizationIndex: 1, requestCount: 1 }],
]);
const attempts = ['of the first', 'also of the first', 'of the second', 'of before'].map((deliveryId, index) => ({
  id: String(index),
  deliveryId,
}));

type Row = readonly [subscriber: number, attemptIndex: number];
const all: readonly Row[] = [
  [0, 0],
  [2, 2],
  [1, 0],
  [1, 1],
  [3, 2],
  [0, 1],
];

describe('the ledger of notices', () => {
  it('is closed when every subscriber got every attempt of its organization once, in one order', () => {
    expect(close(all)).toEqual({
      owedCount: 6,
      receivedCount: 6,
      missingCount: 0,
      doubleCount: 0,
      unknownCount: 0,
      disorderedCount: 0,
      faults: [],
    });
  });

  it.each<[string, readonly Row[], string[]]>([
    ['a notice is missing', all.slice(0, -1), ['Missing notices: 1.']],
    ['nothing came at all', [], ['Missing notices: 6.']],
    ['one came twice', [...all, [3, 2]], ['Notices that came twice: 1.']],
    ['one is of another organization', [...all, [0, 2]], ["Notices of what is not the subscriber's: 1."]],
    ['one is of what was before', [...all, [0, 3]], ["Notices of what is not the subscriber's: 1."]],
    ['a double hides what is missing', [...all.slice(0, -1), [1, 1]], ['Missing notices: 1.', 'Notices that came twice: 1.']],
    ['the order differs', [[1, 1], [1, 0], ...all.filter(([subscriber]) => subscriber !== 1)], ['Notices out of order: 2.']],
  ])('is void when %s', (_, rows, faults) => {
    expect(close(rows).faults).toEqual(faults);
  });

  it('owes a notice for each request that a delivery took', () => {
    const twice = new Map([...owed, ['of the second', { organizationIndex: 1, requestCount: 2 }] as const]);

    expect(close(all, { owed: twice }).faults).toEqual(['Missing notices: 2.']);
  });

  it('owes a notice to all of an attempt that never came to the receiver, as soon as one subscriber has it', () => {
    const more = [...attempts, { id: 'not received', deliveryId: 'of the second' }];

    expect(close([...all, [2, 4], [3, 4]], { attempts: more }).faults).toEqual([]);
    expect(close([...all, [2, 4]], { attempts: more }).faults).toEqual(['Missing notices: 1.']);
  });

  it('has the faults of subscriptions too', () => {
    expect(close(all, { faults: ['A socket was closed with 1006.'] }).faults).toEqual(['A socket was closed with 1006.']);
  });

  function close(rows: readonly Row[], { faults = [] as string[], owed: owing = owed, attempts: of = attempts } = {}) {
    const column = (index: 0 | 1) => Int32Array.from(rows, (row) => row[index]);
    return closeNotices({ subscribers: column(0), attemptIndexes: column(1), attempts: of, faults }, owing, 2);
  }
});
