import { expect, it } from 'vitest';
import { backlogReport } from '../../../bench/backlog/backlog-report.js';
import type { BacklogFigures } from '../../../bench/backlog/measure-backlog.js';

const MIB = 2 ** 20;
const run: BacklogFigures = {
  database: 'SQLite',
  publishSeconds: 4,
  drain: { firstSeconds: 1.5, everyHookSeconds: 9, mostSeconds: 40, lastSeconds: 50, deliveriesPerSecond: 2500 },
  memory: {
    published: { nowBytes: 280 * MIB, peakBytes: 300 * MIB },
    waiting: { nowBytes: 200 * MIB, peakBytes: 300 * MIB },
    drained: { nowBytes: 250 * MIB, peakBytes: 350 * MIB },
  },
  ledger: { publishedCount: 100, deliveredCount: 99, openCount: 1, missingCount: 0, unknownCount: 0, doubleCount: 2, faults: [] },
  waitingCount: 100,
  othersCpuShare: 0.1,
  serverErrorCount: 0,
  faults: [],
};

it('a backlog is told with what was set, the drain, the memory and the ledger', () => {
  const { lines, figures, faults } = backlogReport({ events: 100_000, hooks: 8, quiet: 10 }, run);
  const cellsOf = (name: string) => lines.findLast((line) => line.startsWith(name))!.split(/ {2,}/);

  expect(lines.join('\n')).toContain('Set: RETRY_SCHEDULE=5s,');
  expect(cellsOf('drained')).toEqual(['drained', '1.5', '9.0', '40.0', '50.0', '2500', '10 %']);
  expect(cellsOf('with 100 deliveries waiting').slice(1)).toEqual(['280', '300']);
  expect(cellsOf('after 10 s')).toEqual(['after 10 s of quiet', '200', '300']);
  expect(cellsOf('when all')).toEqual(['when all was delivered', '250', '350']);
  expect(cellsOf('ledger')).toEqual(['ledger', '100', '99', '1', '0', '0', '2']);
  expect(lines.at(-1)).toBe('Published in 4.0 s, 25000 events a second.');
  expect(figures).toMatchObject({ drain: run.drain, serverSettings: { RETRY_SCHEDULE: expect.any(String) } });
  expect(faults).toEqual([]);
});

it('faults make it void, and what is not known is a dash', () => {
  const { lines, faults } = backlogReport(
    { events: 1, hooks: 1, quiet: 0 },
    { ...run, memory: null, othersCpuShare: null, serverErrorCount: 3, faults: ['Missing: 1.'] },
  );

  expect(faults).toEqual(['Missing: 1.']);
  expect(lines.join('\n')).toMatch(/quiet +- +-\n/);
  expect(lines).toContain('The server logged 3 errors.');
});
