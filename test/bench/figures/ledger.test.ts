import { describe, expect, it } from 'vitest';
import { type Books, closeLedger } from '../../../bench/figures/ledger.js';

/** Events 1 and 2 are a healthy hook's and delivered; 3 and 4 are a hanging hook's and open. */
const closed: Books = {
  acknowledged: new Map([
    [1, 'healthy'],
    [2, 'healthy'],
    [3, 'hanging'],
    [4, 'hanging'],
  ]),
  unacknowledgedCount: 0,
  firstFailure: undefined,
  answered: [2, 1],
  stored: [
    { hookId: 'healthy', status: 'SUCCEEDED', count: 2 },
    { hookId: 'hanging', status: 'PENDING', count: 1 },
    { hookId: 'hanging', status: 'RETRYING', count: 1 },
  ],
  healthyHookIds: new Set(['healthy']),
};

const [healthySucceeded, ...hangingOpen] = closed.stored;

const missing = 'Missing deliveries, acknowledged but neither delivered nor open: 1.';
const unknown = 'Unknown deliveries, delivered or stored but never acknowledged: 1.';
const openToHealthy = 'Deliveries to healthy hooks that are still open: 1.';
const otherwise = (count: number) => `Deliveries of which the server has recorded another end than the receiver: ${count}.`;

describe('the ledger', () => {
  it('is closed when what was published is delivered or open in all three books', () => {
    expect(closeLedger(closed)).toEqual({
      publishedCount: 4,
      deliveredCount: 2,
      openCount: 2,
      missingCount: 0,
      unknownCount: 0,
      doubleCount: 0,
      faults: [],
    });
  });

  it('counts doubles and stays closed', () => {
    const ledger = closeLedger({ ...closed, answered: [2, 1, 2, 2] });

    expect(ledger).toMatchObject({ deliveredCount: 2, doubleCount: 2, faults: [] });
  });

  it('takes the columns of the receiver as they come', () => {
    expect(closeLedger({ ...closed, answered: Float64Array.of(2, 1, 1) })).toMatchObject({ doubleCount: 1, faults: [] });
  });

  it.each<[string, Partial<Books>, string[]]>([
    ['a publish came back without an acknowledgement', { unacknowledgedCount: 1 }, ['Publishes without an acknowledgement: 1.']],
    ['a delivery was lost from the table', { answered: [1], stored: [{ ...healthySucceeded!, count: 1 }, ...hangingOpen] }, [missing]],
    ['a delivery is recorded as a success that never arrived', { answered: [1] }, [missing, otherwise(1)]],
    [
      'a delivery was given up',
      { stored: [healthySucceeded!, hangingOpen[0]!, { hookId: 'hanging', status: 'FAILED', count: 1 }] },
      [missing],
    ],
    [
      'a healthy delivery is still open',
      {
        answered: [1],
        stored: [{ ...healthySucceeded!, count: 1 }, { hookId: 'healthy', status: 'PENDING', count: 1 }, ...hangingOpen],
      },
      [openToHealthy],
    ],
    ['something arrived that nobody published', { answered: [1, 2, 99] }, [unknown]],
    ['the table holds one too many', { stored: [healthySucceeded!, { ...hangingOpen[0]!, count: 2 }, hangingOpen[1]!] }, [unknown]],
    [
      'the table holds one of a hook that nothing was published to',
      { stored: [...closed.stored, { hookId: 'other', status: 'PENDING', count: 1 }] },
      [unknown],
    ],
    [
      // By the sums alone it closes: four published, two delivered, two open.
      'one is lost and another both delivered and open',
      { answered: [1, 3], stored: [{ ...healthySucceeded!, count: 1 }, ...hangingOpen] },
      [missing, otherwise(1)],
    ],
    [
      'one hook has one too many and another lacks one',
      { stored: [{ ...healthySucceeded!, count: 3 }, hangingOpen[0]!] },
      [missing, unknown, otherwise(1)],
    ],
  ])('is not closed when %s', (_title, change, faults) => {
    expect(closeLedger({ ...closed, ...change }).faults).toEqual(faults);
  });
});
