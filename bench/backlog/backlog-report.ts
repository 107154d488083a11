import { LEDGER_HEAD, ledgerCells } from '../report/ledger-cells.js';
import { neighbourNotes } from '../report/neighbours.js';
import { shown, shownMiB, shownShare } from '../report/shown.js';
import { formatTable } from '../report/table.js';
import type { Report } from '../scenario.js';
import { OUTAGE_SETTINGS, OUTAGE_WORDS } from '../stage/outage.js';
import type { BacklogSettings } from './backlog-options.js';
import type { BacklogFigures } from './measure-backlog.js';

/** The run as tables. */
export function backlogReport({ events, hooks, quiet }: Pick<BacklogSettings, 'events' | 'hooks' | 'quiet'>, run: BacklogFigures): Report {
  const { database, publishSeconds, drain, memory, ledger, waitingCount, othersCpuShare, serverErrorCount, faults } = run;
  const memoryRows = [
    [`with ${waitingCount.toLocaleString('en')} deliveries waiting, the last just published`, memory?.published],
    [`after ${quiet} s of quiet`, memory?.waiting],
    ['when all was delivered', memory?.drained],
  ] as const;
  return {
    lines: [
      `Backlog on ${database}: ${events.toLocaleString('en')} events for ${hooks} hooks, published while their receivers refuse connections.`,
      OUTAGE_WORDS,
      'Times are from the moment the receivers are back; a hook stands still until the next probe of its open circuit, 30 s at most.',
      'Deliveries a second are counted from the first to the one with which 99 % are delivered.',
      '',
      ...formatTable(
        ['', 'first s', 'every hook s', '99 % s', 'last s', 'deliveries/s', 'others'],
        [
          [
            'drained',
            ...[drain.firstSeconds, drain.everyHookSeconds, drain.mostSeconds, drain.lastSeconds].map((seconds) => shown(seconds, 1)),
            shown(drain.deliveriesPerSecond, 0),
            shownShare(othersCpuShare),
          ],
        ],
      ),
      '',
      ...formatTable(
        ['resident memory of the server', 'MiB', 'peak so far'],
        memoryRows.map(([when, resident]) => [when, shownMiB(resident?.nowBytes), shownMiB(resident?.peakBytes)]),
      ),
      '',
      ...formatTable(['', ...LEDGER_HEAD], [['ledger', ...ledgerCells(ledger)]]),
      '',
      `Published in ${publishSeconds.toFixed(1)} s, ${(events / publishSeconds).toFixed(0)} events a second.`,
      ...(serverErrorCount === 0 ? [] : [`The server logged ${serverErrorCount} errors.`]),
      ...neighbourNotes([othersCpuShare]),
    ],
    figures: { serverSettings: OUTAGE_SETTINGS, ...run },
    faults,
  };
}
