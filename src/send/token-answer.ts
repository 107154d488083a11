/** What a token request came to: a token, or a sentence why there is none. The sentence holds no secret. */
export type TokenAnswer = Token | TokenFailure;

export interface Token {
  token: string;
  /** How long it is valid from now on; null when the server did not say so with a positive number. */
  expiresInSeconds: number | null;
}

export interface TokenFailure {
  failure: string;
}

/**
 * Reads the answer of a token endpoint (RFC 6749, sections 5.1 and 5.2), leniently where it is harmless: neither `token_type`
 * (the header's format is the user's) nor the content type must be right. Of an error only the status and a plain error code
 * are told, since servers repeat in them what they were sent, the client's secret included.
 */
export function readTokenAnswer(status: number, text: string): TokenAnswer {
  const body = parseObject(text);
  if (status !== 200) return { failure: `The token server answered ${status}${errorCodeIn(body)}.` };
  if (body === null) return { failure: 'The token server answered 200, but not with a JSON object.' };
  const token = body['access_token'];
  if (typeof token !== 'string' || token === '') {
    return { failure: `The token server answered 200 without an access token${errorCodeIn(body)}.` };
  }
  if (!isHeaderText(token)) return { failure: 'The token server gave an access token that no header can hold.' };
  return { token, expiresInSeconds: positiveNumber(body['expires_in']) };
}

/** Printable ASCII: a line break would let the token server write headers of its own. */
function isHeaderText(text: string): boolean {
  return /^[\x20-\x7e]+$/.test(text);
}

/** Numbers come as text from some servers. */
function positiveNumber(value: unknown): number | null {
  const number = typeof value === 'string' && /^\d+$/.test(value) ? Number(value) : value;
  return typeof number === 'number' && number > 0 ? number : null;
}

function errorCodeIn(body: Record<string, unknown> | null): string {
  const error = body?.['error'];
  return typeof error === 'string' && /^[a-z_]{1,40}$/.test(error) ? ` (${error})` : '';
}

function parseObject(text: string): Record<string, unknown> | null {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Record<string, unknown>) : null;
  } catch {
    return null;
  }
}
