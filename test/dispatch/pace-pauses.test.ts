import { describe, expect, it } from 'vitest';
import { Pace } from '../../src/dispatch/pace.js';
import type { Outcome } from '../../src/send/outcome.js';
import { answer, fallSilent, SILENCE } from './makers.js';

const NOW = 1_000_000;

function paceOf(limit = 16): Pace {
  const pace = new Pace();
  pace.set(limit, null);
  return pace;
}

/** Attempts that came to these at `NOW`, one after the other. */
function end(pace: Pace, outcomes: Outcome | readonly Outcome[], { startedAt = NOW, now = NOW, askedWaitMs = null as number | null } = {}) {
  return [outcomes].flat().map((outcome) => pace.ended({ outcome, startedAt, askedWaitMs }, now));
}

const times = (count: number, outcome: Outcome) => Array.from({ length: count }, () => outcome);

describe('a pause of a pace', () => {
  it.each([
    { status: 429, askedWaitMs: null, expected: 1000 },
    { status: 429, askedWaitMs: 0, expected: 0 },
    { status: 429, askedWaitMs: 20_000, expected: 20_000 },
    { status: 429, askedWaitMs: 3_600_000, expected: 60_000 },
    { status: 503, askedWaitMs: null, expected: 0 },
    { status: 503, askedWaitMs: 20_000, expected: 20_000 },
    { status: 503, askedWaitMs: 3_600_000, expected: 60_000 },
  ])('after a $status that asks for $askedWaitMs ms is $expected ms', ({ status, askedWaitMs, expected }) => {
    const pace = paceOf();

    end(pace, answer(status), { askedWaitMs });

    expect(pace.opensAt(NOW) - NOW).toBe(expected);
  });

  it.each([200, 500, 502, 504])('is none after a %i', (status) => {
    const pace = paceOf();

    end(pace, answer(status));

    expect(pace.opensAt(NOW)).toBeLessThanOrEqual(NOW);
  });

  it('is not made shorter by a later answer that asks for less', () => {
    const pace = paceOf();
    end(pace, answer(429), { askedWaitMs: 20_000 });

    end(pace, answer(429), { now: NOW + 5000 });

    expect(pace.opensAt(NOW + 5000)).toBe(NOW + 20_000);
  });

  it('is that of the circuit while it is open, and over with the answer that closes it', () => {
    const pace = paceOf();
    fallSilent({ pace }, NOW);
    const first = pace.opensAt(NOW) - NOW;

    end(pace, SILENCE, { startedAt: NOW + 1000, now: NOW + 16_000 });
    const second = pace.opensAt(NOW + 16_000) - (NOW + 16_000);
    end(pace, answer(200), { startedAt: NOW + 18_000, now: NOW + 18_000 });

    expect([first, second]).toEqual([1000, 2000]);
    expect(pace.opensAt(NOW + 18_000)).toBeLessThanOrEqual(NOW + 18_000);
  });

  it.each([
    { notBefore: NOW + 20_000, expected: 20_000 },
    { notBefore: NOW + 100, expected: 1000 },
    { notBefore: null, expected: 1000 },
  ])('lasts until the token server is asked again, and as long as the circuit says: $expected ms', ({ notBefore, expected }) => {
    const pace = paceOf();

    const said = end(pace, times(5, { kind: 'AUTHENTICATION_FAILED', message: '', notBefore }));

    expect(said.at(-1)).toBe('OPENED');
    expect(pace.opensAt(NOW) - NOW).toBe(expected);
  });

  it('is made longer by the rate', () => {
    const pace = new Pace();
    pace.set(16, { deliveries: 1, per: 'SECOND' });
    end(pace, answer(429), { askedWaitMs: 500 });

    pace.started(NOW);

    expect(pace.opensAt(NOW)).toBe(NOW + 1000);
  });
});
