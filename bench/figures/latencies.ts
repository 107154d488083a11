import type { Arrivals } from '../stage/receiver-commands.js';

/** From the due instant to the first byte at the receiver, in milliseconds, of each event in `numbers` that arrived; of doubles the first counts. */
export function latenciesOf(
  { numbers, dueAts, arrivedAts }: Pick<Arrivals, 'numbers' | 'dueAts' | 'arrivedAts'>,
  measured: ReadonlySet<number>,
): number[] {
  const latencies = new Map<number, number>();
  numbers.forEach((number, index) => {
    if (measured.has(number) && !latencies.has(number)) latencies.set(number, arrivedAts[index]! - dueAts[index]!);
  });
  return [...latencies.values()];
}
