import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { requestBody, requestBodyBytes } from '../../src/send/request-body.js';
import { makeEvent } from './makers.js';

describe('requestBody', () => {
  it('puts the event into an envelope with its payload as data', () => {
    const body = requestBody(makeEvent());

    expect(body).toBe(
      '{"id":"evt_1","type":"order.paid","timestamp":"2026-01-01T11:59:59.007Z","organizationId":"org_1","data":{"amount":12}}',
    );
  });

  it.each([
    ['numbers beyond double precision', '{"n":12345678901234567890.10}'],
    ['repeated keys and spaces', '{ "a" : 1, "a":2 }'],
    ['escapes as they were written', '"\\u00e9\\ud800 é"'],
    ['null', 'null'],
  ])('keeps %s byte for byte', (_title, payload) => {
    const body = requestBody(makeEvent({ payload }));

    expect(body.endsWith(`,"data":${payload}}`)).toBe(true);
  });

  it('is valid JSON whatever the ids, the type and the payload are', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), fc.string({ unit: 'binary' }), fc.json(), (id, type, payload) => {
        const parsed = JSON.parse(requestBody(makeEvent({ id, type, payload }))) as unknown;

        expect(parsed).toEqual({
          id,
          type,
          timestamp: '2026-01-01T11:59:59.007Z',
          organizationId: 'org_1',
          data: JSON.parse(payload) as unknown,
        });
      }),
    );
  });

  it('is encoded once for each event', () => {
    const event = makeEvent({ payload: '"é"' });

    expect(requestBodyBytes(event)).toBe(requestBodyBytes(event));
    expect(requestBodyBytes(event).toString('utf8')).toBe(requestBody(event));
  });
});
