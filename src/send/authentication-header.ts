import type { ClientCredentials } from './attempt.js';
import type { Header } from './outcome.js';

/** What stands in `headerValueFormat` where the token goes. */
export const TOKEN_PLACEHOLDER = '%ACCESS_TOKEN%';

/** What stands in records where the token was, and what stands beside it. */
export const MASK = '***';

/**
 * The authentication schemes that may be seen at the beginning of a format: those that IANA lists, and common ones that it does not. A
 * list, since any key without special characters is a well-formed scheme too (RFC 9110, section 11.1).
 * https://www.iana.org/assignments/http-authschemes
 */
const SCHEME = new RegExp(
  '^(?:Basic|Bearer|Concealed|Digest|DPoP|GNAP|HOBA|Mutual|Negotiate|OAuth|PrivateToken|SCRAM-SHA-1|SCRAM-SHA-256|vapid' +
    '|Api-?Key|JWT|Key|SSWS|Token|Zoho-oauthtoken) +',
  'i',
);

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

/** The header as records show it: as the masked format, with the token masked too, and what is masked in a row masked once. */
export function maskedHeader({ headerFormat: name, headerValueFormat }: ClientCredentials): Header {
  const [scheme, parts] = partsOf(headerValueFormat);
  return { name, value: `${scheme}${parts.length === 1 && parts[0] === '' ? '' : MASK}` };
}

/**
 * `headerValueFormat` as anybody may see it: the scheme and the place of the token. Whatever else stands there may be a key, and is
 * masked. A format of which nothing had to be masked is what it was.
 */
export function maskedFormat(headerValueFormat: string): string {
  const [scheme, parts] = partsOf(headerValueFormat);
  return scheme + parts.map((part) => (part === '' ? '' : MASK)).join(TOKEN_PLACEHOLDER);
}

/** Whether something in a format may be a key, beside the token. */
export function hasSecretPart(headerValueFormat: string): boolean {
  return maskedFormat(headerValueFormat) !== headerValueFormat;
}

/** A shorter word beside the token is left in answers: to mask each `id` in them would make them unreadable. */
const SHORTEST_SECRET = 6;

/** What a receiver's answer may repeat of a format and is masked there: each value beside the token, without the name that it has. */
export function secretsBeside(headerValueFormat: string): string[] {
  const [, parts] = partsOf(headerValueFormat);
  // What stands right before a token is mostly its name.
  const unnamed = parts.map((part, index) => (index === parts.length - 1 ? part : part.replace(/[\w-]+[=:] ?["']?$/, '')));
  const words = unnamed.flatMap((part) => part.replaceAll(/["']/g, '').split(/[\s,;&]+/));
  // A key may end with the padding of base64, which is not the sign behind a name.
  return words.map((word) => word.replace(/^[\w-]+(?::|=(?=[^=]))/, '')).filter((word) => word.length >= SHORTEST_SECRET);
}

/** The scheme with the space behind it, or nothing, and what stands before, between and behind the tokens. */
function partsOf(headerValueFormat: string): [scheme: string, parts: string[]] {
  const [scheme = ''] = SCHEME.exec(headerValueFormat) ?? [];
  return [scheme, headerValueFormat.slice(scheme.length).split(TOKEN_PLACEHOLDER)];
}

/** Whether `name` is a header name (RFC 9110, section 5.6.2). */
export function isHeaderName(name: string): boolean {
  return /^[!#$%&'*+.^_`|~0-9A-Za-z-]+$/.test(name);
}
