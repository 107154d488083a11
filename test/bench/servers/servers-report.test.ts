import { describe, expect, it } from 'vitest';
import { readOptions } from '../../../bench/options/read-options.js';
import { serversOptions } from '../../../bench/servers/servers-options.js';
import { type FormRun, mediansOf, serversReport } from '../../../bench/servers/servers-report.js';

const settings = readOptions(serversOptions, []).values;

describe('the report on servers', () => {
  it('gives the median of each form over its rounds, from few servers to many', () => {
    const runs = [makeRun(1, 1, 100), makeRun(1, 2, 180), makeRun(2, 2, 200), makeRun(2, 1, 120), makeRun(3, 1, 90), makeRun(3, 2, 210)];

    const { figures, faults, lines } = serversReport(settings, runs);

    expect(figures.forms).toMatchObject([
      { serverCount: 1, deliveriesPerSecond: 100 },
      { serverCount: 2, deliveriesPerSecond: 200 },
    ]);
    expect(faults).toEqual([]);
    expect(lines.filter((line) => /^[12] /.test(line)).map((line) => line.split(/ +/).slice(0, 3))).toEqual([
      ['1', '100', '1.00'],
      ['2', '200', '1.00'],
    ]);
  });

  it('leaves a void run out and says why', () => {
    const voided = { ...makeRun(2, 1, 900), faults: ['Missing: 1.'] };

    const { figures, faults } = serversReport(settings, [makeRun(1, 1, 100), voided]);

    expect(figures.forms).toMatchObject([{ serverCount: 1, deliveriesPerSecond: 100 }]);
    expect(figures.runs).toHaveLength(2);
    expect(faults).toEqual(['Round 2, 1 servers: Missing: 1.']);
  });

  it('has no figure where the system did not tell it in a round', () => {
    const untold = { ...makeRun(2, 1, 100), serverPeakBytes: null };

    expect(mediansOf([makeRun(1, 1, 100), untold]).serverPeakBytes).toBeNull();
    expect(mediansOf([makeRun(1, 1, 100)]).serverPeakBytes).toBe(2 ** 20);
  });

  it('has a row for hooks that another leads only where there are such', () => {
    expect(delayRowsOf(makeRun(1, 2, 100))).toEqual(['2, asked', '2, another']);
    const alone = makeRun(1, 1, 100);
    expect(delayRowsOf({ ...alone, delays: { ...alone.delays, byOtherMs: NO_SPREAD } })).toEqual(['1, asked']);
  });

  function delayRowsOf(run: FormRun): string[] {
    return serversReport(settings, [run]).lines.flatMap((line) => /^\d, (?:asked|another)/.exec(line) ?? []);
  }
});

const NO_SPREAD = { count: 0, p50: NaN, p95: NaN, p99: NaN, max: NaN };

function makeRun(round: number, serverCount: number, deliveriesPerSecond: number): FormRun {
  const spread = { count: 10, p50: 1, p95: 2, p99: 3, max: 4 };
  return {
    round,
    serverCount,
    database: 'PostgreSQL',
    deliveriesPerSecond,
    cpuSecondsPerThousand: { servers: 1, database: 1, receiver: 1, generator: 1 },
    serverPeakBytes: 2 ** 20,
    connectionCount: 5,
    diskBytesPerDelivery: 1000,
    logBytesPerDelivery: 2000,
    delays: { bySameMs: spread, byOtherMs: spread, unknownCount: 0 },
    ledger: { publishedCount: 1, deliveredCount: 1, openCount: 0, missingCount: 0, unknownCount: 0, doubleCount: 0, faults: [] },
    othersCpuShare: null,
    serverErrorCount: 0,
    faults: [],
  };
}
