import { describe, expect, it } from 'vitest';
import { askedWaitMs } from '../../src/record/asked-wait.js';
import type { Outcome } from '../../src/send/outcome.js';

const NOW = Date.UTC(2026, 0, 1);

function answer(status: number, name = 'Retry-After', value = '20'): Outcome {
  return { kind: 'RESPONSE_RECEIVED', status, headers: [{ name, value }], body: '', bodyTruncated: false };
}

describe('the wait that a receiver asks for', () => {
  it.each([429, 503])('is what it says with a %i', (status) => {
    expect(askedWaitMs(answer(status), NOW)).toBe(20_000);
  });

  it.each([200, 202, 301, 400, 404, 500, 502, 504])('is none with a %i, whatever it says', (status) => {
    expect(askedWaitMs(answer(status), NOW)).toBeNull();
  });

  it('is none where it does not say', () => {
    expect(askedWaitMs(answer(429, 'X-Other'), NOW)).toBeNull();
  });

  it.each<Outcome>([
    { kind: 'TIMED_OUT', message: '' },
    { kind: 'CONNECTION_FAILED', code: 'ECONNREFUSED', message: '' },
    { kind: 'ADDRESS_REFUSED', message: '' },
    { kind: 'AUTHENTICATION_FAILED', message: '', notBefore: NOW + 20_000 },
  ])('is none after $kind', (outcome) => {
    expect(askedWaitMs(outcome, NOW)).toBeNull();
  });
});
