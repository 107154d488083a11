import { formatTable } from '../report/table.js';
import { neighbourNotes } from '../report/neighbours.js';
import { shown, shownShare } from '../report/shown.js';
import type { Report } from '../scenario.js';
import { DATABASE_TITLES } from '../stage/database-kinds.js';
import type { StreamFigures } from './measure-stream.js';
import type { StreamSettings } from './stream-options.js';

/** The forms as tables, and all of it as figures. Void runs have no row. */
export function streamReport({ database, rate, seconds, ...settings }: StreamSettings, runs: readonly StreamFigures[]): Report {
  const usable = runs.filter(({ faults }) => faults.length === 0);
  return {
    lines: [
      `Stream on ${DATABASE_TITLES[database]}: ${rate} events a second for ${seconds} s, ${settings['per-socket']} subscribers to a socket; a form is organizations x subscribers of each.`,
      '',
      "From the receiver's answer to the notice at a subscriber: the recording of the attempt and its commit are in it.",
      '',
      ...formatTable(DELAY_HEAD, usable.map(delayRowOf)),
      '',
      'From the answer to the first notice of an attempt, and from there to the others of it:',
      '',
      ...formatTable(PART_HEAD, usable.map(partRowOf)),
      '',
      'CPU milliseconds for 1,000 notices, in brackets without what the same load took while nobody watched; memory of the server for each subscriber:',
      '',
      ...formatTable(COST_HEAD, usable.map(costRowOf)),
      ...notesOf(runs),
    ],
    figures: { runs },
    faults: runs.flatMap(({ form, faults }) => faults.map((fault) => `${form}: ${fault}`)),
  };
}

const DELAY_HEAD = ['form', 'notices', 'notices/s', 'p50 ms', 'p95 ms', 'p99 ms', 'max ms'];

function delayRowOf({ form, delays: { fromAnswerMs, noticesPerSecond } }: StreamFigures): string[] {
  const { count, p50, p95, p99, max } = fromAnswerMs;
  return [form, String(count), shown(noticesPerSecond, 0), ...[p50, p95, p99, max].map((ms) => shown(ms, 1))];
}

const PART_HEAD = ['form', 'first p50 ms', 'first p99 ms', 'others p50 ms', 'others p99 ms', 'others max ms'];

function partRowOf({ form, delays: { toFirstMs, afterFirstMs } }: StreamFigures): string[] {
  return [form, ...[toFirstMs.p50, toFirstMs.p99, afterFirstMs.p50, afterFirstMs.p99, afterFirstMs.max].map((ms) => shown(ms, 1))];
}

const COST_HEAD = ['form', 'server', 'database', 'subscribers', 'KiB/subscriber', 'subscribed in s', 'others'];

function costRowOf({ form, cpuMsPerThousand, memoryBytesPerSubscriber, watchSeconds, othersCpuShare }: StreamFigures): string[] {
  const { server, database, subscribers } = cpuMsPerThousand;
  return [
    form,
    ...[server, database].map(({ all, forNotices }) => (all === null ? '-' : `${shown(all, 0)} (${shown(forNotices, 0)})`)),
    shown(subscribers, 0),
    shown(memoryBytesPerSubscriber === null ? null : memoryBytesPerSubscriber / 1024, 1),
    shown(watchSeconds, 1),
    shownShare(othersCpuShare),
  ];
}

function notesOf(runs: readonly StreamFigures[]): string[] {
  const errors = runs.flatMap(({ form, serverErrorCount }) =>
    serverErrorCount === 0 ? [] : [`${form}: the server logged ${serverErrorCount} errors.`],
  );
  const neighbours = neighbourNotes(runs.map(({ othersCpuShare }) => othersCpuShare));
  const notes = [...errors, ...neighbours];
  return notes.length === 0 ? [] : ['', ...notes];
}
