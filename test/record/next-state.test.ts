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

  it('is SUCCEEDED also by the last attempt of the schedule', () => {
    expect(stateAfter(answered(200), 3).status).toBe('SUCCEEDED');
  });
});
