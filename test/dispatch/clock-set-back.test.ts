import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Alarms } from '../../src/dispatch/alarms.js';
import { Circuit } from '../../src/dispatch/circuit.js';
import { Lane } from '../../src/dispatch/lane.js';
import { Pace } from '../../src/dispatch/pace.js';
import { Rate } from '../../src/dispatch/rate.js';
import type { Outcome } from '../../src/send/outcome.js';
import { ManualClock } from '../support/manual-clock.js';
import { answer, fallSilent, SILENCE } from './makers.js';

const HOUR_MS = 3_600_000;
const NOW = 10 * HOUR_MS;

/** How long it takes until another attempt may start, looked at each `stepMs` from `now` on. */
function waitOf(opensAt: (now: number) => number, now: number, stepMs: number): number {
  let waitMs = 0;
  while (opensAt(now + waitMs) > now + waitMs && waitMs <= 2 * HOUR_MS) waitMs += stepMs;
  return waitMs;
}

/** A clock as the system's: what it shows can be set, and its timers run on all the same. */
function createSettableClock() {
  const steady = new ManualClock();
  let offsetMs = 0;
  return {
    now: () => steady.now() + offsetMs,
    elapsed: () => steady.elapsed(),
    after: (ms: number, run: () => void) => steady.after(ms, run),
    advance: (ms: number) => steady.advance(ms),
    setBack: (ms: number) => void (offsetMs -= ms),
  };
}

describe('after the clock was set back by an hour', () => {
  it('a rate waits for one interval at most', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 600 }), fc.constantFrom('SECOND' as const, 'MINUTE' as const), (deliveries, per) => {
        const intervalMs = (per === 'SECOND' ? 1000 : 60_000) / deliveries;
        const rate = new Rate();
        rate.limit = { deliveries, per };
        rate.started(NOW);

        const waitMs = waitOf((now) => rate.opensAt(now), NOW - HOUR_MS, intervalMs / 4);

        expect(waitMs).toBeGreaterThan(0.9 * intervalMs);
        expect(waitMs).toBeLessThan(1.1 * intervalMs);
      }),
      { numRuns: 30 },
    );
  });

  it.each<{ of: string; outcome: Outcome; askedWaitMs: number | null; expectedMs: number }>([
    { of: 'a 429', outcome: answer(429), askedWaitMs: null, expectedMs: 1000 },
    { of: 'a 503 that asks for 20 s', outcome: answer(503), askedWaitMs: 20_000, expectedMs: 20_000 },
  ])('a pause after $of takes its time once more at most', ({ outcome, askedWaitMs, expectedMs }) => {
    const pace = new Pace();
    pace.set(16, null);
    pace.ended({ outcome, startedAt: NOW, askedWaitMs }, NOW);

    const waitMs = waitOf((now) => pace.opensAt(now), NOW - HOUR_MS, 100);

    expect(waitMs).toBe(expectedMs);
  });

  it('a pause that is added to an earlier one does not bring back the time of before', () => {
    const pace = new Pace();
    pace.set(16, null);
    pace.ended({ outcome: answer(429), startedAt: NOW, askedWaitMs: 60_000 }, NOW);
    pace.ended({ outcome: answer(429), startedAt: NOW, askedWaitMs: 2000 }, NOW - HOUR_MS);

    const waitMs = waitOf((now) => pace.opensAt(now), NOW - HOUR_MS, 100);

    expect(waitMs).toBe(60_000);
  });

  it('an open circuit probes after its pause, and pauses for longer after each probe that fails', () => {
    const pace = new Pace();
    pace.set(16, null);
    fallSilent({ pace }, NOW);

    const waits: number[] = [];
    let now = NOW - HOUR_MS;
    for (let probe = 0; probe < 4; probe += 1) {
      waits.push(waitOf((at) => pace.opensAt(at), now, 100));
      const startedAt = now + waits.at(-1)!;
      now = startedAt + 15_000;
      pace.ended({ outcome: SILENCE, startedAt, askedWaitMs: null }, now);
    }

    expect(waits).toEqual([1000, 2000, 4000, 8000]);
  });

  it('attempts that were under way when the circuit opened still say nothing', () => {
    const circuit = new Circuit();
    for (let attempt = 0; attempt < 5; attempt += 1) circuit.silent(NOW - 1, NOW);

    const pauseMs = circuit.silent(NOW - 1, NOW - HOUR_MS);

    expect(pauseMs).toBeUndefined();
  });

  it('an alarm rings when its timer has run its time', () => {
    const clock = createSettableClock();
    const rung: Lane[] = [];
    const alarms = new Alarms(clock, (lanes) => rung.push(...lanes));
    const [soon, later] = [new Lane('soon'), new Lane('later')];
    alarms.set(soon, clock.now() + 1000);
    alarms.set(later, clock.now() + 5000);

    clock.setBack(HOUR_MS);
    clock.advance(1000);

    expect(rung).toEqual([soon]);
  });
});
