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

/** Takes as many places as there are. */
function fill(outlet: Outlet): Place[] {
  return Array.from({ length: 64 }, () => outlet.take());
}

const turn = () => new Promise(setImmediate);

describe('the way out of a socket', () => {
  it('has 64 places, and one more as soon as one is given back', () => {
    const { outlet } = makeOutlet();
    const hadRoom = outlet.hasRoom;
    const places = fill(outlet);
    const hasRoom = outlet.hasRoom;

    outlet.give(places[0]);

    expect([hadRoom, hasRoom, outlet.hasRoom]).toEqual([true, false, true]);
  });

  it('has no room while all are taken', async () => {
    const { outlet } = makeOutlet();
    const places = fill(outlet);
    let isRoom: boolean | undefined;
    void outlet.room().then((is) => (isRoom = is));
    await turn();
    expect(isRoom).toBeUndefined();

    outlet.give(places[0]);
    await turn();

    expect(isRoom).toBe(true);
  });

  it('lets one wait on where another was quicker', async () => {
    const { outlet } = makeOutlet();
    const places = fill(outlet);
    let isRoom: boolean | undefined;
    void outlet.room().then((is) => (isRoom = is));

    outlet.give(places[0]);
    const quicker = outlet.take();
    await turn();
    expect(isRoom).toBeUndefined();

    outlet.give(quicker);
    await turn();
    expect(isRoom).toBe(true);
  });

  it('ends the waits when its socket has ended', async () => {
    const { outlet } = makeOutlet();
    fill(outlet);
    const room = outlet.room();

    outlet.close();

    expect(await room).toBe(false);
    expect(outlet.hasRoom).toBe(false);
    expect(await outlet.room()).toBe(false);
  });

  it('is stalled once the first place has been taken for ten seconds, and not while places are given back', () => {
    const { outlet, clock, seen } = makeOutlet();
    const first = outlet.take();
    clock.advance(9_000);
    outlet.take();
    outlet.give(first);

    clock.advance(9_999);
    expect(seen.stalledCount).toBe(0);
    clock.advance(1);
    expect(seen.stalledCount).toBe(1);
  });

  it('is not stalled by what is not the fault of its client', () => {
    const { outlet, clock, seen } = makeOutlet({ isBehind: false });
    outlet.take();

    clock.advance(60_000);

    expect(seen.stalledCount).toBe(0);
  });
});
