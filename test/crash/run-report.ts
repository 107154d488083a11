import type { Ledger } from './ledger.js';

/** What one life of the server showed. */
export interface LifeReport {
  /** From when on the moment of the kill was counted: the start of the process, or the first publish it acknowledged. */
  killedAfter: 'SPAWN' | 'ANSWER';
  /** From the start of the process until it said that it had started, in milliseconds; null where it was killed before. */
  startedMs: number | null;
  /** How many changes of files in the data folder that took; null where it was killed before. */
  startedChanges: number | null;
  /** From the start of the process to the first request, in milliseconds; null where none was due, or none came before the kill. */
  firstRequestMs: number | null;
}

/** What a whole run showed. */
export interface RunReport {
  seed: number;
  lives: readonly LifeReport[];
  /** How many answers of publishes kills have taken, and how many of those publishes were on disk all the same. */
  lostCount: number;
  keptCount: number;
  ledger: Ledger;
  doubleCount: number;
}

/** The run in a few lines, for people. */
export function formatRun({ seed, lives, lostCount, keptCount, ledger, doubleCount }: RunReport): string {
  const { events, deliveries, attempts } = ledger;
  const unstartedCount = lives.filter(({ startedMs }) => startedMs === null).length;
  return [
    `${lives.length} kills at random moments (CRASH_SEED=${seed}), ${unstartedCount} of them before the server had started`,
    `  ${events.length} events acknowledged; ${lostCount} answers lost to a kill, ${keptCount} of them of publishes that were on disk`,
    `  ${deliveries.length} deliveries, ${attempts.length} attempts recorded, ${doubleCount} doubles`,
    `  from process start to server.started: ${formatTimes(lives.flatMap(({ startedMs }) => startedMs ?? []))}`,
    `  from process start to the first request: ${formatTimes(lives.flatMap(({ firstRequestMs }) => firstRequestMs ?? []))}`,
  ].join('\n');
}

/** One life in a line. */
export function formatLife({ killedAfter, startedMs, firstRequestMs }: LifeReport): string {
  const times = [
    `started ${startedMs === null ? 'never' : `after ${formatMs(startedMs)}`}`,
    firstRequestMs === null ? 'no first request to measure' : `first request after ${formatMs(firstRequestMs)}`,
  ];
  return `killed at a moment after ${killedAfter === 'SPAWN' ? 'the process began' : 'the first answer'}; ${times.join(', ')}`;
}

function formatTimes(times: readonly number[]): string {
  if (times.length === 0) return 'never measured';
  const sorted = times.toSorted((a, b) => a - b);
  const median = sorted[Math.floor(sorted.length / 2)]!;
  return `median ${formatMs(median)}, longest ${formatMs(sorted.at(-1)!)} (${times.length} times)`;
}

function formatMs(ms: number): string {
  return `${Math.round(ms)} ms`;
}
