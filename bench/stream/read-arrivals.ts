import { isWithin, type NumberRange } from '../figures/number-range.js';
import type { Arrivals } from '../stage/receiver-commands.js';
import type { Owed } from './notice-ledger.js';

/** What was delivered of the events from a number on; `indexOf` has the organization of each port. */
export function owedOf(
  { numbers, ports, deliveryIds }: Pick<Arrivals, 'numbers' | 'ports' | 'deliveryIds'>,
  first: number,
  indexOf: ReadonlyMap<number, number>,
): Owed {
  const owed = new Map<string, { organizationIndex: number; requestCount: number }>();
  numbers.forEach((number, index) => {
    if (number < first) return;
    const requestCount = (owed.get(deliveryIds[index]!)?.requestCount ?? 0) + 1;
    owed.set(deliveryIds[index]!, { organizationIndex: indexOf.get(ports[index]!)!, requestCount });
  });
  return owed;
}

/** When the deliveries of a range of events were answered, by the delivery's id; of doubles the first. */
export function answeredAtsOf(
  { numbers, deliveryIds, answeredAts }: Pick<Arrivals, 'numbers' | 'deliveryIds' | 'answeredAts'>,
  range: NumberRange,
): Map<string, number> {
  const instants = new Map<string, number>();
  numbers.forEach((number, index) => {
    const id = deliveryIds[index]!;
    if (isWithin(number, range) && !instants.has(id)) instants.set(id, answeredAts[index]!);
  });
  return instants;
}
