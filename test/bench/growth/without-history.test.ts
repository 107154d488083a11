import { describe, expect, it } from 'vitest';
import { closeLedger } from '../../../bench/figures/ledger.js';
import { withoutHistory } from '../../../bench/growth/without-history.js';

const before = [
  { hookId: 'one', status: 'SUCCEEDED', count: 10 },
  { hookId: 'other', status: 'SUCCEEDED', count: 5 },
];

describe('what is stored without the history', () => {
  it('is what has come since, by hook and state', () => {
    const stored = [
      { hookId: 'one', status: 'SUCCEEDED', count: 12 },
      { hookId: 'one', status: 'PENDING', count: 1 },
      { hookId: 'other', status: 'SUCCEEDED', count: 5 },
    ];

    expect(withoutHistory(stored, before)).toEqual([
      { hookId: 'one', status: 'SUCCEEDED', count: 2 },
      { hookId: 'one', status: 'PENDING', count: 1 },
    ]);
  });

  it('leaves the ledger open where some of the history is gone', () => {
    const stored = [
      { hookId: 'one', status: 'SUCCEEDED', count: 11 },
      { hookId: 'other', status: 'SUCCEEDED', count: 4 },
    ];

    const { faults } = closeLedger({
      acknowledged: new Map([[1, 'one']]),
      unacknowledgedCount: 0,
      firstFailure: undefined,
      answered: [1],
      stored: withoutHistory(stored, before),
      healthyHookIds: new Set(['one', 'other']),
    });

    expect(faults).toEqual(['Deliveries of which the server has recorded another end than the receiver: 1.']);
  });
});
