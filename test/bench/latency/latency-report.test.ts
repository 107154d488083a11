import { describe, expect, it } from 'vitest';
import { latencyOptions } from '../../../bench/latency/latency-options.js';
import { latencyReport, type RateRun } from '../../../bench/latency/latency-report.js';
import { readOptions } from '../../../bench/options/read-options.js';

const settings = readOptions(latencyOptions, ['--rates', '100,200']).values;

describe('the report on latency', () => {
  it('gives the medians of each rate over its rounds, in the order they were asked for', () => {
    const { figures, faults, lines } = latencyReport(settings, [
      makeRun(1, 200, 9),
      makeRun(1, 100, 4),
      makeRun(2, 100, 8),
      makeRun(3, 100, 5),
    ]);

    expect(faults).toEqual([]);
    expect(figures.rates).toMatchObject([
      { ratePerSecond: 100, latencyMs: { p99: 5 }, generatorLateMs: { p99: 0.5 } },
      { ratePerSecond: 200, latencyMs: { p99: 9 } },
    ]);
    expect(lines.filter((line) => /^\d/.test(line)).map((line) => line.split(/ +/).slice(0, 5))).toEqual([
      ['100', '10', '1.0', '2.0', '5.0'],
      ['200', '10', '1.0', '2.0', '9.0'],
    ]);
  });

  it('leaves a void run out and says why', () => {
    const { figures, faults } = latencyReport(settings, [makeRun(1, 100, 4), { ...makeRun(1, 200, 1), faults: ['Missing: 1.'] }]);

    expect(figures.rates).toMatchObject([{ ratePerSecond: 100 }]);
    expect(faults).toEqual(['Round 1, 200 events a second: Missing: 1.']);
  });

  it('says what the neighbours took', () => {
    const { lines } = latencyReport(settings, [{ ...makeRun(1, 100, 4), othersCpuShare: 0.4 }]);

    expect(lines.at(-1)).toMatch(/^Other programs took up to 40 % of the machine/);
  });
});

function makeRun(round: number, ratePerSecond: number, p99: number): RateRun {
  return {
    round,
    ratePerSecond,
    database: 'SQLite',
    latencyMs: { count: 10, p50: 1, p95: 2, p99, max: 20 },
    generatorLateMs: { count: 10, p50: 0, p95: 0, p99: 0.5, max: 1 },
    ledger: { publishedCount: 1, deliveredCount: 1, openCount: 0, missingCount: 0, unknownCount: 0, doubleCount: 0, faults: [] },
    serverPeakBytes: null,
    othersCpuShare: null,
    serverErrorCount: 0,
    faults: [],
  };
}
