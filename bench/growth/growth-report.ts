import { neighbourNotes } from '../report/neighbours.js';
import { shown, shownMiB, shownShare } from '../report/shown.js';
import { formatTable } from '../report/table.js';
import type { Report } from '../scenario.js';
import { DATABASE_TITLES } from '../stage/database-kinds.js';
import type { GrowthSettings } from './growth-options.js';
import type { GrowthFigures } from './measure-growth.js';

/** The forms as tables, and all of it as figures. Void runs have no row, and no ratio is taken of them. */
export function growthReport({ database, rate, seconds, publishers, hooks }: GrowthSettings, runs: readonly GrowthFigures[]): Report {
  const usable = runs.filter(({ faults }) => faults.length === 0);
  const ratios = ratiosOf(usable);
  return {
    lines: [
      `Growth on ${DATABASE_TITLES[database]}: single publishes to ${hooks} hooks, ${publishers} at once for ${seconds} s; then ${rate} events a second for ${seconds} s.`,
      '',
      ...formatTable(
        HEAD,
        usable.map((run, index) => rowOf(run, ratios[index]!)),
      ),
      '',
      'From the instant an event is due to the first byte at its receiver:',
      '',
      ...formatTable(LATENCY_HEAD, usable.map(latencyRowOf)),
      ...notesOf(runs),
    ],
    figures: { runs, ratios },
    faults: runs.flatMap(({ storedCount, faults }) => faults.map((fault) => `${storedCount} stored: ${fault}`)),
  };
}

/** The throughput of each run over that of the one with the fewest events stored. */
export function ratiosOf(runs: readonly GrowthFigures[]): number[] {
  const [fewest] = runs.toSorted((one, other) => one.storedCount - other.storedCount);
  return runs.map(({ deliveriesPerSecond }) => deliveriesPerSecond / fewest!.deliveriesPerSecond);
}

const HEAD = [
  'stored',
  'deliveries/s',
  'ratio',
  'CPU s/1000: server',
  'database',
  'bytes/stored',
  'bytes/added',
  'ready ms',
  'RSS MiB',
  'others',
];

function rowOf(run: GrowthFigures, ratio: number): string[] {
  return [
    run.storedCount.toLocaleString('en'),
    shown(run.deliveriesPerSecond, 0),
    shown(ratio, 2),
    shown(run.cpuSecondsPerThousand.servers, 2),
    shown(run.cpuSecondsPerThousand.database, 2),
    shown(run.storedBytesPerDelivery, 0),
    shown(run.addedBytesPerDelivery, 0),
    shown(run.readyMs, 0),
    shownMiB(run.serverPeakBytes),
    shownShare(run.othersCpuShare),
  ];
}

const LATENCY_HEAD = ['stored', 'events', 'p50 ms', 'p95 ms', 'p99 ms', 'max ms'];

function latencyRowOf({ storedCount, latencyMs: { count, p50, p95, p99, max } }: GrowthFigures): string[] {
  return [storedCount.toLocaleString('en'), String(count), ...[p50, p95, p99, max].map((ms) => shown(ms, 1))];
}

function notesOf(runs: readonly GrowthFigures[]): string[] {
  const errors = runs.flatMap(({ storedCount, serverErrorCount }) =>
    serverErrorCount === 0 ? [] : [`${storedCount} stored: the server logged ${serverErrorCount} errors.`],
  );
  const notes = [...errors, ...neighbourNotes(runs.map(({ othersCpuShare }) => othersCpuShare))];
  return notes.length === 0 ? [] : ['', ...notes];
}
