import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { nextState } from '../../src/record/next-state.js';
import type { Outcome } from '../../src/send/outcome.js';

const ENDED_AT = 1_000_000;
const SCHEDULE = [5000, 300_000];

function answered(status: number): Outcome {
  return { kind: 'RESPONSE_RECEIVED', status, headers: [], body: '', bodyTruncated: false };
}

function stateAfter(outcome: Outcome, number = 1, askedWaitMs: number | null = null) {
  return nextState({ outcome, number, endedAt: ENDED_AT, askedWaitMs }, SCHEDULE, 0.5);
}

describe('the next state of a delivery', () => {
  it.each([200, 201, 202, 204, 226, 299])('is SUCCEEDED after a status of %i', (status) => {
    expect(stateAfter(answered(status))).toEqual({ status: 'SUCCEEDED', nextAttemptAt: null });
  });

  it.each([100, 199, 300, 301, 302, 304, 307, 308, 400, 401, 404, 410, 429, 500, 503, 599])(
    'is RETRYING after a status of %i',
    (status) => {
      expect(stateAfter(answered(status))).toEqual({ status: 'RETRYING', nextAttemptAt: ENDED_AT + 5000 });
    },
  );

  it.each<Outcome>([
    { kind: 'TIMED_OUT', message: '' },
    { kind: 'CONNECTION_FAILED', code: 'ECONNREFUSED', message: '' },
    { kind: 'ADDRESS_REFUSED', message: '' },
    { kind: 'AUTHENTICATION_FAILED', message: '', notBefore: null },
  ])('is RETRYING after $kind, and FAILED once the schedule is used up', (outcome) => {
    expect(stateAfter(outcome, 2)).toEqual({ status: 'RETRYING', nextAttemptAt: ENDED_AT + 300_000 });
    expect(stateAfter(outcome, 3)).toEqual({ status: 'FAILED', nextAttemptAt: null });
  });

  it('is not due before the token server is asked again, nor sooner than the schedule says', () => {
    const late: Outcome = { kind: 'AUTHENTICATION_FAILED', message: '', notBefore: ENDED_AT + 20_000 };
    const soon: Outcome = { kind: 'AUTHENTICATION_FAILED', message: '', notBefore: ENDED_AT + 1000 };

    expect(stateAfter(late).nextAttemptAt).toBe(ENDED_AT + 20_000);
    expect(stateAfter(soon).nextAttemptAt).toBe(ENDED_AT + 5000);
  });

  it.each([
    { askedWaitMs: null, expected: 5000 },
    { askedWaitMs: 0, expected: 5000 },
    { askedWaitMs: 4999, expected: 5000 },
    { askedWaitMs: 5001, expected: 5001 },
    { askedWaitMs: 86_400_000, expected: 86_400_000 },
  ])('is due $expected ms later where the receiver asks for $askedWaitMs ms and the schedule says 5,000', ({ askedWaitMs, expected }) => {
    expect(stateAfter(answered(429), 1, askedWaitMs).nextAttemptAt).toBe(ENDED_AT + expected);
  });

  it('is final whatever the receiver asks for, after a success and once the schedule is used up', () => {
    expect(stateAfter(answered(200), 1, 60_000)).toEqual({ status: 'SUCCEEDED', nextAttemptAt: null });
    expect(stateAfter(answered(503), 3, 60_000)).toEqual({ status: 'FAILED', nextAttemptAt: null });
  });

  it('is never due sooner than the schedule says, nor than asked for, nor later than both', () => {
    fc.assert(
      fc.property(
        fc.nat(86_400_000),
        fc.option(fc.nat(86_400_000)),
        fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true }),
        (step, askedWaitMs, fraction) => {
          const result = { outcome: answered(503), number: 1, endedAt: ENDED_AT, askedWaitMs };

          const unasked = nextState({ ...result, askedWaitMs: null }, [step], fraction).nextAttemptAt!;
          const { nextAttemptAt } = nextState(result, [step], fraction);

          expect(nextAttemptAt).toBe(Math.max(unasked, ENDED_AT + (askedWaitMs ?? 0)));
        },
      ),
    );
  });

  it('is SUCCEEDED also by the last attempt of the schedule', () => {
    expect(stateAfter(answered(200), 3).status).toBe('SUCCEEDED');
  });
});
