import { grantedPart } from './granted-scope.js';

/** What a token request came to: a token, or a sentence why there is none. The sentence holds no secret. */
export type TokenAnswer = Token | TokenFailure;

export interface Token {
  token: string;
  /** How long it is valid from now on; null when the server did not say so with a positive number. */
  expiresInSeconds: number | null;
  /** What was granted of the scope asked for, where that is not all of it; it may be empty. */
  grantedScope?: string;
}

export interface TokenFailure {
  failure: string;
  /** How long the server asks to be left alone; absent or null when it does not ask. */
  retryAfterMs?: number | null;
}

/**
 * Reads the answer of a token endpoint (RFC 6749, sections 5.1 and 5.2), leniently where it is harmless: any 2xx with an access
 * token will do, and the content type need not be right. Of an error only the status and a plain error code are told, since
 * servers repeat in them what they were sent, the client's secret included.
 */
export function readTokenAnswer(status: number, text: string, askedScope: string | null = null): TokenAnswer {
  const body = parseObject(text);
  if (status < 200 || status > 299) return { failure: `The token server answered ${status}${errorCodeIn(body)}.` };
  if (body === null) return { failure: `The token server answered ${status}, but not with a JSON object.` };
  const token = body['access_token'];
  if (typeof token !== 'string' || /^ *$/.test(token)) {
    return { failure: `The token server answered ${status} without an access token${errorCodeIn(body)}.` };
  }
  if (!isHeaderText(token)) return { failure: 'The token server gave an access token that no header can hold.' };
  if (!isBearer(body['token_type'])) {
    return { failure: `The token server gave a token of another type${plainWord(body['token_type'])}; only bearer tokens can be sent.` };
  }
  const grantedScope = grantedPart(askedScope, body['scope']);
  // A header loses the spaces around it. A receiver that sends the token back without them would get past the mask.
  return { token: token.trim(), expiresInSeconds: positiveNumber(body['expires_in']), ...(grantedScope === null ? {} : { grantedScope }) };
}

/** Printable ASCII: a line break would let the token server write headers of its own. */
function isHeaderText(text: string): boolean {
  return /^[\x20-\x7e]+$/.test(text);
}

/**
 * Whether whoever holds the token may use it, which is all that a header can do (RFC 6750). Tokens of other types need a proof
 * with each request. Many servers name no type, and Apigee writes `BearerToken`.
 */
function isBearer(type: unknown): boolean {
  if (type === undefined || type === null) return true;
  return typeof type === 'string' && /^(?:bearer(?:[ _-]?token)?)?$/i.test(type.trim());
}

/** Numbers come as text from some servers, with decimals or spaces around them. */
function positiveNumber(value: unknown): number | null {
  const number = typeof value === 'string' && /^\d+(?:\.\d*)?$/.test(value.trim()) ? Number(value) : value;
  return typeof number === 'number' && number > 0 ? number : null;
}

function errorCodeIn(body: Record<string, unknown> | null): string {
  return plainWord(body?.['error']);
}

/** A word in brackets if it is a plain one, so that no secret is told with it. */
function plainWord(value: unknown): string {
  return typeof value === 'string' && /^(?:[a-z_]{1,40}|DPoP|PoP|MAC)$/.test(value) ? ` (${value})` : '';
}

function parseObject(text: string): Record<string, unknown> | null {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Record<string, unknown>) : null;
  } catch {
    return null;
  }
}
