import { createHmac, createSecretKey, type KeyObject } from 'node:crypto';
import type { Random } from '../random.js';
import type { Header } from './outcome.js';
import { BoundedCache } from '../bounded-cache.js';

const SECRET_PREFIX = 'whsec_';

/** Standard Webhooks asks for 24 to 64 bytes; 32 are as many as SHA-256 gives back. */
const SECRET_BYTES = 32;

/** What a signature is made of. */
export interface Signable {
  /** The `webhook-id`. Contains no dot: a dot separates the signed parts. */
  id: string;
  timestampSeconds: number;
  body: string | Uint8Array;
  /** `whsec_` and base64. */
  secret: string;
}

/** A new secret for symmetric signatures: `whsec_` and 32 random bytes in base64. */
export function createSigningSecret(random: Random): string {
  return SECRET_PREFIX + random.bytes(SECRET_BYTES).toString('base64');
}

/** The `webhook-signature` of Standard Webhooks, symmetric: `v1,` and the HMAC-SHA256 of `id.timestamp.body` in base64. */
export function sign({ id, timestampSeconds, body, secret }: Signable): string {
  const hmac = createHmac('sha256', signingKey(secret));
  hmac.update(`${id}.${timestampSeconds}.`).update(body);
  return `v1,${hmac.digest('base64')}`;
}

/**
 * The three headers of Standard Webhooks. The id is the same on each retry, so that receivers know a repetition;
 * the timestamp is of this attempt, so that they may refuse what is old.
 */
export function signatureHeaders(signable: Signable): Header[] {
  return [
    { name: 'webhook-id', value: signable.id },
    { name: 'webhook-timestamp', value: String(signable.timestampSeconds) },
    { name: 'webhook-signature', value: sign(signable) },
  ];
}

// With a prepared key an HMAC takes 4 µs, with plain bytes 20 µs (Node 24, a body of 500 bytes).
const signingKeys = new BoundedCache<string, KeyObject>(10_000);

function signingKey(secret: string): KeyObject {
  return signingKeys.getOrMake(secret, () => {
    const base64 = secret.startsWith(SECRET_PREFIX) ? secret.slice(SECRET_PREFIX.length) : secret;
    return createSecretKey(Buffer.from(base64, 'base64'));
  });
}
