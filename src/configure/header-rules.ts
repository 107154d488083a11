import { isHeaderName, MASK, reservedHeaders, TOKEN_PLACEHOLDER } from '../send/authentication-header.js';

/** What a header's name must be and is not, as a phrase after "expected". */
export function faultOfHeaderName(name: string): string | undefined {
  if (!isHeaderName(name) || name.length > 128) return 'the name of an HTTP header such as Authorization';
  if (reservedHeaders.has(name.toLowerCase())) return 'a header that the request does not set by itself, such as Authorization';
  return undefined;
}

/** What a header's value format must be and is not, as a phrase after "expected". */
export function faultOfHeaderValueFormat(format: string): string | undefined {
  if (format.includes(MASK)) return `the value itself: ${MASK} is the mask that stands for a secret in an exported document`;
  if (!format.includes(TOKEN_PLACEHOLDER))
    return `a value with ${TOKEN_PLACEHOLDER} where the token goes, such as Bearer ${TOKEN_PLACEHOLDER}`;
  if (!/^[\x20-\x7e]{1,1024}$/.test(format) || format.trim() !== format)
    return 'at most 1024 visible ASCII characters, without spaces at the ends';
  return undefined;
}
