import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { hideToken } from '../../src/send/hide-token.js';
import type { ResponseReceived } from '../../src/send/outcome.js';

describe('hideToken', () => {
  it('masks the token in the body and the headers', () => {
    const outcome = hideToken(answer({ body: 'got t0ken, t0ken', headers: [{ name: 'x-echo', value: 'Bearer t0ken' }] }), 't0ken');

    expect(outcome).toEqual(answer({ body: 'got ***, ***', bodyBytes: 16, headers: [{ name: 'x-echo', value: 'Bearer ***' }] }));
  });

  it('masks the token as JSON spells it', () => {
    const token = 'to"ken\\';

    expect(hideToken(answer({ body: JSON.stringify({ token }) }), token)).toMatchObject({ body: '{"token":"***"}' });
  });

  it('masks the beginning of a token at the cut', () => {
    const outcome = hideToken(answer({ body: 'Bearer t0k', bodyTruncated: true }), 't0ken');

    expect(outcome).toEqual(answer({ body: 'Bearer ***', bodyTruncated: true, bodyBytes: 10 }));
  });

  it('masks the token in what is said of a malformed answer', () => {
    const malformed = answer({ protocolError: 'not t0ken', statusLine: 'HTTP/1.1 200 t0ken t0k' });

    expect(hideToken(malformed, 't0ken')).toEqual(answer({ protocolError: 'not ***', statusLine: 'HTTP/1.1 200 *** ***' }));
  });

  it('leaves the length of the body that was sent as it is', () => {
    expect(hideToken(answer({ body: 'é t0ken' }), 't0ken')).toHaveProperty('bodyBytes', 8);
    expect(hideToken(answer({ body: 'compressed t0ken', bodyBytes: 30 }), 't0ken')).toHaveProperty('bodyBytes', 30);
    expect(hideToken(answer({ body: 'nothing' }), 't0ken')).not.toHaveProperty('bodyBytes');
  });

  it('leaves the end of a complete body alone', () => {
    const whole = answer({ body: 'Bearer t0k' });

    expect(hideToken(whole, 't0ken')).toEqual(whole);
  });

  it('leaves no token in any text that holds it', () => {
    fc.assert(
      fc.property(fc.string(), fc.string(), fc.stringMatching(/^[a-zA-Z0-9._-]{8,40}$/), (before, after, token) => {
        const outcome = hideToken(answer({ body: before + token + after }), token) as ResponseReceived;

        expect(outcome.body).not.toContain(token);
      }),
    );
  });

  function answer(change: Partial<ResponseReceived>): ResponseReceived {
    return { kind: 'RESPONSE_RECEIVED', status: 200, headers: [], body: '', bodyTruncated: false, ...change };
  }
});
