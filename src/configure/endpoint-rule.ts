/** Says of a URL's hostname, as WHATWG URL gives it, whether it is a literal address that requests may not go to. */
export type IsForbiddenHost = (hostname: string) => boolean;

/** The longest URL, in characters. */
const LONGEST_URL = 2048;

/**
 * What a URL that requests go to must be and is not, as a phrase after "expected"; undefined when nothing is wrong.
 * Names are not looked up: that a name resolves today is no promise for the day of sending, when its addresses are judged.
 */
export function faultOfEndpoint(url: string, isForbiddenHost: IsForbiddenHost): string | undefined {
  // WHATWG URL drops tabs and newlines silently and trims spaces: the raw text is looked at first.
  // eslint-disable-next-line no-control-regex
  if (/[\u0000-\u0020\u007f]/.test(url)) return 'a URL without spaces or control characters';
  if (url.length > LONGEST_URL) return `a URL of at most ${LONGEST_URL} characters`;
  const parsed = URL.canParse(url) ? new URL(url) : undefined;
  if (parsed === undefined || !['http:', 'https:'].includes(parsed.protocol))
    return 'an http or https URL such as https://example.com/webhooks';
  if (parsed.username !== '' || parsed.password !== '') return 'a URL without a user name or password';
  if (parsed.port === '0') return 'a URL with a port from 1 to 65535';
  if (isForbiddenHost(parsed.hostname))
    return 'a public address: this one is not allowed (an operator can allow it by DANGEROUSLY_ALLOWED_ADDRESSES)';
  return undefined;
}
