import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Pace } from '../../src/dispatch/pace.js';
import type { Outcome } from '../../src/send/outcome.js';
import { answer, SILENCE } from './makers.js';

const NOW = 1_000_000;

function paceOf(limit = 16): Pace {
  const pace = new Pace();
  pace.set(limit, null);
  return pace;
}

/** Attempts that came to these at `NOW`, one after the other. */
function end(pace: Pace, outcomes: Outcome | readonly Outcome[]) {
  return [outcomes].flat().map((outcome) => pace.ended({ outcome, startedAt: NOW, askedWaitMs: null }, NOW));
}

/** The window after each of these. */
function windowsAfter(pace: Pace, outcomes: readonly Outcome[]): number[] {
  return outcomes.map((outcome) => {
    end(pace, outcome);
    return pace.window;
  });
}

const times = (count: number, outcome: Outcome) => Array.from({ length: count }, () => outcome);

describe('the window of a pace', () => {
  it("is the hook's limit where nothing narrows it, also when that changes", () => {
    const pace = paceOf(16);

    const windows = [16, 4, 100].map((limit) => {
      pace.set(limit, null);
      return pace.window;
    });

    expect(windows).toEqual([16, 4, 100]);
  });

  it.each([429, 502, 503, 504])('halves with each %i, and stays at one', (status) => {
    expect(windowsAfter(paceOf(16), times(6, answer(status)))).toEqual([8, 4, 2, 1, 1, 1]);
  });

  it('is rounded down when it halves', () => {
    expect(windowsAfter(paceOf(15), times(4, answer(503)))).toEqual([7, 3, 1, 1]);
  });

  it.each([200, 204, 301, 400, 401, 404, 410, 500, 501])('is not narrowed by a %i', (status) => {
    expect(windowsAfter(paceOf(16), times(3, answer(status)))).toEqual([16, 16, 16]);
  });

  it('grows by one with each success, up to the limit', () => {
    const pace = paceOf(8);
    end(pace, times(2, answer(503)));

    expect(windowsAfter(pace, times(8, answer(200)))).toEqual([3, 4, 5, 6, 7, 8, 8, 8]);
  });

  it('does not grow with an answer that is no success', () => {
    const pace = paceOf(8);
    end(pace, times(2, answer(503)));

    expect(windowsAfter(pace, [answer(500), answer(404), SILENCE])).toEqual([2, 2, 2]);
  });

  it('follows a changed limit once it has grown as wide as the limit was', () => {
    const pace = paceOf(4);
    end(pace, [answer(503), ...times(2, answer(200))]);

    pace.set(50, null);

    expect(pace.window).toBe(50);
  });

  it('stays narrow under a raised limit until it has grown', () => {
    const pace = paceOf(4);
    end(pace, answer(503));

    pace.set(50, null);

    expect(pace.window).toBe(2);
    expect(windowsAfter(pace, times(2, answer(200)))).toEqual([3, 4]);
  });

  it('begins with one where a hook is to start slowly, and grows from there', () => {
    const pace = paceOf(4);

    pace.startSlowly();

    expect(pace.window).toBe(1);
    expect(windowsAfter(pace, times(5, answer(200)))).toEqual([2, 3, 4, 4, 4]);
  });

  it('is one while the circuit is open, and once it is closed grows with each success', () => {
    const pace = paceOf(16);

    const opening = end(pace, times(5, SILENCE));
    const open = { window: pace.window, isProbing: pace.isProbing };
    const reopening = pace.ended({ outcome: SILENCE, startedAt: NOW + 1000, askedWaitMs: null }, NOW + 1000);
    const closing = end(pace, answer(500));

    expect(opening).toEqual([null, null, null, null, 'OPENED']);
    expect(open).toEqual({ window: 1, isProbing: true });
    expect([reopening, ...closing]).toEqual([null, 'CLOSED']);
    expect(pace.isProbing).toBe(false);
    expect(pace.window).toBe(1);
    expect(windowsAfter(pace, times(2, answer(200)))).toEqual([2, 3]);
  });

  it('is always at least one and at most the limit', () => {
    const outcomes = fc.constantFrom(answer(200), answer(429), answer(500), answer(503), SILENCE);
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 100 }), fc.array(outcomes, { maxLength: 100, size: 'max' }), (limit, all) => {
        const windows = windowsAfter(paceOf(limit), all);

        expect(windows.every((window) => Number.isInteger(window) && window >= 1 && window <= limit)).toBe(true);
      }),
    );
  });
});

describe('a pace', () => {
  it('learns nothing from an attempt that was refused by the rules of addresses', () => {
    const pace = paceOf(8);
    end(pace, [...times(4, SILENCE), answer(503)]);
    const before = { window: pace.window, opensAt: pace.opensAt(NOW), isProven: pace.isProven, isProbing: pace.isProbing };

    const said = end(pace, times(10, { kind: 'ADDRESS_REFUSED', message: '' }));

    expect(new Set(said)).toEqual(new Set([null]));
    expect({ window: pace.window, opensAt: pace.opensAt(NOW), isProven: pace.isProven, isProbing: pace.isProbing }).toEqual(before);
  });

  it.each<{ last: string; outcomes: Outcome[]; expected: boolean }>([
    { last: 'nothing yet', outcomes: [], expected: false },
    { last: 'a success', outcomes: [SILENCE, answer(200)], expected: true },
    { last: 'a failure that was answered', outcomes: [SILENCE, answer(500)], expected: true },
    { last: 'silence', outcomes: [answer(200), SILENCE], expected: false },
  ])('is proven by the last attempt ($last): $expected', ({ outcomes, expected }) => {
    const pace = paceOf();

    end(pace, outcomes);

    expect(pace.isProven).toBe(expected);
  });
});
