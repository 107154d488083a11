import fc from 'fast-check';
import { Webhook } from 'standardwebhooks';
import { describe, expect, it } from 'vitest';
import { systemClock } from '../../src/clock.js';
import { systemRandom } from '../../src/random.js';
import { createSigningSecret, sign, signatureHeaders } from '../../src/send/signature.js';
import { SIGNING_SECRET } from './makers.js';

describe('sign', () => {
  it('gives the signature of the example in the specification', () => {
    const signature = sign({
      id: 'msg_p5jXN8AQM9LWM0D4loKWxJek',
      timestampSeconds: 1614265330,
      body: '{"test": 2432232314}',
      secret: SIGNING_SECRET,
    });

    expect(signature).toBe('v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=');
  });

  it('agrees with the published library for any id, time, body and secret', () => {
    fc.assert(
      fc.property(
        fc.uuid(),
        fc.integer({ min: 0, max: 4_000_000_000 }),
        fc.string({ unit: 'grapheme' }),
        fc.uint8Array({ minLength: 24, maxLength: 64 }),
        (id, timestampSeconds, body, key) => {
          const secret = `whsec_${Buffer.from(key).toString('base64')}`;

          const signature = sign({ id, timestampSeconds, body: Buffer.from(body, 'utf8'), secret });

          expect(signature).toBe(new Webhook(secret).sign(id, new Date(timestampSeconds * 1000), body));
        },
      ),
    );
  });
});

describe('signatureHeaders', () => {
  it('are accepted by the published library, and not for another body', () => {
    const now = Math.floor(systemClock.now() / 1000);
    const signed = signatureHeaders({ id: 'dlv_1', timestampSeconds: now, body: '{"a":1}', secret: SIGNING_SECRET });
    const headers = Object.fromEntries(signed.map(({ name, value }) => [name, value]));

    expect(new Webhook(SIGNING_SECRET).verify('{"a":1}', headers)).toEqual({ a: 1 });
    expect(() => new Webhook(SIGNING_SECRET).verify('{"a":2}', headers)).toThrow('No matching signature');
  });
});

describe('createSigningSecret', () => {
  it('gives 32 fresh bytes in base64 after the prefix', () => {
    const secrets = [createSigningSecret(systemRandom), createSigningSecret(systemRandom)];

    expect(secrets[0]).toMatch(/^whsec_[A-Za-z0-9+/]{43}=$/);
    expect(secrets[0]).not.toBe(secrets[1]);
  });
});
