import { describe, expect, it } from 'vitest';
import { isolationOptions } from '../../../bench/isolation/isolation-options.js';
import { isolationReport, ratiosOf, type Run } from '../../../bench/isolation/isolation-report.js';
import { readOptions } from '../../../bench/options/read-options.js';

const settings = readOptions(isolationOptions, []).values;

describe('the ratios', () => {
  it('are those of each round, whichever kind went first, and the median is given', () => {
    const runs = [makeRun(1, 'clean', 10), makeRun(1, 'hanging', 20), makeRun(2, 'hanging', 15), makeRun(2, 'clean', 10)];

    const { figures, faults } = isolationReport(settings, runs);

    expect(figures).toMatchObject({ ratios: [2, 1.5], medianRatio: 1.75 });
    expect(faults).toEqual([]);
  });

  it('leave out a round that is void or not complete', () => {
    const voided = { ...makeRun(2, 'hanging', 15), faults: ['Missing: 1.'] };
    const runs = [makeRun(1, 'clean', 10), makeRun(1, 'hanging', 20), makeRun(2, 'clean', 10), voided, makeRun(3, 'hanging', 5)];

    const { figures, faults } = isolationReport(settings, runs);

    expect(ratiosOf(runs)).toEqual([2]);
    expect(figures).toMatchObject({ medianRatio: 2 });
    expect(faults).toEqual(['Round 2, hanging: Missing: 1.']);
  });

  it('are none where nothing can be compared', () => {
    const { figures, lines } = isolationReport(settings, [makeRun(1, 'clean', 10)]);

    expect(figures).toMatchObject({ ratios: [], medianRatio: null });
    expect(lines.at(-1)).toBe('Ratio of the p99s, troubled to clean, by round: none');
  });
});

describe('the notes', () => {
  it.each([
    ['say that the machine was busy with other programs', 0.5, 1],
    ['are silent where it was quiet', 0.1, 0],
    ['are silent where it is not known', null, 0],
  ])('%s', (_title, othersCpuShare, count) => {
    const { lines } = isolationReport(settings, [{ ...makeRun(1, 'clean', 10), othersCpuShare }]);

    expect(lines.filter((line) => line.startsWith('Other programs took up to 50 % of the machine'))).toHaveLength(count);
  });
});

function makeRun(round: number, kind: Run['kind'], p99: number): Run {
  return {
    round,
    kind,
    database: 'SQLite',
    latencyMs: { count: 100, p50: 1, p95: 2, p99, max: 99 },
    generatorLateMs: { count: 100, p50: 1, p95: 1, p99: 1, max: 1 },
    ledger: { publishedCount: 1, deliveredCount: 1, openCount: 0, missingCount: 0, unknownCount: 0, doubleCount: 0, faults: [] },
    memory: null,
    othersCpuShare: null,
    stateCounts: { all: {}, dead: null },
    backlogSeconds: null,
    serverErrorCount: 0,
    faults: [],
  };
}
