import { jsonEntries, skipSpace } from './json-entries.js';
import type { JsonSource } from './json-input.js';
import { countKeys, findRepeatedKey } from './repeated-key.js';
import { type JsonScan, type ScanLimits, type ScanRefusal, scanJson } from './scan-json.js';

/**
 * How much is parsed without a pause, in characters. The slowest that can be made of so many, objects of keys that are never the same, take some
 * 10 milliseconds.
 */
const PIECE_LENGTH = 128 * 1024;

export interface ParsedJson {
  value: unknown;
  /** The text, where `JSON.stringify` would make another one of the value, white space aside. */
  source: JsonSource | undefined;
}

/** Why a text was not parsed. Of `REPEATED_KEY` the path is known, of `MALFORMED` what the engine says. */
export interface JsonRefusal {
  reason: ScanRefusal | 'REPEATED_KEY' | 'MALFORMED';
  detail: string;
}

export type JsonLimits = Omit<ScanLimits, 'pieceLength'>;

/**
 * Parses a JSON text that a stranger wrote: only one within the limits, and a long one in pieces, between which others have their turn. A text that has
 * a key twice in one object is refused, since readers differ about which of the two counts (RFC 8259, section 4).
 */
export async function parseJson(text: string, limits: JsonLimits): Promise<ParsedJson | JsonRefusal> {
  const scan = scanJson(text, { ...limits, pieceLength: PIECE_LENGTH });
  if (typeof scan === 'string') return { reason: scan, detail: '' };
  try {
    const { value, keyCount } = scan.large.size === 0 ? parseWhole(text) : await new PieceParser(text, scan).parse();
    if (keyCount === scan.keyCount) return { value, source: scan.isPlain ? undefined : { text, ends: scan.large } };
  } catch (error) {
    return { reason: 'MALFORMED', detail: (error as Error).message };
  }
  return { reason: 'REPEATED_KEY', detail: (await findRepeatedKey(text, PIECE_LENGTH)) ?? '' };
}

function parseWhole(text: string): { value: unknown; keyCount: number } {
  const value: unknown = JSON.parse(text);
  return { value, keyCount: countKeys(value) };
}

/** Parses a text whose large lists and objects are known, entry by entry, and what is small at once. */
class PieceParser {
  readonly #text: string;
  readonly #large: JsonScan['large'];
  #keyCount = 0;
  #pausedAt = 0;

  constructor(text: string, { large }: JsonScan) {
    this.#text = text;
    this.#large = large;
  }

  async parse(): Promise<{ value: unknown; keyCount: number }> {
    const start = skipSpace(this.#text, 0);
    const end = this.#large.get(start);
    // What is large stands within something that is not, which can't be.
    if (end === undefined || skipSpace(this.#text, end) !== this.#text.length)
      throw new SyntaxError('Unexpected text around the JSON value');
    return { value: await this.#parseLarge(start), keyCount: this.#keyCount };
  }

  async #parseLarge(start: number): Promise<unknown> {
    const items: unknown[] = [];
    const fields: Record<string, unknown> = {};
    for (const { key, start: from, end } of jsonEntries(this.#text, start, this.#large)) {
      const value = this.#large.has(from) ? await this.#parseLarge(from) : this.#parseSmall(from, end);
      if (typeof key === 'number') items.push(value);
      else this.#set(fields, key, value);
      if (end - this.#pausedAt > PIECE_LENGTH) await this.#pauseAt(end);
    }
    return this.#text[start] === '[' ? items : fields;
  }

  #parseSmall(start: number, end: number): unknown {
    const value: unknown = JSON.parse(this.#text.slice(start, end));
    this.#keyCount += countKeys(value);
    return value;
  }

  #set(fields: Record<string, unknown>, key: string, value: unknown): void {
    if (!Object.hasOwn(fields, key)) this.#keyCount += 1;
    // As JSON.parse does it: with a plain assignment, `__proto__` would be no key.
    if (key === '__proto__') Object.defineProperty(fields, key, { value, enumerable: true, configurable: true, writable: true });
    else fields[key] = value;
  }

  async #pauseAt(index: number): Promise<void> {
    this.#pausedAt = index;
    await new Promise(setImmediate);
  }
}
