import { medianCpuWorkOf, medianSpreadOf, medianWhereAllTell } from '../figures/medians.js';
import { medianOf, type Spread } from '../figures/percentiles.js';
import { neighbourNotes } from '../report/neighbours.js';
import { shown, shownMiB, shownShare } from '../report/shown.js';
import { formatTable } from '../report/table.js';
import type { Report } from '../scenario.js';
import type { CpuWork } from '../stage/cpu-work.js';
import { DATABASE_TITLES } from '../stage/database-kinds.js';
import type { GrowthFigures } from './grown-stage.js';
import type { GrowthSettings } from './growth-options.js';

/** The forms as tables, each figure the median of the rounds, and all of it as figures. Void runs have no row, and no ratio is taken of them. */
export function growthReport(
  { database, rate, rounds, seconds, publishers, hooks }: GrowthSettings,
  runs: readonly GrowthFigures[],
): Report {
  const forms = mediansOf(runs.filter(({ faults }) => faults.length === 0));
  return {
    lines: [
      `Growth on ${DATABASE_TITLES[database]}: single publishes to ${hooks} hooks, ${publishers} at once for ${seconds} s; then ${rate} events a second for ${seconds} s; medians of ${rounds} round${rounds === 1 ? '' : 's'}.`,
      'A ratio is the median of those of each round to the one with the fewest stored.',
      '',
      ...formatTable(HEAD, forms.map(rowOf)),
      '',
      'From the instant an event is due to the first byte at its receiver:',
      '',
      ...formatTable(LATENCY_HEAD, forms.map(latencyRowOf)),
      ...notesOf(runs),
    ],
    figures: { forms, runs },
    faults: runs.flatMap(({ storedCount, faults }) => faults.map((fault) => `${storedCount} stored: ${fault}`)),
  };
}

/** What the rounds with so many events stored come to. */
export interface GrowthMedians extends Omit<GrowthFigures, 'rounds'> {
  deliveriesPerSecond: number;
  /** In each round, to the one with the fewest stored. */
  ratios: readonly number[];
  cpuSecondsPerThousand: CpuWork;
  latencyMs: Spread;
  othersCpuShare: number | null;
}

/** In the order of the runs. */
export function mediansOf(runs: readonly GrowthFigures[]): GrowthMedians[] {
  const [fewest] = runs.toSorted((one, other) => one.storedCount - other.storedCount);
  return runs.map(({ rounds, ...run }) => ({
    ...run,
    deliveriesPerSecond: medianOf(rounds.map(({ deliveriesPerSecond }) => deliveriesPerSecond)),
    ratios: rounds.map(({ deliveriesPerSecond }, index) => deliveriesPerSecond / fewest!.rounds[index]!.deliveriesPerSecond),
    cpuSecondsPerThousand: medianCpuWorkOf(rounds.map(({ cpuSecondsPerThousand }) => cpuSecondsPerThousand)),
    latencyMs: medianSpreadOf(rounds.map(({ latencyMs }) => latencyMs)),
    othersCpuShare: medianWhereAllTell(rounds.map(({ othersCpuShare }) => othersCpuShare)),
  }));
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

function rowOf(form: GrowthMedians): string[] {
  return [
    form.storedCount.toLocaleString('en'),
    shown(form.deliveriesPerSecond, 0),
    shown(medianOf(form.ratios), 2),
    shown(form.cpuSecondsPerThousand.servers, 2),
    shown(form.cpuSecondsPerThousand.database, 2),
    shown(form.storedBytesPerDelivery, 0),
    shown(form.addedBytesPerDelivery, 0),
    shown(form.readyMs, 0),
    shownMiB(form.serverPeakBytes),
    shownShare(form.othersCpuShare),
  ];
}

const LATENCY_HEAD = ['stored', 'events', 'p50 ms', 'p95 ms', 'p99 ms', 'max ms'];

function latencyRowOf({ storedCount, latencyMs: { count, p50, p95, p99, max } }: GrowthMedians): string[] {
  return [storedCount.toLocaleString('en'), shown(count, 0), ...[p50, p95, p99, max].map((ms) => shown(ms, 1))];
}

function notesOf(runs: readonly GrowthFigures[]): string[] {
  const errors = runs.flatMap(({ storedCount, serverErrorCount }) =>
    serverErrorCount === 0 ? [] : [`${storedCount} stored: the server logged ${serverErrorCount} errors.`],
  );
  const shares = runs.flatMap(({ rounds }) => rounds.map(({ othersCpuShare }) => othersCpuShare));
  const notes = [...errors, ...neighbourNotes(shares)];
  return notes.length === 0 ? [] : ['', ...notes];
}
