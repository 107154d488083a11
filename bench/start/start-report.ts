import { medianOf } from '../figures/percentiles.js';
import { neighbourNotes } from '../report/neighbours.js';
import { shownMiB, shownShare } from '../report/shown.js';
import { formatTable } from '../report/table.js';
import type { Report } from '../scenario.js';
import { DATABASE_TITLES } from '../stage/database-kinds.js';
import type { StartFigures, StartsFigures } from './measure-starts.js';
import type { StartSettings } from './start-options.js';

/** The sizes as a table. */
export function startReport(
  { database, rounds }: Pick<StartSettings, 'database' | 'rounds'>,
  { firstReadyMs, forms }: StartsFigures,
): Report {
  const name = DATABASE_TITLES[database];
  const notes = neighbourNotes(forms.map(({ othersCpuShare }) => othersCpuShare));
  return {
    lines: [
      `Start on ${name}: from the start of the process to its first answer that it is healthy, ${rounds} times on each size of the database.`,
      'Started is when its log says that all parts are at work, the sending too. What the database was read or written with last may still be in the memory of the system.',
      '',
      ...formatTable(HEAD, forms.map(rowOf)),
      '',
      `The first start of all, which makes the tables: ${firstReadyMs.toFixed(0)} ms.`,
      ...notes,
    ],
    figures: {
      firstReadyMs,
      forms: forms.map((form) => ({ ...form, medianReadyMs: medianOf(form.readyMs), worstReadyMs: Math.max(...form.readyMs) })),
    },
    faults: forms.flatMap(({ eventCount, faults }) => faults.map((fault) => `${eventCount} events: ${fault}`)),
  };
}

const HEAD = ['delivered events', 'database MiB', 'ready, median ms', 'worst', 'started, median ms', 'worst', 'RSS MiB', 'others'];

function rowOf({ eventCount, databaseBytes, readyMs, startedMs, residentBytes, othersCpuShare }: StartFigures): string[] {
  return [
    eventCount.toLocaleString('en'),
    shownMiB(databaseBytes),
    ...[readyMs, startedMs].flatMap((times) => [medianOf(times), Math.max(...times)]).map((ms) => ms.toFixed(0)),
    shownMiB(residentBytes),
    shownShare(othersCpuShare),
  ];
}
