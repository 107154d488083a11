import { medianCpuWorkOf, medianSpreadOf, medianWhereAllTell } from '../figures/medians.js';
import type { Spread } from '../figures/percentiles.js';
import { neighbourNotes } from '../report/neighbours.js';
import { shown, shownMiB, shownShare } from '../report/shown.js';
import { formatTable } from '../report/table.js';
import type { Report } from '../scenario.js';
import { DATABASE_TITLES } from '../stage/database-kinds.js';
import type { FormFigures } from './measure-form.js';
import type { ServersSettings } from './servers-options.js';

/** A run of a form and the round it belongs to, from 1. */
export interface FormRun extends FormFigures {
  round: number;
}

/** The forms as tables, each figure the median of its rounds, and all runs as figures. Void runs count for nothing. */
export function serversReport(settings: ServersSettings, runs: readonly FormRun[]): Report {
  const usable = runs.filter(({ faults }) => faults.length === 0);
  const counts = [...new Set(usable.map(({ serverCount }) => serverCount))].toSorted((one, other) => one - other);
  const forms = counts.map((serverCount) => usable.filter((run) => run.serverCount === serverCount));
  const names = { single: 'each by a call of its own', bulk: '100 a call' };
  const { database, events, hooks, 'fan-out': fanOut, publish, publishers, rate, seconds } = settings;
  return {
    lines: [
      `Servers on ${DATABASE_TITLES[database]}: ${events} events (${names[publish]}, ${publishers} publishers) to ${fanOut} of ${hooks} hooks each.`,
      '',
      ...formatTable(HEAD, forms.map(rowOf)),
      '',
      `From the answer to a publish to its arrival at the receiver, at ${rate} events a second for ${seconds} s; the hook is led by the server that was asked, or by another; below zero, it was there before the answer:`,
      '',
      ...formatTable(DELAY_HEAD, forms.flatMap(delayRowsOf)),
      ...notesOf(runs),
    ],
    figures: {
      runs,
      forms: forms.map((form) => ({ serverCount: form[0]!.serverCount, ...mediansOf(form), delays: delayMediansOf(form) })),
    },
    faults: runs.flatMap(({ round, serverCount, faults }) => faults.map((fault) => `Round ${round}, ${serverCount} servers: ${fault}`)),
  };
}

/** The median of each figure over runs of one form; null where a run does not have it. */
export function mediansOf(form: readonly FormRun[]) {
  const median = (of: (run: FormRun) => number | null) => medianWhereAllTell(form.map(of));
  return {
    deliveriesPerSecond: median((run) => run.deliveriesPerSecond),
    cpuSecondsPerThousand: medianCpuWorkOf(form.map((run) => run.cpuSecondsPerThousand)),
    serverPeakBytes: median((run) => run.serverPeakBytes),
    connectionCount: median((run) => run.connectionCount),
    diskBytesPerDelivery: median((run) => run.diskBytesPerDelivery),
    logBytesPerDelivery: median((run) => run.logBytesPerDelivery),
    othersCpuShare: median((run) => run.othersCpuShare),
  };
}

function delayMediansOf(form: readonly FormRun[]): Record<'bySameMs' | 'byOtherMs', Spread> {
  const median = (side: 'bySameMs' | 'byOtherMs') => medianSpreadOf(form.map(({ delays }) => delays[side]));
  return { bySameMs: median('bySameMs'), byOtherMs: median('byOtherMs') };
}

const HEAD = [
  'servers',
  'deliveries/s',
  'CPU s/1000: servers',
  'database',
  'receiver',
  'generator',
  'RSS MiB',
  'connections',
  'bytes/delivery',
  'log bytes',
  'others',
];

function rowOf(form: readonly FormRun[]): string[] {
  const figures = mediansOf(form);
  const { servers, database, receiver, generator } = figures.cpuSecondsPerThousand;
  const { serverPeakBytes, othersCpuShare } = figures;
  return [
    String(form[0]!.serverCount),
    shown(figures.deliveriesPerSecond, 0),
    ...[servers, database, receiver, generator].map((seconds) => shown(seconds, 2)),
    shownMiB(serverPeakBytes),
    shown(figures.connectionCount, 0),
    shown(figures.diskBytesPerDelivery, 0),
    shown(figures.logBytesPerDelivery, 0),
    shownShare(othersCpuShare),
  ];
}

const DELAY_HEAD = ['servers, led by', 'deliveries', 'p50 ms', 'p95 ms', 'p99 ms', 'max ms'];

function delayRowsOf(form: readonly FormRun[]): string[][] {
  const { bySameMs, byOtherMs } = delayMediansOf(form);
  const row = (leader: string, { count, p50, p95, p99, max }: Spread) => [
    `${form[0]!.serverCount}, ${leader}`,
    shown(count, 0),
    ...[p50, p95, p99, max].map((ms) => shown(ms, 1)),
  ];
  return [row('asked', bySameMs), ...(byOtherMs.count > 0 ? [row('another', byOtherMs)] : [])];
}

function notesOf(runs: readonly FormRun[]): string[] {
  const errors = runs.flatMap(({ round, serverCount, serverErrorCount }) =>
    serverErrorCount === 0 ? [] : [`Round ${round}, ${serverCount} servers: they logged ${serverErrorCount} errors.`],
  );
  const doubles = runs.flatMap(({ round, serverCount, ledger: { doubleCount } }) =>
    doubleCount === 0 ? [] : [`Round ${round}, ${serverCount} servers: ${doubleCount} requests more than deliveries.`],
  );
  const moved = runs.flatMap(({ round, serverCount, delays: { unknownCount } }) =>
    unknownCount === 0 ? [] : [`Round ${round}, ${serverCount} servers: hooks of ${unknownCount} deliveries changed hands.`],
  );
  const notes = [...errors, ...doubles, ...moved, ...neighbourNotes(runs.map(({ othersCpuShare }) => othersCpuShare))];
  return notes.length === 0 ? [] : ['', ...notes];
}
