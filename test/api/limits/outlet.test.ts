import { describe, expect, it } from 'vitest';
import { Outlet, type Place } from '../../../src/api/limits/outlet.js';
import { ManualClock } from '../../support/manual-clock.js';

/** An outlet whose client takes nothing, and how often it was said to be stalled. */
function makeOutlet({ isBehind = true } = {}) {
  const clock = new ManualClock();
  const seen = { stalledCount: 0 };
  const outlet = new Outlet({ clock, isBehind: () => isBehind, stalled: () => void (seen.stalledCount += 1) });
  return { outlet, clock, seen };
}

/** Takes as many places as there are, and one more, which waits. */
async function fill(outlet: Outlet): Promise<{ places: Place[]; waiting: Promise<Place | undefined>; isWaiting: () => boolean }> {
  const places: Place[] = [];
  for (let count = 0; count < 64; count += 1) places.push((await outlet.take())!);
  let isWaiting = true;
  const waiting = outlet.take().finally(() => (isWaiting = false));
  await turn();
  return { places, waiting, isWaiting: () => isWaiting };
}

const turn = () => new Promise(setImmediate);

describe('the way out of a socket', () => {
  it('has 64 places, and one more as soon as one is given back', async () => {
    const { outlet } = makeOutlet();
    const { places, waiting, isWaiting } = await fill(outlet);
    expect(isWaiting()).toBe(true);

    outlet.give(places[0]);

    expect(await waiting).toBeDefined();
  });

  it('has no room while all are taken', async () => {
    const { outlet } = makeOutlet();
    const { places } = await fill(outlet);
    let isRoom: boolean | undefined;
    void outlet.room().then((is) => (isRoom = is));
    await turn();
    expect(isRoom).toBeUndefined();

    outlet.give(places[0]);
    outlet.give(places[1]);
    await turn();

    expect(isRoom).toBe(true);
  });

  it('ends the waits when its socket has ended', async () => {
    const { outlet } = makeOutlet();
    const { waiting } = await fill(outlet);

    outlet.close();

    expect(await waiting).toBeUndefined();
    expect(await outlet.take()).toBeUndefined();
  });

  it('is stalled once the first place has been taken for ten seconds, and not while places are given back', async () => {
    const { outlet, clock, seen } = makeOutlet();
    const first = await outlet.take();
    clock.advance(9_000);
    await outlet.take();
    outlet.give(first);

    clock.advance(9_999);
    expect(seen.stalledCount).toBe(0);
    clock.advance(1);
    expect(seen.stalledCount).toBe(1);
  });

  it('is not stalled by what is not the fault of its client', async () => {
    const { outlet, clock, seen } = makeOutlet({ isBehind: false });
    await outlet.take();

    clock.advance(60_000);

    expect(seen.stalledCount).toBe(0);
  });
});
