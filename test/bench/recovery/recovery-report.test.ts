import { expect, it } from 'vitest';
import type { RecoveryFigures } from '../../../bench/recovery/measure-recovery.js';
import { recoveryReport } from '../../../bench/recovery/recovery-report.js';

const run: RecoveryFigures = {
  database: 'PostgreSQL',
  readySeconds: 0.81,
  drain: { firstSeconds: 1.5, everyHookSeconds: 2, mostSeconds: 40, lastSeconds: 50, deliveriesPerSecond: 2500 },
  peakBytes: 300 * 2 ** 20,
  ledger: { publishedCount: 100, deliveredCount: 100, openCount: 0, missingCount: 0, unknownCount: 0, doubleCount: 2, faults: [] },
  waitingCount: 100,
  othersCpuShare: 0.1,
  serverErrorCount: 0,
  faults: [],
};

it('a recovery is told with what was set, its times and the doubles', () => {
  const { lines, faults } = recoveryReport({ database: 'postgres', hooks: 8 }, run);
  const cellsOf = (name: string) => lines.findLast((line) => line.startsWith(name))!.split(/ {2,}/);

  expect(lines.join('\n')).toContain('Set: RETRY_SCHEDULE=5s,');
  expect(lines.join('\n')).toContain('TAKEOVER_AFTER');
  expect(cellsOf('recovered')).toEqual(['recovered', '0.81', '1.50', '2.00', '40.0', '50.0', '2500', '300', '10 %']);
  expect(cellsOf('ledger')).toEqual(['ledger', '100', '100', '0', '0', '0', '2']);
  expect(faults).toEqual([]);
});

it('faults make it void, and on SQLite nobody waits for a lease', () => {
  const { lines, faults } = recoveryReport({ database: 'sqlite', hooks: 8 }, { ...run, faults: ['Missing: 1.'] });

  expect(faults).toEqual(['Missing: 1.']);
  expect(lines.join('\n')).not.toContain('TAKEOVER_AFTER');
});
