import { describe, expect, it } from 'vitest';
import { readOptions } from '../../../bench/options/read-options.js';
import { throughputOptions } from '../../../bench/throughput/throughput-options.js';
import { throughputReport, type ThroughputRuns } from '../../../bench/throughput/throughput-report.js';
import type { YardstickName } from '../../../bench/yardsticks/yardstick-plan.js';

const settings = readOptions(throughputOptions, ['--fan-out', '1', '--redis', 'redis://127.0.0.1:6379']).values;

describe('the report on throughput', () => {
  it('gives the medians of the rounds, ours as a ratio to each yardstick', () => {
    const report = throughputReport(settings, {
      forms: [makeForm(1, 100), makeForm(2, 300), makeForm(3, 200)],
      yardsticks: [
        makeYardstick('client-loop', 1, 900),
        makeYardstick('client-loop', 2, 1000),
        makeYardstick('client-loop', 3, 1100),
        makeYardstick('bare-store', 1, 250),
        makeYardstick('bullmq', 1, 160),
      ],
    });

    expect(report.faults).toEqual([]);
    expect(report.figures.forms).toMatchObject([
      { deliveriesPerSecond: 200, ratios: { 'client-loop': 0.2, 'bare-store': 0.8, bullmq: 1.25, sqlite: null } },
    ]);
    expect(report.lines.filter((line) => /\d/.test(line)).map((line) => line.split(/ {2,}/).slice(0, 5))).toContainEqual([
      'SQLite, single publishes, fan-out 1',
      '200',
      '0.20',
      '0.80',
      '1.25',
    ]);
  });

  it('gives those on PostgreSQL as a ratio to the same form on SQLite', () => {
    const onBoth = readOptions(throughputOptions, ['--database', 'both', '--fan-out', '1,10', '--publish', 'single']).values;
    const onPostgres = (round: number, rate: number, fanOut = 1) => ({ ...makeForm(round, rate), database: 'postgres' as const, fanOut });
    const { figures, lines } = throughputReport(onBoth, {
      forms: [makeForm(1, 100), onPostgres(1, 90), onPostgres(2, 70), makeForm(2, 100), onPostgres(1, 50, 10)],
      yardsticks: [],
    });

    expect(figures.forms).toMatchObject([
      { database: 'sqlite', fanOut: 1, ratios: { sqlite: null } },
      { database: 'postgres', fanOut: 1, deliveriesPerSecond: 80, ratios: { sqlite: 0.8 } },
      { database: 'postgres', fanOut: 10, ratios: { sqlite: null } },
    ]);
    expect(lines[0]).toContain('Throughput on SQLite and PostgreSQL: ');
    expect(lines.find((line) => line.startsWith('PostgreSQL, single publishes, fan-out 1 '))).toMatch(/ 80 +- +- +- +0\.80 /);
  });

  it('leaves void runs out and says why', () => {
    const report = throughputReport(settings, {
      forms: [makeForm(1, 100), { ...makeForm(2, 900), faults: ['Missing: 1.'] }],
      yardsticks: [makeYardstick('client-loop', 1, 200), { ...makeYardstick('bullmq', 1, 1), faults: ['None came.'] }],
    });

    expect(report.figures.forms).toMatchObject([
      { deliveriesPerSecond: 100, ratios: { 'client-loop': 0.5, 'bare-store': null, bullmq: null } },
    ]);
    expect(report.faults).toEqual(['Round 2, SQLite, single publishes, fan-out 1: Missing: 1.', 'Round 1, BullMQ: None came.']);
  });

  it('says that BullMQ was left out', () => {
    const { lines } = throughputReport({ ...settings, redis: 'none' }, { forms: [makeForm(1, 100)], yardsticks: [] });

    expect(lines).toContain('BullMQ was left out: --redis names no Redis.');
  });
});

function makeForm(round: number, deliveriesPerSecond: number): ThroughputRuns['forms'][number] {
  return {
    round,
    database: 'sqlite',
    publish: 'single',
    fanOut: 1,
    deliveriesPerSecond,
    cpuSecondsPerThousand: { servers: 1, database: null, receiver: 1, generator: 1 },
    serverPeakBytes: 2 ** 20,
    ledger: { publishedCount: 1, deliveredCount: 1, openCount: 0, missingCount: 0, unknownCount: 0, doubleCount: 0, faults: [] },
    othersCpuShare: null,
    serverErrorCount: 0,
    faults: [],
  };
}

function makeYardstick(name: YardstickName, round: number, deliveriesPerSecond: number): ThroughputRuns['yardsticks'][number] {
  const cpuSecondsPerThousand = { servers: 1, database: null, receiver: 1, generator: null };
  return { round, name, description: 'undici', deliveriesPerSecond, cpuSecondsPerThousand, doubleCount: 0, faults: [] };
}
