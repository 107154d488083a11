import { type Spread, spreadOf } from '../figures/percentiles.js';
import type { Arrivals } from '../stage/receiver-commands.js';
import { deliveryKey } from '../stage/receiver-commands.js';
import type { HookLeaders } from './hook-leaders.js';
import type { Published } from '../load/publish-book.js';
import { isWithin, type NumberRange } from '../figures/number-range.js';

/** From the answer to a publish to the first byte at the receiver; below zero where it was faster than the answer. */
export interface ArrivalDelays {
  /** Of hooks that the server leads which was asked. */
  bySameMs: Spread;
  /** Of hooks that another server leads. */
  byOtherMs: Spread;
  /** Of hooks that changed hands meanwhile, which are in neither. */
  unknownCount: number;
}

/** The delays of the events in a range, of doubles the first; `leaders` as they were before and after. */
export function arrivalDelaysOf(
  { numbers, ports, arrivedAts }: Pick<Arrivals, 'numbers' | 'ports' | 'arrivedAts'>,
  published: ReadonlyMap<number, Published>,
  { range, leaders: [before, after] }: { range: NumberRange; leaders: readonly [HookLeaders, HookLeaders] },
): ArrivalDelays {
  const [same, other]: [number[], number[]] = [[], []];
  const seen = new Set<number>();
  let unknownCount = 0;
  numbers.forEach((number, index) => {
    const event = published.get(number);
    const key = deliveryKey(number, ports[index]!);
    if (event === undefined || !isWithin(number, range) || seen.has(key)) return;
    seen.add(key);
    const hook = event.organization.hooks.find(({ port }) => port === ports[index])!;
    const leader = before(hook.id);
    if (leader === undefined || leader !== after(hook.id)) unknownCount += 1;
    else (leader === event.serverIndex ? same : other).push(arrivedAts[index]! - event.answeredAt);
  });
  return { bySameMs: spreadOf(same), byOtherMs: spreadOf(other), unknownCount };
}
