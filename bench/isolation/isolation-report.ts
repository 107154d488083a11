import { medianOf } from '../figures/percentiles.js';
import { LEDGER_HEAD, ledgerCells } from '../report/ledger-cells.js';
import { neighbourNotes } from '../report/neighbours.js';
import { shownMiB, shownShare } from '../report/shown.js';
import { formatTable } from '../report/table.js';
import type { Report } from '../scenario.js';
import { hangingCountOf, type IsolationSettings } from './isolation-options.js';
import type { RunFigures } from './measure-run.js';

/** A run and the round it belongs to, from 1. */
export interface Run extends RunFigures {
  round: number;
}

/** The runs as a table and as figures; a round that is not complete gives no ratio, nor does one with a void run. */
export function isolationReport(settings: IsolationSettings, runs: readonly Run[]): Report {
  const ratios = ratiosOf(runs);
  const medianRatio = ratios.length === 0 ? null : medianOf(ratios);
  const faults = runs.flatMap(({ round, kind, faults: found }) => found.map((fault) => `Round ${round}, ${kind}: ${fault}`));
  return {
    lines: [
      titleOf(settings),
      'Latency is from the instant an event is due to the first byte at its receiver, of the hooks that are healthy in both kinds of run.',
      '',
      ...formatTable(HEAD, runs.map(rowOf)),
      '',
      ...notesOf(runs),
      `Ratio of the p99s, troubled to clean, by round: ${ratios.length === 0 ? 'none' : ratios.map((ratio) => ratio.toFixed(2)).join(', ')}`,
      ...(medianRatio === null ? [] : [`Median of the ratios: ${medianRatio.toFixed(2)}`]),
    ],
    figures: { runs, ratios, medianRatio },
    faults,
  };
}

/** The p99 of each round's troubled run over that of its clean run. */
export function ratiosOf(runs: readonly Run[]): number[] {
  const usable = runs.filter(({ faults }) => faults.length === 0);
  return usable
    .filter(({ kind }) => kind !== 'clean')
    .flatMap(({ round, latencyMs }) => {
      const clean = usable.find((run) => run.round === round && run.kind === 'clean');
      return clean === undefined ? [] : [latencyMs.p99 / clean.latencyMs.p99];
    });
}

const HEAD = ['run', 'p50 ms', 'p95 ms', 'p99 ms', 'max ms', 'late p99', ...LEDGER_HEAD, 'RSS MiB', 'peak', 'others'];

function rowOf({ round, kind, latencyMs, generatorLateMs, ledger, memory, othersCpuShare }: Run): string[] {
  return [
    `${round} ${kind}`,
    ...[latencyMs.p50, latencyMs.p95, latencyMs.p99, latencyMs.max, generatorLateMs.p99].map((ms) => ms.toFixed(1)),
    ...ledgerCells(ledger),
    ...[memory?.nowBytes, memory?.peakBytes].map(shownMiB),
    shownShare(othersCpuShare),
  ];
}

function titleOf({ form, hooks, rate, seconds, warmup, due, dead, ...settings }: IsolationSettings): string {
  const trouble =
    form === 'hanging'
      ? `${hangingCountOf({ hooks, ...settings })} of the hooks hang`
      : `a dead hook (${dead}) has ${due.toLocaleString('en')} deliveries due`;
  return `Isolation: ${hooks} hooks, ${rate} events a second for ${seconds} s after ${warmup} s of warming up; troubled: ${trouble}.`;
}

function notesOf(runs: readonly Run[]): string[] {
  const dead = runs.flatMap(({ round, stateCounts, backlogSeconds }) =>
    stateCounts.dead === null || backlogSeconds === null
      ? []
      : [
          `Round ${round}: the backlog was published in ${backlogSeconds.toFixed(1)} s; in the end ${stateCounts.dead.PENDING ?? 0} of it had no attempt on record.`,
        ],
  );
  const errors = runs.flatMap(({ round, kind, serverErrorCount }) =>
    serverErrorCount === 0 ? [] : [`Round ${round}, ${kind}: the server logged ${serverErrorCount} errors.`],
  );
  return [...dead, ...errors, ...neighbourNotes(runs.map(({ othersCpuShare }) => othersCpuShare))];
}
