import type { Arrivals } from '../stage/receiver-commands.js';

/** How what waited was delivered, in seconds from an instant on. */
export interface Drain {
  /** To the first delivery. */
  firstSeconds: number;
  /** To the first of the hook that had to wait longest for its first. */
  everyHookSeconds: number;
  /** To the one with which 99 % are delivered. */
  mostSeconds: number;
  /** To the last. */
  lastSeconds: number;
  /** Between the first and that one, so that neither a wait before nor a few stragglers count. */
  deliveriesPerSecond: number;
}

/** Of arrivals on the same clock as `since`; NaN where there are too few. */
export function drainOf({ ports, arrivedAts }: Pick<Arrivals, 'ports' | 'arrivedAts'>, since: number): Drain {
  const sorted = arrivedAts.toSorted();
  const firstOf = new Map<number, number>();
  arrivedAts.forEach((at, index) => {
    const port = ports[index]!;
    firstOf.set(port, Math.min(firstOf.get(port) ?? Infinity, at));
  });
  const most = Math.ceil(0.99 * sorted.length);
  const secondsTo = (at: number | undefined) => ((at ?? Number.NaN) - since) / 1000;
  const [firstSeconds, mostSeconds] = [secondsTo(sorted[0]), secondsTo(sorted[most - 1])];
  return {
    firstSeconds,
    everyHookSeconds: firstOf.size === 0 ? Number.NaN : secondsTo(Math.max(...firstOf.values())),
    mostSeconds,
    lastSeconds: secondsTo(sorted.at(-1)),
    deliveriesPerSecond: (most - 1) / (mostSeconds - firstSeconds),
  };
}
