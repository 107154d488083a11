import type { Header, Outcome } from './outcome.js';

/**
 * Whether a receiver refused the very token, so that a new one may help: any 401, and a 400 or 403 that says `invalid_token`
 * (RFC 6750, section 3.1). Any other 403 renews nothing: the receiver knows who asks and says no.
 */
export function refusesToken(outcome: Outcome): boolean {
  if (outcome.kind !== 'RESPONSE_RECEIVED') return false;
  const { status, headers } = outcome;
  return status === 401 || ((status === 400 || status === 403) && headers.some(saysInvalidToken));
}

/**
 * A scheme, or a parameter with its value, of a list of challenges (RFC 9110, section 11.6.1). Quoted values are taken whole:
 * a description may say anything.
 */
const PART = /(?<name>[!#$%&'*+.^_`|~0-9A-Za-z-]+)[ \t]*(?<value>=[ \t]*(?:"(?<quoted>(?:[^"\\]|\\.)*)"|(?<plain>[^\s,"]*)))?/g;

function saysInvalidToken({ name, value }: Header): boolean {
  if (name.toLowerCase() !== 'www-authenticate') return false;
  let scheme = '';
  for (const { groups = {} } of value.matchAll(PART)) {
    const word = groups['name']!.toLowerCase();
    if (groups['value'] === undefined) scheme = word;
    else if (scheme === 'bearer' && word === 'error' && (groups['quoted'] ?? groups['plain']) === 'invalid_token') return true;
  }
  return false;
}
