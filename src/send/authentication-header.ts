import type { ClientCredentials } from './attempt.js';
import type { Header } from './outcome.js';

/** What stands in `headerValueFormat` where the token goes. */
export const TOKEN_PLACEHOLDER = '%ACCESS_TOKEN%';

/** What stands in records where the token was, and what stands beside it. */
export const MASK = '***';

/** The one format that is no secret, and whose scheme is worth seeing (RFC 6750, section 2.1). */
const BEARER = `Bearer ${TOKEN_PLACEHOLDER}`;

/** The headers that the delivery itself or HTTP owns, in lower case: no authentication may set them. */
export const reservedHeaders: ReadonlySet<string> = new Set([
  'accept-encoding',
  'connection',
  'content-encoding',
  'content-length',
  'content-type',
  'expect',
  'host',
  'http2-settings',
  'keep-alive',
  'proxy-connection',
  'te',
  'trailer',
  'transfer-encoding',
  'upgrade',
  'user-agent',
  'webhook-id',
  'webhook-signature',
  'webhook-timestamp',
]);

/** The header with the token in it, or null when the format cannot be sent as a header. */
export function authenticationHeader(credentials: ClientCredentials, token: string): Header | null {
  const name = credentials.headerFormat;
  // Not `replace`: a `$&` in the token would be taken for a pattern.
  const value = credentials.headerValueFormat.split(TOKEN_PLACEHOLDER).join(token);
  return isHeaderName(name) && !reservedHeaders.has(name.toLowerCase()) && /^[\x20-\x7e]*$/.test(value) ? { name, value } : null;
}

/** The header as records show it. All of its value is masked, since what stands beside the token may be a key too. */
export function maskedHeader({ headerFormat: name, headerValueFormat }: ClientCredentials): Header {
  return { name, value: headerValueFormat === BEARER ? `Bearer ${MASK}` : MASK };
}

/** `headerValueFormat` as it may be kept and shown where secrets may not. */
export function maskedFormat(headerValueFormat: string): string {
  return headerValueFormat === BEARER ? BEARER : MASK;
}

/** Whether `name` is a header name (RFC 9110, section 5.6.2). */
export function isHeaderName(name: string): boolean {
  return /^[!#$%&'*+.^_`|~0-9A-Za-z-]+$/.test(name);
}
