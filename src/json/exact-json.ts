import { isDeepStrictEqual } from 'node:util';
import { canonicalText, readDecimal } from './decimal.js';
import { endOfJsonString, QUOTE } from './json-text.js';
import { scanJson } from './scan-json.js';

/** So many digits and dots may be more than a double holds. */
const LONG = 16;

/**
 * The first number in a JSON text that reading it as a double would change, as it is spelled; undefined where there is
 * none. JavaScript would turn `12345678901234567890` into another number without a word.
 */
export function findInexactNumber(text: string): string | undefined {
  if (!hasLongNumber(text)) return undefined;

  let inexact: string | undefined;
  parse(text, (_key, value, { source }) => {
    if (typeof value === 'number' && source !== undefined && !isExact(source, value)) inexact ??= source;
    return value;
  });
  return inexact;
}

/** A value of which `JSON.stringify` spells each number as it is spelled in the text. */
export function parseAsSpelled(text: string): unknown {
  const scan = scanJson(text, UNBOUNDED);
  if (typeof scan === 'object' && scan.isPlain) return JSON.parse(text);
  return parse(text, (_key, value, { source }) =>
    typeof value === 'number' && source !== undefined && source !== String(value) ? rawJson(source) : value,
  );
}

/** For a text that was within limits when it was accepted. */
const UNBOUNDED = { depth: Infinity, values: Infinity, pieceLength: Infinity };

/** Whether two JSON texts mean the same: numbers are compared by all their digits, and the order of keys does not matter. */
export function isSameJson(one: string, other: string): boolean {
  return one === other || isDeepStrictEqual(parse(one, asDecimal), parse(other, asDecimal));
}

/** A number as its digits, however it is spelled. */
function asDecimal(_key: string, value: unknown, { source }: { source?: string }): unknown {
  return typeof value === 'number' && source !== undefined ? new Decimal(normalize(source)) : value;
}

class Decimal {
  readonly normalized: string;

  constructor(normalized: string) {
    this.normalized = normalized;
  }
}

/** The source text of a value is given by every engine of Node 22 and later, and so is `JSON.rawJSON`; the types don't know them yet. */
const parse = JSON.parse as (text: string, reviver: (key: string, value: unknown, context: { source?: string }) => unknown) => unknown;
const { rawJSON: rawJson } = JSON as unknown as { rawJSON: (text: string) => unknown };

/** Only a number of 16 digits or more, or one with an exponent, can be more than a double holds. Strings are passed over. */
export function hasLongNumber(text: string): boolean {
  let length = 0;
  for (let index = 0; index < text.length; index += 1) {
    const code = text.charCodeAt(index);
    if ((code >= ZERO && code <= NINE) || code === DOT) {
      length += 1;
      if (length === LONG) return true;
    } else if (length > 0 && (code === SMALL_E || code === LARGE_E)) return true;
    else {
      length = 0;
      if (code === QUOTE) index = endOfJsonString(text, index);
    }
  }
  return false;
}

const ZERO = 0x30;
const NINE = 0x39;
const DOT = 0x2e;
const SMALL_E = 0x65;
const LARGE_E = 0x45;

/** Whether the spelling and the double's own shortest spelling mean the same decimal number. */
function isExact(source: string, value: number): boolean {
  return Number.isFinite(value) && normalize(source) === normalize(String(value));
}

/** One spelling for all that mean the same number. */
function normalize(spelling: string): string {
  return canonicalText(readDecimal(spelling));
}
