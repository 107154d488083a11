import { describe, expect, it } from 'vitest';
import type { SentAttempt } from '../../src/send/attempt.js';
import type { Outcome } from '../../src/send/outcome.js';
import { reportOf } from '../../src/send/report.js';
import { sentOf } from '../support/attempt-report.js';

function makeSent(outcome: Outcome): SentAttempt {
  return {
    startedAt: 5,
    durationMs: 7,
    timing: { dnsMs: 1, connectMs: 2, tlsMs: null, firstByteMs: 3 },
    request: { method: 'PUT', url: 'http://127.0.0.1/a', headers: [{ name: 'webhook-id', value: 'dlv_1' }] },
    tokenRenewed: true,
    outcome,
  };
}

const answered: Outcome = {
  kind: 'RESPONSE_RECEIVED',
  status: 503,
  headers: [
    { name: 'Date', value: 'Sun, 29 Nov 2026 07:00:00 GMT' },
    { name: 'Retry-After', value: 'soon' },
    { name: 'retry-after', value: '20' },
  ],
  body: 'grüße 🎟',
  bodyTruncated: true,
};

describe('the report of an attempt', () => {
  it('has all of it, in the JSON that is stored', () => {
    const sent = makeSent(answered);

    const report = reportOf(sent);

    expect(sentOf(report)).toEqual(sent);
    expect(report.stored.request).toBe(
      '{"method":"PUT","url":"http://127.0.0.1/a","headers":[{"name":"webhook-id","value":"dlv_1"}],"tokenRenewed":true}',
    );
  });

  it('says of an answer its status and each header that asks for a wait', () => {
    expect(reportOf(makeSent(answered)).outcome).toEqual({
      kind: 'RESPONSE_RECEIVED',
      status: 503,
      headers: [
        { name: 'Retry-After', value: 'soon' },
        { name: 'retry-after', value: '20' },
      ],
    });
  });

  it.each<Outcome>([
    { kind: 'TIMED_OUT', message: 'm' },
    { kind: 'CONNECTION_FAILED', code: 'EMFILE', message: 'm' },
    { kind: 'AUTHENTICATION_FAILED', message: 'm', notBefore: 9 },
  ])('says of what was no answer all that there is ($kind)', (outcome) => {
    expect(reportOf(makeSent(outcome)).outcome).toEqual(outcome);
  });
});
