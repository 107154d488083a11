import { describe, expect, it } from 'vitest';
import { drainShard } from '../../src/dispatch/drain-shard.js';
import type { Lane } from '../../src/dispatch/lane.js';
import { ManualClock } from '../support/manual-clock.js';
import { makeLane } from './makers.js';

/** A shard of these hooks, with so many attempts of each on the wire, that is being drained. */
function startDraining(inFlight: Record<string, number>) {
  const clock = new ManualClock();
  const onTheWire = new Map<Lane, string[]>();
  for (const [name, count] of Object.entries(inFlight)) {
    const lane = makeLane(name, { pending: 10 });
    onTheWire.set(
      lane,
      Array.from({ length: count }, () => lane.start('PENDING').deliveryId),
    );
  }
  const lanes = [...onTheWire.keys()];
  let isClosed = false;
  let nextEnd = Promise.withResolvers<void>();
  let isDrained = false;
  const draining = drainShard({
    clock,
    lanes: () => lanes.filter((lane) => !lane.isLost),
    setClosed(closed) {
      isClosed = closed;
    },
    nextEnd: () => nextEnd.promise,
  }).then(() => {
    isDrained = true;
  });

  /** Lets the draining see that something has changed, and do what follows. */
  async function tell(): Promise<void> {
    nextEnd.resolve();
    nextEnd = Promise.withResolvers();
    await new Promise(setImmediate);
  }

  return {
    clock,
    lanes,
    draining,
    tell,
    isDrained: () => isDrained,
    /** The hooks that may start an attempt. */
    mayStart: () => lanes.filter((lane) => !isClosed && !lane.isLost && lane.startableKinds().length > 0).map(({ hookId }) => hookId),
    /** Ends the attempts of a hook. */
    async end(lane: Lane): Promise<void> {
      for (const deliveryId of onTheWire.get(lane)!.splice(0)) lane.end(deliveryId);
      await tell();
    },
    start(lane: Lane): void {
      onTheWire.get(lane)!.push(lane.start('PENDING').deliveryId);
    },
    async wait(ms: number): Promise<void> {
      clock.advance(ms);
      await new Promise(setImmediate);
    },
  };
}

describe('a shard that is given away', () => {
  it('is drained at once when nothing of it is on the wire, and starts nothing more', async () => {
    const shard = startDraining({ a: 0, b: 0 });
    await shard.draining;

    expect(shard.mayStart()).toEqual([]);
    expect(shard.clock.timerCount).toBe(0);
  });

  it('is drained when the last attempt has ended', async () => {
    const shard = startDraining({ a: 2, b: 1 });

    await shard.end(shard.lanes[0]!);
    const early = shard.isDrained();
    await shard.end(shard.lanes[1]!);

    expect([early, shard.isDrained()]).toEqual([false, true]);
    expect(shard.mayStart()).toEqual([]);
  });

  it('lets hooks go on after 200 ms while one of them waits for a slow receiver, which starts nothing', async () => {
    const shard = startDraining({ slow: 1, fast: 0 });
    await shard.wait(199);
    const before = shard.mayStart();
    await shard.wait(1);

    expect([before, shard.mayStart()]).toEqual([[], ['fast']]);
  });

  it('is drained once the slow receiver has answered and the others stand still', async () => {
    const shard = startDraining({ slow: 1, fast: 0 });
    const [slow, fast] = shard.lanes;
    await shard.wait(200);
    shard.start(fast!);
    await shard.end(slow!);
    const before = [shard.isDrained(), shard.mayStart()];
    await shard.end(fast!);

    expect(before).toEqual([false, []]);
    expect(shard.isDrained()).toBe(true);
  });

  it('begins anew when another receiver has become slow meanwhile', async () => {
    const shard = startDraining({ slow: 1, fast: 0 });
    const [slow, fast] = shard.lanes;
    await shard.wait(200);
    shard.start(fast!);
    await shard.end(slow!);
    await shard.wait(200);

    // The first rests until the end: it has been waited for.
    expect([shard.isDrained(), shard.mayStart()]).toEqual([false, []]);
    await shard.end(fast!);
    expect(shard.isDrained()).toBe(true);
  });

  it('is waited for no longer when another server has taken it meanwhile', async () => {
    const shard = startDraining({ slow: 1 });
    await shard.wait(200);
    shard.lanes[0]!.isLost = true;
    await shard.tell();

    expect(shard.isDrained()).toBe(true);
  });
});
