import { type Arrivals, deliveryKey } from '../stage/receiver-commands.js';
import { isWithin, type NumberRange } from './number-range.js';

/** Deliveries a second of the events in a range, from `startedAt` to the arrival of the last; a double counts for nothing. 0 where nothing arrived. */
export function deliveriesPerSecond(
  { numbers, ports, arrivedAts }: Pick<Arrivals, 'numbers' | 'ports' | 'arrivedAts'>,
  startedAt: number,
  range: NumberRange,
): number {
  const seen = new Set<number>();
  let endedAt = startedAt;
  numbers.forEach((number, index) => {
    const key = deliveryKey(number, ports[index]!);
    if (!isWithin(number, range) || seen.has(key)) return;
    seen.add(key);
    endedAt = Math.max(endedAt, arrivedAts[index]!);
  });
  return seen.size === 0 ? 0 : (seen.size * 1000) / (endedAt - startedAt);
}
