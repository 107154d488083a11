import type { AddressRules } from '../send/address-rules.js';

/** The longest URL, in characters. */
const LONGEST_URL = 2048;

/**
 * What a URL that requests go to must be and is not, as a phrase after "expected"; undefined when nothing is wrong.
 * Names are not looked up: that a name resolves today is no promise for the day of sending, when its addresses are judged.
 */
export function faultOfEndpoint(url: string, rules: AddressRules): string | undefined {
  // WHATWG URL drops tabs and newlines silently and trims spaces: the raw text is looked at first.
  if (/[\p{Cc} ]/u.test(url)) return 'a URL without spaces or control characters';
  if (url.length > LONGEST_URL) return `a URL of at most ${LONGEST_URL} characters`;
  const parsed = URL.parse(url);
  const refusal = parsed === null ? 'SCHEME' : rules.findRefusal(parsed);
  if (refusal === 'SCHEME') return `an ${rules.isHttpsOnly ? 'https' : 'http or https'} URL such as https://example.com/webhooks`;
  if (hasUserInfo(url)) return 'a URL without a user name or password';
  if (refusal === 'PORT') return 'a URL with a port from 1 to 65535, and not one that browsers block as that of another protocol';
  if (refusal === 'ADDRESS') return 'a public address: this one is not allowed (an operator can allow it by DANGEROUSLY_ALLOWED_ADDRESSES)';
  return undefined;
}

/** Whether anything but the host stands before the path, be it empty: other readers than WHATWG's find their host elsewhere then. */
function hasUserInfo(url: string): boolean {
  return /^[a-z]+:[\\/]*[^\\/?#]*@/i.test(url);
}
