import { endOfJsonString, QUOTE } from './json-text.js';

/** An entry of a list or an object, and where its value stands in the text. */
export interface JsonEntry {
  /** The key, or the index in a list. */
  key: string | number;
  start: number;
  /** The index after the value. */
  end: number;
}

/** The ends of some lists and objects, by where they start: those need not be looked for. */
export type KnownEnds = ReadonlyMap<number, number>;

const NONE: KnownEnds = new Map();

/**
 * The entries of the list or object that starts at `start`, as they stand in the text. The text of a value is not looked at but for its end. Throws a
 * SyntaxError where there is something between values that JSON does not have there.
 */
export function* jsonEntries(text: string, start: number, knownEnds: KnownEnds = NONE): Generator<JsonEntry, void> {
  const isObject = text.charCodeAt(start) === OPENING_BRACE;
  const closing = isObject ? CLOSING_BRACE : CLOSING_BRACKET;
  let index = skipSpace(text, start + 1);
  if (text.charCodeAt(index) === closing) return;
  for (let count = 0; ; count += 1) {
    let key: string | number = count;
    if (isObject) {
      if (text.charCodeAt(index) !== QUOTE) throw unexpected(text, index);
      const endOfKey = endOfJsonString(text, index);
      key = JSON.parse(text.slice(index, endOfKey + 1)) as string;
      index = skipSpace(text, endOfKey + 1);
      if (text.charCodeAt(index) !== COLON) throw unexpected(text, index);
      index = skipSpace(text, index + 1);
    }
    const end = endOfJsonValue(text, index, knownEnds);
    yield { key, start: index, end };
    index = skipSpace(text, end);
    const code = text.charCodeAt(index);
    if (code === closing) return;
    if (code !== COMMA) throw unexpected(text, index);
    index = skipSpace(text, index + 1);
  }
}

/** The index of the first character from `index` on that is no white space. */
export function skipSpace(text: string, index: number): number {
  while (isSpace(text.charCodeAt(index))) index += 1;
  return index;
}

/** The index after the value that starts at `start`. */
export function endOfJsonValue(text: string, start: number, knownEnds: KnownEnds = NONE): number {
  const code = text.charCodeAt(start);
  if (code === QUOTE) return endOfJsonString(text, start) + 1;
  if (code === OPENING_BRACE || code === OPENING_BRACKET) return knownEnds.get(start) ?? endOfNested(text, start);
  let end = start;
  while (end < text.length && !endsValue(text.charCodeAt(end))) end += 1;
  if (end === start) throw unexpected(text, start);
  return end;
}

/** A text without the white space between its values. */
export function withoutSpace(text: string): string {
  let compact = '';
  let copied = 0;
  for (let index = 0; index < text.length; index += 1) {
    const code = text.charCodeAt(index);
    if (code === QUOTE) index = endOfJsonString(text, index);
    else if (isSpace(code)) {
      compact += text.slice(copied, index);
      index = skipSpace(text, index);
      copied = index;
      index -= 1;
    }
  }
  return copied === 0 ? text : compact + text.slice(copied);
}

function endOfNested(text: string, start: number): number {
  let depth = 0;
  for (let index = start; index < text.length; index += 1) {
    const code = text.charCodeAt(index);
    if (code === QUOTE) index = endOfJsonString(text, index);
    else if (code === OPENING_BRACE || code === OPENING_BRACKET) depth += 1;
    else if (code === CLOSING_BRACE || code === CLOSING_BRACKET) {
      depth -= 1;
      if (depth === 0) return index + 1;
    }
  }
  throw unexpected(text, text.length);
}

function isSpace(code: number): boolean {
  return code === SPACE || code === LINE_FEED || code === CARRIAGE_RETURN || code === TAB;
}

function endsValue(code: number): boolean {
  return code === COMMA || code === CLOSING_BRACE || code === CLOSING_BRACKET || isSpace(code);
}

function unexpected(text: string, index: number): SyntaxError {
  return new SyntaxError(index >= text.length ? 'Unexpected end of JSON input' : `Unexpected token in JSON at position ${index}`);
}

const TAB = 0x09;
const LINE_FEED = 0x0a;
const CARRIAGE_RETURN = 0x0d;
const SPACE = 0x20;
const COMMA = 0x2c;
const COLON = 0x3a;
const OPENING_BRACKET = 0x5b;
const CLOSING_BRACKET = 0x5d;
const OPENING_BRACE = 0x7b;
const CLOSING_BRACE = 0x7d;
