import { errors } from 'undici';
import type { ReadHead } from './answer-head.js';
import type { Header, ResponseReceived } from './outcome.js';

/** The longest status line that is kept, in characters. */
const LONGEST_STATUS_LINE = 200;

/** What a record says of an answer that breaks the rules of HTTP but has a status that can be read. */
export type Malformation = Required<Pick<ResponseReceived, 'protocolError' | 'statusLine'>>;

/** What is wrong with an answer that the parser refused with `error`. */
export function malformationOf(head: ReadHead, error: Error): Malformation {
  return {
    protocolError: `The receiver answered, but not as HTTP asks: ${faultOf(head, error)}. Its status counts.`,
    statusLine: head.statusLine.slice(0, LONGEST_STATUS_LINE),
  };
}

/** The parser's own reason is the last resort: it says of two lengths, and of a length beside chunks, that some length is wrong. */
function faultOf({ headers, strayLines, hasBareLf }: ReadHead, error: Error): string {
  const lengths = valuesOf(headers, 'content-length');
  if (hasBareLf) return 'its lines end with LF alone, expected CR LF';
  if (lengths.length > 0 && valuesOf(headers, 'transfer-encoding').length > 0) return 'it has both Content-Length and Transfer-Encoding';
  if (lengths.length > 1) return 'it has several Content-Length headers';
  if (lengths.some((length) => !/^\d{1,15}$/.test(length))) return 'its Content-Length is not a length';
  if (strayLines.some((line) => /^[ \t]/.test(line))) return 'a header goes on over several lines';
  if (strayLines.length > 0) return 'a line among its headers is not a header';
  const [, reason] = (error instanceof errors.HTTPParserError && /\((.+)\)$/.exec(error.message)) || [];
  return reason === undefined ? 'it cannot be read beyond its status line' : `the parser says ${JSON.stringify(reason)}`;
}

function valuesOf(headers: readonly Header[], wanted: string): string[] {
  return headers.filter(({ name }) => name.toLowerCase() === wanted).map(({ value }) => value);
}
