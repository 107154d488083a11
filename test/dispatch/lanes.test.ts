import { describe, expect, it } from 'vitest';
import type { Lane } from '../../src/dispatch/lane.js';
import { Lanes } from '../../src/dispatch/lanes.js';

/** How many idle lanes are kept. */
const IDLE_LIMIT = 10_000;

/** Lanes of so many hooks, all idle, those of the first hooks the longest. */
function idle(lanes: Lanes, count: number, prefix = 'h'): Lane[] {
  return Array.from({ length: count }, (_, index) => {
    const lane = lanes.of(`${prefix}${index}`);
    lanes.tidy(lane);
    return lane;
  });
}

describe('the lanes', () => {
  it('are one for each hook', () => {
    const lanes = new Lanes();

    const lane = lanes.of('h');

    expect(lanes.of('h')).toBe(lane);
    expect(lanes.find('h')).toBe(lane);
    expect(lanes.of('other')).not.toBe(lane);
    expect(lanes.find('none')).toBeUndefined();
  });

  it('are kept when they are idle, for what they know of their receivers', () => {
    const lanes = new Lanes();

    const kept = idle(lanes, IDLE_LIMIT);

    expect(kept.every((lane) => lanes.find(lane.hookId) === lane)).toBe(true);
  });

  it('are let go of beyond a number, those that have been idle for longest first', () => {
    const lanes = new Lanes();

    idle(lanes, IDLE_LIMIT + 2);

    expect(lanes.find('h0')).toBeUndefined();
    expect(lanes.find('h1')).toBeUndefined();
    expect(lanes.find('h2')).toBeDefined();
  });

  it.each<{ by: string; occupy: (lane: Lane) => void }>([
    { by: 'deliveries in the table', occupy: (lane) => lane.pending.noteDue(1) },
    { by: 'retries in the table', occupy: (lane) => lane.retrying.noteDue(1) },
    { by: 'the reading of a page', occupy: (lane) => lane.pending.beginReading() },
    { by: 'the reading of the hook', occupy: (lane) => (lane.isLoading = true) },
  ])('are not let go of while they are busy by $by', ({ occupy }) => {
    const lanes = new Lanes();
    const [busy, once] = idle(lanes, 2);
    occupy(busy!);
    lanes.tidy(busy!);

    idle(lanes, IDLE_LIMIT, 'other');

    expect(lanes.find(busy!.hookId)).toBe(busy);
    expect(lanes.find(once!.hookId)).toBeUndefined();
  });

  it('begin to be idle anew after they were busy', () => {
    const lanes = new Lanes();
    const [first, second] = idle(lanes, 2);
    first!.pending.noteDue(1);
    lanes.tidy(first!);
    first!.clear();
    lanes.tidy(first!);

    idle(lanes, IDLE_LIMIT - 1, 'other');

    expect(lanes.find(first!.hookId)).toBe(first);
    expect(lanes.find(second!.hookId)).toBeUndefined();
  });

  it("that were let go of and are woken once more do not take their hook's new lane with them", () => {
    const lanes = new Lanes();
    const [old] = idle(lanes, IDLE_LIMIT + 1);
    const successor = lanes.of(old!.hookId);
    successor.pending.noteDue(1);

    lanes.tidy(old!);
    idle(lanes, IDLE_LIMIT + 1, 'other');

    expect(lanes.find(old!.hookId)).toBe(successor);
  });
});
