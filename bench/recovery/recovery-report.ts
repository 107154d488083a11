import { LEDGER_HEAD, ledgerCells } from '../report/ledger-cells.js';
import { neighbourNotes } from '../report/neighbours.js';
import { shown, shownMiB, shownShare } from '../report/shown.js';
import { formatTable } from '../report/table.js';
import type { Report } from '../scenario.js';
import { OUTAGE_SETTINGS, OUTAGE_WORDS } from '../stage/outage.js';
import type { RecoveryFigures } from './measure-recovery.js';
import type { RecoverySettings } from './recovery-options.js';

/** The run as tables. */
export function recoveryReport({ database: kind, hooks }: Pick<RecoverySettings, 'database' | 'hooks'>, run: RecoveryFigures): Report {
  const { database, readySeconds, drain, peakBytes, ledger, waitingCount, othersCpuShare, serverErrorCount, faults } = run;
  return {
    lines: [
      `Recovery on ${database}: the server is killed with ${waitingCount.toLocaleString('en')} deliveries of ${hooks} hooks open, published while their receivers refuse connections; another is started once these are back.`,
      OUTAGE_WORDS,
      'Times are from the start of the new process. Deliveries a second are counted from the first to the one with which 99 % are delivered.',
      ...(kind === 'postgres'
        ? ['What the killed server led waits until its lease has run out, 10 s after it was last renewed (TAKEOVER_AFTER).']
        : []),
      '',
      ...formatTable(
        ['', 'ready s', 'first s', 'every hook s', '99 % s', 'last s', 'deliveries/s', 'peak MiB', 'others'],
        [
          [
            'recovered',
            shown(readySeconds, 2),
            shown(drain.firstSeconds, 2),
            shown(drain.everyHookSeconds, 2),
            ...[drain.mostSeconds, drain.lastSeconds].map((seconds) => shown(seconds, 1)),
            shown(drain.deliveriesPerSecond, 0),
            shownMiB(peakBytes),
            shownShare(othersCpuShare),
          ],
        ],
      ),
      '',
      ...formatTable(['', ...LEDGER_HEAD], [['ledger', ...ledgerCells(ledger)]]),
      ...(serverErrorCount === 0 ? [] : ['', `The server logged ${serverErrorCount} errors.`]),
      ...neighbourNotes([othersCpuShare]),
    ],
    figures: { serverSettings: OUTAGE_SETTINGS, ...run },
    faults,
  };
}
