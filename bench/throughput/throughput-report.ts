import { medianCpuWorkOf, medianWhereAllTell } from '../figures/medians.js';
import { medianOf } from '../figures/percentiles.js';
import { neighbourNotes } from '../report/neighbours.js';
import { shown, shownMiB, shownShare } from '../report/shown.js';
import { formatTable } from '../report/table.js';
import type { Report } from '../scenario.js';
import type { CpuWork } from '../stage/cpu-work.js';
import { DATABASE_TITLES } from '../stage/database-kinds.js';
import type { YardstickFigures } from '../yardsticks/measure-yardstick.js';
import { YARDSTICKS, type YardstickName } from '../yardsticks/yardstick-plan.js';
import type { ThroughputFigures } from './measure-throughput.js';
import { databasesOf, formsOf, type ThroughputForm, type ThroughputSettings } from './throughput-options.js';

/** What was measured so far, each run with the round it belongs to, from 1. */
export interface ThroughputRuns {
  forms: ReadonlyArray<ThroughputFigures & { round: number }>;
  yardsticks: ReadonlyArray<YardstickFigures & { round: number }>;
}

/** What a form is compared with: the yardsticks, and the same form on SQLite. */
type Measure = YardstickName | 'sqlite';

/** A form's medians over its rounds, and how many times as fast it is as what it is compared with; null where a figure is missing. */
export interface FormMedians extends ThroughputForm {
  deliveriesPerSecond: number;
  ratios: Record<Measure, number | null>;
  cpuSecondsPerThousand: CpuWork;
  serverPeakBytes: number | null;
  othersCpuShare: number | null;
}

/** The forms as a table, the median of their rounds against the median of each yardstick's. Void runs count for nothing. */
export function throughputReport(settings: ThroughputSettings, runs: ThroughputRuns): Report {
  const { events, hooks, publishers, rounds } = settings;
  const databases = databasesOf(settings).map((database) => DATABASE_TITLES[database]);
  const yardsticks = yardstickMediansOf(runs);
  const forms = mediansOf(settings, runs);

  return {
    lines: [
      `Throughput on ${databases.join(' and ')}: ${events} deliveries to ${hooks} hooks, ${publishers} publishers; medians of ${rounds} round${rounds === 1 ? '' : 's'}.`,
      '',
      ...formatTable(HEAD, [...yardsticks.map(yardstickRowOf), ...forms.map(rowOf)]),
      '',
      ...yardsticks.map(explain),
      ...(settings.redis === 'none' ? ['BullMQ was left out: --redis names no Redis.'] : []),
      ...notesOf(runs),
    ],
    figures: { forms, yardsticks, runs },
    faults: [
      ...runs.forms.flatMap(({ round, faults, ...form }) => faults.map((fault) => `Round ${round}, ${formName(form)}: ${fault}`)),
      ...runs.yardsticks.flatMap(({ round, name, faults }) => faults.map((fault) => `Round ${round}, ${YARDSTICKS[name].title}: ${fault}`)),
    ],
  };
}

/** As it is called in tables and faults. */
export function formName({ database, publish, fanOut }: ThroughputForm): string {
  return `${DATABASE_TITLES[database]}, ${publish === 'single' ? 'single publishes' : '100 a call'}, fan-out ${fanOut}`;
}

interface YardstickMedian {
  name: YardstickName;
  description: string;
  deliveriesPerSecond: number;
  cpuSecondsPerThousand: CpuWork;
}

function yardstickMediansOf({ yardsticks }: ThroughputRuns): YardstickMedian[] {
  return (Object.keys(YARDSTICKS) as YardstickName[]).flatMap((name) => {
    const usable = yardsticks.filter((run) => run.name === name && run.faults.length === 0);
    if (usable.length === 0) return [];
    const { description } = usable[0]!;
    return {
      name,
      description,
      deliveriesPerSecond: medianOf(usable.map((run) => run.deliveriesPerSecond)),
      cpuSecondsPerThousand: medianCpuWorkOf(usable.map((run) => run.cpuSecondsPerThousand)),
    };
  });
}

/** The medians of every form that has a run that counts, in the order of the settings. */
export function mediansOf(settings: ThroughputSettings, runs: ThroughputRuns): FormMedians[] {
  const yardsticks = yardstickMediansOf(runs);
  const usableOf = (form: ThroughputForm) => runs.forms.filter((run) => run.faults.length === 0 && isOf(form, run));
  const rateOf = (usable: readonly ThroughputFigures[]) => medianWhereAllTell(usable.map((run) => run.deliveriesPerSecond));
  const rateOfYardstick = (name: YardstickName) => yardsticks.find((each) => each.name === name)?.deliveriesPerSecond ?? null;
  return formsOf(settings).flatMap((form) => {
    const usable = usableOf(form);
    const ours = rateOf(usable);
    if (ours === null) return [];
    const ratioTo = (rate: number | null) => (rate === null ? null : ours / rate);
    const onSqlite = form.database === 'sqlite' ? null : rateOf(usableOf({ ...form, database: 'sqlite' }));
    return {
      ...form,
      deliveriesPerSecond: ours,
      ratios: {
        'client-loop': ratioTo(rateOfYardstick('client-loop')),
        'bare-store': ratioTo(rateOfYardstick('bare-store')),
        bullmq: ratioTo(rateOfYardstick('bullmq')),
        sqlite: ratioTo(onSqlite),
      },
      cpuSecondsPerThousand: medianCpuWorkOf(usable.map((run) => run.cpuSecondsPerThousand)),
      serverPeakBytes: medianWhereAllTell(usable.map((run) => run.serverPeakBytes)),
      othersCpuShare: medianWhereAllTell(usable.map((run) => run.othersCpuShare)),
    };
  });
}

function isOf({ database, publish, fanOut }: ThroughputForm, run: ThroughputForm): boolean {
  return run.database === database && run.publish === publish && run.fanOut === fanOut;
}

const HEAD = [
  'form',
  'deliveries/s',
  'x client loop',
  'x bare store',
  'x BullMQ',
  'x SQLite',
  'CPU s/1000: server',
  'database',
  'receiver',
  'generator',
  'RSS MiB',
  'others',
];

function yardstickRowOf({ name, deliveriesPerSecond, cpuSecondsPerThousand }: YardstickMedian): string[] {
  return [YARDSTICKS[name].title, shown(deliveriesPerSecond, 0), '', '', '', '', ...cpuCellsOf(cpuSecondsPerThousand)];
}

function cpuCellsOf({ servers, database, receiver, generator }: CpuWork): string[] {
  return [servers, database, receiver, generator].map((seconds) => shown(seconds, 2));
}

const EXPLANATIONS: Record<YardstickName, string> = {
  'client-loop': 'it only sends, 64 at once; nothing is published, signed, queued or stored',
  'bare-store':
    'what it takes at the least to store, sign, send and record, in one thread; it publishes within its own process and sends 64 at once; there is nothing to ask, watch, configure or steer',
  bullmq:
    'its database is Redis; it publishes within its own process, one event a call, and sends 64 at once; nothing is signed, and no attempt kept',
};

function explain({ name, description }: YardstickMedian): string {
  return `${YARDSTICKS[name].title} (${description}): ${EXPLANATIONS[name]}.`;
}

function rowOf({ deliveriesPerSecond, ratios, cpuSecondsPerThousand, serverPeakBytes, othersCpuShare, ...form }: FormMedians): string[] {
  return [
    formName(form),
    shown(deliveriesPerSecond, 0),
    shown(ratios['client-loop'], 2),
    shown(ratios['bare-store'], 2),
    shown(ratios.bullmq, 2),
    shown(ratios.sqlite, 2),
    ...cpuCellsOf(cpuSecondsPerThousand),
    shownMiB(serverPeakBytes),
    shownShare(othersCpuShare),
  ];
}

function notesOf({ forms, yardsticks }: ThroughputRuns): string[] {
  const errors = forms.flatMap(({ round, serverErrorCount, ...form }) =>
    serverErrorCount === 0 ? [] : [`Round ${round}, ${formName(form)}: the server logged ${serverErrorCount} errors.`],
  );
  const doubles = [
    ...forms.map(({ round, ledger, ...form }) => ({ round, name: formName(form), doubleCount: ledger.doubleCount })),
    ...yardsticks.map(({ round, name, doubleCount }) => ({ round, name: YARDSTICKS[name].title, doubleCount })),
  ].flatMap(({ round, name, doubleCount }) =>
    doubleCount === 0 ? [] : [`Round ${round}, ${name}: ${doubleCount} requests more than deliveries.`],
  );
  return [...errors, ...doubles, ...neighbourNotes(forms.map(({ othersCpuShare }) => othersCpuShare))];
}
