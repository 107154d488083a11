/** The most resources, and the most extra parameters, of one authentication. */
export const TOKEN_PARAMETERS_LIMIT = 10;

const LONGEST_RESOURCE = 2048;
const LONGEST_NAME = 128;

/** The parameters that have settings of their own, or that the grant sets, in lower case: some servers don't tell case apart. */
const ownedNames: ReadonlySet<string> = new Set([
  'audience',
  'client_assertion',
  'client_assertion_type',
  'client_id',
  'client_secret',
  'grant_type',
  'resource',
  'scope',
]);

/** What a resource (RFC 8707, section 2) must be and is not, as a phrase after "expected". */
export function faultOfResource(uri: string): string | undefined {
  if (uri.length > LONGEST_RESOURCE) return `a URI of at most ${LONGEST_RESOURCE} characters`;
  const isAbsolute = /^[a-z][a-z0-9+.-]*:[!-~]+$/i.test(uri) && URL.canParse(uri);
  if (!isAbsolute || uri.includes('#')) return 'an absolute URI without a fragment, such as https://api.example.com';
  return undefined;
}

/** What the name of an extra parameter must be and is not, as a phrase after "expected". */
export function faultOfParameterName(name: string): string | undefined {
  // RFC 6749, section 8.2.
  if (!/^[A-Za-z0-9._-]+$/.test(name) || name.length > LONGEST_NAME) {
    return `a name of 1 to ${LONGEST_NAME} letters, digits, dots, dashes and underscores, such as tenant_id`;
  }
  if (!ownedNames.has(name.toLowerCase())) return undefined;
  return 'a parameter that the token request does not set by itself, such as tenant_id; scope, audience and resource have settings of their own';
}
