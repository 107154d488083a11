import { describe, expect, it } from 'vitest';
import type { GrowthFigures } from '../../../bench/growth/grown-stage.js';
import { growthOptions } from '../../../bench/growth/growth-options.js';
import { growthReport } from '../../../bench/growth/growth-report.js';
import { readOptions } from '../../../bench/options/read-options.js';

const settings = readOptions(growthOptions, []).values;

describe('the report on growth', () => {
  it('gives the throughput as a ratio to that with the fewest stored, in whatever order they were measured', () => {
    const { figures, lines, faults } = growthReport(settings, [makeRun(1_000_000, [90]), makeRun(0, [100])]);

    expect(figures.forms).toMatchObject([{ ratios: [0.9] }, { ratios: [1] }]);
    expect(lines.filter((line) => /^1,000,000 +90 +0\.90 /.test(line))).toHaveLength(1);
    expect(faults).toEqual([]);
  });

  it('compares what was measured in the same round, so that a machine that gets slower is not taken for growth', () => {
    const { figures, lines } = growthReport(settings, [makeRun(0, [200, 100, 80]), makeRun(10, [190, 80, 80])]);

    expect(figures.forms).toMatchObject([
      { deliveriesPerSecond: 100, ratios: [1, 1, 1] },
      { deliveriesPerSecond: 80, ratios: [0.95, 0.8, 1] },
    ]);
    expect(lines.filter((line) => /^10 +80 +0\.95 /.test(line))).toHaveLength(1);
  });

  it('leaves a void run out and says why', () => {
    const { figures, lines, faults } = growthReport(settings, [makeRun(0, [100]), { ...makeRun(10, [90]), faults: ['Missing: 1.'] }]);

    expect([figures.forms, (figures.runs as unknown[]).length]).toMatchObject([[{ ratios: [1] }], 2]);
    expect(lines.filter((line) => line.startsWith('10 '))).toEqual([]);
    expect(faults).toEqual(['10 stored: Missing: 1.']);
  });
});

function makeRun(storedCount: number, rates: readonly number[]): GrowthFigures {
  return {
    storedCount,
    database: 'SQLite',
    rounds: rates.map((deliveriesPerSecond) => ({
      deliveriesPerSecond,
      cpuSecondsPerThousand: { servers: 1, database: null, receiver: 1, generator: 1 },
      latencyMs: { count: 10, p50: 1, p95: 2, p99: 3, max: 4 },
      othersCpuShare: null,
    })),
    storedBytesPerDelivery: null,
    addedBytesPerDelivery: 1000,
    readyMs: 500,
    serverPeakBytes: null,
    ledger: { publishedCount: 1, deliveredCount: 1, openCount: 0, missingCount: 0, unknownCount: 0, doubleCount: 0, faults: [] },
    serverErrorCount: 0,
    faults: [],
  };
}
