import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Alarms } from '../../src/dispatch/alarms.js';
import { Lane } from '../../src/dispatch/lane.js';
import { ManualClock } from '../support/manual-clock.js';

const DAY_MS = 86_400_000;

/** Alarms that note whom they rang, and when: `b at 1000` is the lane of hook b, a second after the start. */
function start() {
  const clock = new ManualClock();
  const startedAt = clock.now();
  const rings: string[] = [];
  let react = (_lane: Lane): unknown => undefined;
  const alarms = new Alarms(clock, (lanes) => {
    for (const lane of lanes) {
      rings.push(`${lane.hookId} at ${clock.now() - startedAt}`);
      react(lane);
    }
  });
  return {
    clock,
    alarms,
    rings,
    setIn: (lane: Lane, ms: number) => alarms.set(lane, startedAt + ms),
    onRing: (reaction: (lane: Lane) => unknown) => void (react = reaction),
  };
}

describe('alarms', () => {
  it('ring in the order of their times, each at its own', () => {
    const { clock, rings, setIn } = start();
    const times = { a: 3000, b: 1000, c: 2000, d: 1000 };
    for (const [hookId, ms] of Object.entries(times)) setIn(new Lane(hookId), ms);

    clock.advance(5000);

    expect(rings).toEqual(['b at 1000', 'd at 1000', 'c at 2000', 'a at 3000']);
  });

  it('ring not a millisecond early', () => {
    const { clock, rings, setIn } = start();
    setIn(new Lane('a'), 1000);

    clock.advance(999);

    expect(rings).toEqual([]);
  });

  it('ring once when they are brought forward', () => {
    const { clock, rings, setIn } = start();
    const lane = new Lane('a');
    setIn(lane, 3000);
    setIn(lane, 1000);

    clock.advance(5000);

    expect(rings).toEqual(['a at 1000']);
  });

  it('are not put off by a later one', () => {
    const { clock, rings, setIn } = start();
    const lane = new Lane('a');
    setIn(lane, 1000);
    setIn(lane, 3000);

    clock.advance(5000);

    expect(rings).toEqual(['a at 1000']);
  });

  it('can be set again once they rang, also from the ring itself', () => {
    const { clock, rings, setIn, onRing } = start();
    const lane = new Lane('a');
    onRing(() => rings.length === 1 && setIn(lane, 3000));
    setIn(lane, 1000);

    clock.advance(4000);

    expect(rings).toEqual(['a at 1000', 'a at 3000']);
  });

  it('ring at the latest when they were set again to, after they were brought forward and rang', () => {
    const { clock, rings, setIn, onRing } = start();
    const lane = new Lane('a');
    onRing(() => rings.length === 1 && setIn(lane, 4000));
    setIn(lane, 3000);
    setIn(lane, 1000);

    clock.advance(5000);

    expect(rings).toEqual(['a at 1000', 'a at 3000']);
  });

  it('ring at once when their time has passed', () => {
    const { clock, rings, setIn } = start();
    clock.advance(5000);
    setIn(new Lane('a'), 1000);

    clock.advance(0);

    expect(rings).toEqual(['a at 5000']);
  });

  it('have one timer for many lanes', () => {
    const { clock, setIn } = start();

    for (let index = 0; index < 1000; index += 1) setIn(new Lane(`${index}`), 2000 - ((index * 7919) % 1000));

    expect(clock.timerCount).toBe(1);
  });

  it('leave no timer where nobody waits', () => {
    const { clock, setIn } = start();
    setIn(new Lane('a'), 1000);

    clock.advance(1000);

    expect(clock.timerCount).toBe(0);
  });

  it('keep one of a kind for a lane that is brought forward over and over', () => {
    const { clock, alarms, setIn, onRing } = start();
    const lane = new Lane('a');
    onRing(() => setIn(lane, DAY_MS));
    setIn(lane, DAY_MS);

    for (let round = 0; round < 1000; round += 1) {
      alarms.set(lane, clock.now() + 10);
      clock.advance(10);
    }

    expect(lane.queuedAlarms).toHaveLength(1);
  });

  it.each(['before', 'after'])('ring no more after a stop, those set %s it', (when) => {
    const { clock, alarms, rings, setIn } = start();
    if (when === 'before') setIn(new Lane('a'), 1000);

    alarms.stop();
    if (when === 'after') setIn(new Lane('a'), 1000);
    clock.advance(5000);

    expect(rings).toEqual([]);
    expect(clock.timerCount).toBe(0);
  });

  it('wake every lane at the latest when it was asked for, and never for nothing', () => {
    const step = fc.record({ lane: fc.nat(3), inMs: fc.integer({ min: 1, max: 50 }), advanceMs: fc.nat(20) });
    fc.assert(
      fc.property(fc.array(step, { maxLength: 60, size: 'max' }), (steps) => {
        const { clock, alarms, onRing } = start();
        const lanes = Array.from({ length: 4 }, (_, index) => new Lane(`${index}`));
        /** The earliest time that was asked for since the lane last rang. */
        const asked = new Map<Lane, number>();
        onRing((lane) => {
          expect(asked.get(lane)).toBeDefined();
          asked.delete(lane);
        });

        for (const { lane: index, inMs, advanceMs } of steps) {
          const lane = lanes[index]!;
          const at = clock.now() + inMs;
          asked.set(lane, Math.min(at, asked.get(lane) ?? Infinity));
          alarms.set(lane, at);
          clock.advance(advanceMs);
          const late = [...asked.values()].filter((askedAt) => askedAt <= clock.now());
          expect(late).toEqual([]);
        }
      }),
    );
  });
});
