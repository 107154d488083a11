import { createPublicKey, type JsonWebKey, verify } from 'node:crypto';

/** Says whether an access token is one that the OAuth2 server has signed and that is still valid. */
export type CheckToken = (token: string, nowMs: number) => Promise<boolean>;

/** Checks signed tokens (JWT with RS256) by the public keys that the OAuth2 server shows. */
export function tokenChecker(keysEndpoint: string): CheckToken {
  return async (token, nowMs) => {
    const [header, payload, signature] = token.split('.');
    if (header === undefined || payload === undefined || signature === undefined) return false;

    const { keys } = (await (await fetch(keysEndpoint)).json()) as { keys: JsonWebKey[] };
    const key = keys.find(({ kid }) => kid === decode(header).kid);
    if (key === undefined) return false;
    const publicKey = createPublicKey({ key, format: 'jwk' });
    const isSigned = verify('RSA-SHA256', Buffer.from(`${header}.${payload}`), publicKey, Buffer.from(signature, 'base64url'));
    return isSigned && Number(decode(payload).exp) * 1000 > nowMs;
  };
}

function decode(part: string): Record<string, unknown> {
  try {
    return JSON.parse(Buffer.from(part, 'base64url').toString()) as Record<string, unknown>;
  } catch {
    return {};
  }
}
