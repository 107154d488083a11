import { medianSpreadOf, medianWhereAllTell } from '../figures/medians.js';
import type { Spread } from '../figures/percentiles.js';
import { neighbourNotes } from '../report/neighbours.js';
import { shown, shownMiB, shownShare } from '../report/shown.js';
import { formatTable } from '../report/table.js';
import type { Report } from '../scenario.js';
import { DATABASE_TITLES } from '../stage/database-kinds.js';
import type { AttackFigures } from './attackers.js';
import type { AttacksSettings } from './attacks-options.js';
import type { RunFigures, RunKind } from './measure-attacks.js';

/** A run and the round it belongs to, from 1. */
export interface AttacksRun extends RunFigures {
  round: number;
}

/** How late an event may be in the 99th of a hundred cases while the server is attacked, in milliseconds. */
const AIM_MS = 250;

/** Each kind of run as a row, each figure the median of its rounds, then what came of each attack; and all runs as figures. Void runs count for nothing. */
export function attacksReport(settings: AttacksSettings, runs: readonly AttacksRun[]): Report {
  const { database, rate, seconds, warmup, rounds, pause, heap } = settings;
  const usable = runs.filter(({ faults }) => faults.length === 0);
  const kinds = (['quiet', 'attacked'] as const).flatMap((kind) => mediansOf(kind, usable));
  const attacked = kinds.find(({ kind }) => kind === 'attacked');
  const isWithinAim = attacked === undefined ? null : attacked.latencyMs.p99 <= AIM_MS;
  return {
    lines: [
      `Attacks on ${DATABASE_TITLES[database]}: ${rate} single publishes a second for ${seconds} s after ${warmup} s of warming up, at a server with a heap of ${heap} MiB; medians of ${rounds} round${rounds === 1 ? '' : 's'}. Under attack, all attacks are made at once, each again ${pause} ms after its end.`,
      'Latency is from the instant an event is due to the first byte at its receiver; the part of it before its publish is sent is the generator\'s own and stands beside it as "late".',
      '',
      ...formatTable(HEAD, kinds.map(rowOf)),
      ...(attacked === undefined
        ? []
        : ['', `p99 under attack: ${shown(attacked.latencyMs.p99, 1)} ms, ${isWithinAim ? 'within' : 'OVER'} the aim of ${AIM_MS} ms.`]),
      '',
      ...addUp(runs.flatMap(({ attacks }) => attacks)).map(attackLineOf),
      ...notesOf(runs),
    ],
    figures: { kinds, aimMs: AIM_MS, isWithinAim, runs },
    faults: runs.flatMap(({ round, kind, faults }) => faults.map((fault) => `Round ${round}, ${kind}: ${fault}`)),
  };
}

/** What the rounds of a kind come to. */
interface KindMedians {
  kind: RunKind;
  latencyMs: Spread;
  generatorLateMs: Spread;
  serverPeakBytes: number | null;
  othersCpuShare: number | null;
}

function mediansOf(kind: RunKind, usable: readonly AttacksRun[]): KindMedians[] {
  const runs = usable.filter((run) => run.kind === kind);
  if (runs.length === 0) return [];
  return [
    {
      kind,
      latencyMs: medianSpreadOf(runs.map((run) => run.latencyMs)),
      generatorLateMs: medianSpreadOf(runs.map((run) => run.generatorLateMs)),
      serverPeakBytes: medianWhereAllTell(runs.map((run) => run.serverPeakBytes)),
      othersCpuShare: medianWhereAllTell(runs.map((run) => run.othersCpuShare)),
    },
  ];
}

const HEAD = ['run', 'measured', 'p50 ms', 'p95 ms', 'p99 ms', 'max ms', 'late p50', 'late p99', 'late max', 'RSS MiB', 'others'];

function rowOf({ kind, latencyMs, generatorLateMs: late, serverPeakBytes, othersCpuShare }: KindMedians): string[] {
  const { count, p50, p95, p99, max } = latencyMs;
  return [
    kind,
    shown(count, 0),
    ...[p50, p95, p99, max, late.p50, late.p99, late.max].map((ms) => shown(ms, 1)),
    shownMiB(serverPeakBytes),
    shownShare(othersCpuShare),
  ];
}

function attackLineOf({ name, roundCount, outcomes }: Omit<AttackFigures, 'faults'>): string {
  const counts = Object.entries(outcomes).map(([outcome, count]) => `${count} × ${outcome}`);
  return `- ${name}, ${roundCount} rounds: ${counts.join(', ') || 'nothing yet'}`;
}

/** The rounds and outcomes of each attack over all runs, in the order in which they came first. */
function addUp(attacks: readonly AttackFigures[]): Array<Omit<AttackFigures, 'faults'>> {
  const sums = new Map<string, { name: string; roundCount: number; outcomes: Record<string, number> }>();
  for (const { name, roundCount, outcomes } of attacks) {
    const sum = sums.get(name) ?? { name, roundCount: 0, outcomes: {} };
    sum.roundCount += roundCount;
    for (const [outcome, count] of Object.entries(outcomes)) sum.outcomes[outcome] = (sum.outcomes[outcome] ?? 0) + count;
    sums.set(name, sum);
  }
  return [...sums.values()];
}

function notesOf(runs: readonly AttacksRun[]): string[] {
  const notes = [
    ...runs.flatMap(({ round, kind, serverErrorCount }) =>
      serverErrorCount === 0 ? [] : [`Round ${round}, ${kind}: the server logged ${serverErrorCount} errors.`],
    ),
    ...runs.flatMap(({ round, kind, ledger: { doubleCount } }) =>
      doubleCount === 0 ? [] : [`Round ${round}, ${kind}: ${doubleCount} requests more than deliveries.`],
    ),
    ...neighbourNotes(runs.map(({ othersCpuShare }) => othersCpuShare)),
  ];
  return notes.length === 0 ? [] : ['', ...notes];
}
