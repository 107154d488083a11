import { isUtf8 } from 'node:buffer';
import { CallerError } from '../errors.js';
import { type JsonRefusal, type ParsedJson, parseJson } from '../json/parse-json.js';
import { limits } from './limits/limits.js';
import { DEPTH_LIMIT } from '../publish/json-depth.js';

/** Where the payload of `publishEvents` stands in a body: so much deeper may the body be. */
const DEPTH_OF_PAYLOAD = 5;

/** How many values a body may have: lists, objects, strings, numbers, booleans and nulls. Each takes up to a hundred bytes of memory. */
const VALUE_LIMIT = 300_000;

/** Reads a body as JSON. Throws a CallerError that says what is wrong with it. */
export async function readBody(bytes: Buffer): Promise<ParsedJson> {
  const text = readText(bytes);
  const parsed = await parseJson(text, { depth: DEPTH_LIMIT + DEPTH_OF_PAYLOAD, values: VALUE_LIMIT });
  if ('reason' in parsed) throw refusalOf(parsed);
  checkDocumentLength((parsed.value as { query?: unknown } | null)?.query);
  return parsed;
}

/** Throws a QUERY_TOO_COSTLY error for a document that would take long to read. */
function checkDocumentLength(document: unknown): void {
  if (typeof document !== 'string' || document.length <= limits.characters) return;
  const expected = `at most ${limits.characters} characters (64 KiB): give what is long as variables`;
  throw new CallerError('QUERY_TOO_COSTLY', `The operation has ${document.length} characters: expected ${expected}.`);
}

/** The text of a body. A byte order mark before it says nothing; bytes that are no UTF-8 would become question marks. */
function readText(body: Buffer): string {
  if (!isUtf8(body)) throw new CallerError('BAD_USER_INPUT', 'The body has bytes that are no UTF-8.');
  const text = body.toString('utf8');
  return text.startsWith('\ufeff') ? text.slice(1) : text;
}

function refusalOf({ reason, detail }: JsonRefusal): CallerError {
  return new CallerError('BAD_USER_INPUT', sentences[reason](detail));
}

const sentences: Record<JsonRefusal['reason'], (detail: string) => string> = {
  TOO_DEEP: () =>
    `The body has too many lists and objects in each other: expected at most ${DEPTH_LIMIT} of them in a payload, and ${DEPTH_OF_PAYLOAD} around it.`,
  TOO_MANY_VALUES: () => `The body has more than ${VALUE_LIMIT} values: publish fewer events in a call.`,
  UNBALANCED: () => 'The body is no JSON: a list or an object is not closed as it was opened.',
  MALFORMED: (detail) => `The body is no JSON: ${withoutText(detail)}.`,
  REPEATED_KEY: (path) => `The body has the key ${shortened(path)} twice: expected each key of an object once.`,
};

/** The engine repeats the text around the fault, which may be a secret: `Unexpected token 'x', ..."secret": x"... is not valid JSON`. */
function withoutText(message: string): string {
  return message.replace(/, (?:\.\.\.)?".*$/s, '');
}

/** The longest path that an error repeats, in characters; its end tells more than its beginning. */
const PATH_LIMIT = 200;

function shortened(path: string): string {
  return path.length > PATH_LIMIT ? `…${path.slice(-PATH_LIMIT)}` : path;
}
