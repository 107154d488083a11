import { medianSpreadOf, medianWhereAllTell } from '../figures/medians.js';
import type { Spread } from '../figures/percentiles.js';
import { neighbourNotes } from '../report/neighbours.js';
import { shown, shownMiB, shownShare } from '../report/shown.js';
import { formatTable } from '../report/table.js';
import type { Report } from '../scenario.js';
import { DATABASE_TITLES } from '../stage/database-kinds.js';
import type { LatencySettings } from './latency-options.js';
import type { RateFigures } from './measure-rate.js';

/** A run at a rate and the round it belongs to, from 1. */
export interface RateRun extends RateFigures {
  round: number;
}

/** Each rate as a row, each figure the median of its rounds, and all runs as figures. Void runs count for nothing. */
export function latencyReport(settings: LatencySettings, runs: readonly RateRun[]): Report {
  const { database, hooks, seconds, warmup, rounds } = settings;
  const rates = mediansOf(settings, runs);
  return {
    lines: [
      `Latency on ${DATABASE_TITLES[database]}: single publishes in turns to ${hooks} hooks, for ${seconds} s after ${warmup} s of warming up; medians of ${rounds} round${rounds === 1 ? '' : 's'}.`,
      'Latency is from the instant an event is due to the first byte at its receiver; the part of it before its publish is sent is the generator\'s own and stands beside it as "late".',
      '',
      ...formatTable(HEAD, rates.map(rowOf)),
      ...notesOf(runs),
    ],
    figures: { rates, runs },
    faults: runs.flatMap(({ round, ratePerSecond, faults }) =>
      faults.map((fault) => `Round ${round}, ${ratePerSecond} events a second: ${fault}`),
    ),
  };
}

/** What a rate's rounds come to. */
export interface RateMedians {
  ratePerSecond: number;
  latencyMs: Spread;
  generatorLateMs: Spread;
  serverPeakBytes: number | null;
  othersCpuShare: number | null;
}

/** The medians of every rate that has a run that counts, in the order of the settings. */
export function mediansOf({ rates }: Pick<LatencySettings, 'rates'>, runs: readonly RateRun[]): RateMedians[] {
  return rates.flatMap((ratePerSecond) => {
    const usable = runs.filter((run) => run.ratePerSecond === ratePerSecond && run.faults.length === 0);
    if (usable.length === 0) return [];
    return {
      ratePerSecond,
      latencyMs: medianSpreadOf(usable.map((run) => run.latencyMs)),
      generatorLateMs: medianSpreadOf(usable.map((run) => run.generatorLateMs)),
      serverPeakBytes: medianWhereAllTell(usable.map((run) => run.serverPeakBytes)),
      othersCpuShare: medianWhereAllTell(usable.map((run) => run.othersCpuShare)),
    };
  });
}

const HEAD = ['events/s', 'measured', 'p50 ms', 'p95 ms', 'p99 ms', 'max ms', 'late p50', 'late p99', 'late max', 'RSS MiB', 'others'];

function rowOf({ ratePerSecond, latencyMs, generatorLateMs: late, serverPeakBytes, othersCpuShare }: RateMedians): string[] {
  const { count, p50, p95, p99, max } = latencyMs;
  return [
    String(ratePerSecond),
    shown(count, 0),
    ...[p50, p95, p99, max, late.p50, late.p99, late.max].map((ms) => shown(ms, 1)),
    shownMiB(serverPeakBytes),
    shownShare(othersCpuShare),
  ];
}

function notesOf(runs: readonly RateRun[]): string[] {
  const notes = [
    ...runs.flatMap(({ round, ratePerSecond, serverErrorCount }) =>
      serverErrorCount === 0 ? [] : [`Round ${round}, ${ratePerSecond} events a second: the server logged ${serverErrorCount} errors.`],
    ),
    ...runs.flatMap(({ round, ratePerSecond, ledger: { doubleCount } }) =>
      doubleCount === 0 ? [] : [`Round ${round}, ${ratePerSecond} events a second: ${doubleCount} requests more than deliveries.`],
    ),
    ...neighbourNotes(runs.map(({ othersCpuShare }) => othersCpuShare)),
  ];
  return notes.length === 0 ? [] : ['', ...notes];
}
