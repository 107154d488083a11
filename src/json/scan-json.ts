import { endOfJsonString, QUOTE } from './json-text.js';

/** What one pass over a JSON text finds out before anything is made of it. */
export interface JsonScan {
  /** How many keys its objects have, repeated ones included. */
  keyCount: number;
  /** Whether parsing the text and printing it again changes nothing but whitespace, provided that no key is repeated. */
  isPlain: boolean;
  /** The lists and objects of more than `pieceLength` characters: the index after the end of each, by the index of its start. */
  large: ReadonlyMap<number, number>;
}

export interface ScanLimits {
  /** How deep lists and objects may be nested. */
  depth: number;
  /** How many values there may be: lists, objects, strings, numbers, booleans and nulls. */
  values: number;
  /** In characters. */
  pieceLength: number;
}

/** Why a text is not parsed at all. */
export type ScanRefusal = 'TOO_DEEP' | 'TOO_MANY_VALUES' | 'UNBALANCED';

/** Digits of a number up to which a double keeps its spelling. */
const SAFE_DIGITS = 15;

/** A smaller number is printed with an exponent. */
const SMALLEST_PLAIN = '0.000001';

/** What JSON.stringify escapes in the same way. `\u` and `\/` it writes otherwise. */
const UNCHANGED_ESCAPES = new Set(['"', '\\', 'b', 'f', 'n', 'r', 't']);

/**
 * Reads a text once, from left to right and without descending, in a few nanoseconds a character. What it says of a text that is no JSON means
 * nothing, except for a refusal.
 */
export function scanJson(text: string, { depth: depthLimit, values: valueLimit, pieceLength }: ScanLimits): JsonScan | ScanRefusal {
  /** Where the first escape at or after the place that is read stands. */
  let escapeAt = indexOfEscape(text, 0);
  const large = new Map<number, number>();
  /** Where each open list or object starts. */
  const open: number[] = [];
  let valueCount = 1;
  let keyCount = 0;
  let isPlain = true;
  let lastString = 0;
  let lastStringEnd = 0;

  for (let index = 0; index < text.length; index += 1) {
    const code = text.charCodeAt(index);
    switch (code) {
      case QUOTE:
        lastString = index;
        lastStringEnd = index = endOfJsonString(text, index);
        for (; isPlain && escapeAt < lastStringEnd; escapeAt = indexOfEscape(text, escapeAt + 2))
          isPlain = UNCHANGED_ESCAPES.has(text[escapeAt + 1]!);
        break;
      case COLON:
        keyCount += 1;
        // An object has keys that are whole numbers before all others, whatever their order was.
        if (isPlain) isPlain = !isDigit(text.charCodeAt(lastString + 1)) || !/^\d+$/.test(text.slice(lastString + 1, lastStringEnd));
        break;
      case COMMA:
        valueCount += 1;
        if (valueCount > valueLimit) return 'TOO_MANY_VALUES';
        break;
      case OPENING_BRACKET:
      case OPENING_BRACE:
        open.push(index);
        valueCount += 1;
        if (open.length > depthLimit) return 'TOO_DEEP';
        if (valueCount > valueLimit) return 'TOO_MANY_VALUES';
        break;
      case CLOSING_BRACKET:
      case CLOSING_BRACE: {
        const start = open.pop();
        // The closing character of either kind comes two after its opening one.
        if (start === undefined || text.charCodeAt(start) + 2 !== code) return 'UNBALANCED';
        if (index + 1 - start > pieceLength) large.set(start, index + 1);
        break;
      }
      default:
        if (isDigit(code) || code === MINUS) {
          const end = endOfNumber(text, index);
          if (isPlain) isPlain = keepsSpelling(text, index, end);
          index = end - 1;
        }
    }
  }
  return open.length > 0 ? 'UNBALANCED' : { keyCount, isPlain, large };
}

/** The index after the number that starts at `start`. */
function endOfNumber(text: string, start: number): number {
  let end = start + 1;
  while (end < text.length && isOfNumber(text.charCodeAt(end))) end += 1;
  return end;
}

function isOfNumber(code: number): boolean {
  return isDigit(code) || code === DOT || code === MINUS || code === PLUS || code === SMALL_E || code === LARGE_E;
}

/** Whether a double is printed as it was spelled here; false where telling would take more than a look. */
function keepsSpelling(text: string, start: number, end: number): boolean {
  let digitCount = 0;
  let hasFraction = false;
  for (let index = start; index < end; index += 1) {
    const code = text.charCodeAt(index);
    if (isDigit(code)) digitCount += 1;
    else if (code === DOT) hasFraction = true;
    else if (code === SMALL_E || code === LARGE_E) return false;
  }
  if (digitCount > SAFE_DIGITS) return false;
  const first = text.charCodeAt(start) === MINUS ? start + 1 : start;
  // Minus zero is printed as zero.
  if (!hasFraction) return first === start || text.charCodeAt(first) !== ZERO;
  return text.charCodeAt(end - 1) !== ZERO && !(text.startsWith('0.00000', first) && text.slice(first, end) < SMALLEST_PLAIN);
}

function indexOfEscape(text: string, from: number): number {
  const index = text.indexOf('\\', from);
  return index === -1 ? Infinity : index;
}

function isDigit(code: number): boolean {
  return code >= ZERO && code <= NINE;
}

const PLUS = 0x2b;
const COMMA = 0x2c;
const MINUS = 0x2d;
const DOT = 0x2e;
const ZERO = 0x30;
const NINE = 0x39;
const COLON = 0x3a;
const LARGE_E = 0x45;
const OPENING_BRACKET = 0x5b;
const CLOSING_BRACKET = 0x5d;
const SMALL_E = 0x65;
const OPENING_BRACE = 0x7b;
const CLOSING_BRACE = 0x7d;
