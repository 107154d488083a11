import { hasLongNumber } from '../json/exact-json.js';
import { canonicalText, compareDecimals, type Decimal, isWhole, readDecimal } from '../json/decimal.js';

/** The types of `JSON.parse` and `JSON.rawJSON` as every engine of Node 22 and later has them. */
type Parse = (text: string, reviver: (this: object, key: string, value: unknown, context: { source?: string }) => unknown) => unknown;
const { parse, rawJSON } = JSON as unknown as { parse: Parse; rawJSON: (text: string) => unknown };

/**
 * A JSON text as a value whose numbers keep their digits. A number that is no double stands in the value as one that is a
 * whole number where the number is; what it is in truth is asked for by the object or list that it stands in.
 */
export class SpelledJson {
  /** The value at the key ``, so that it stands in an object too. */
  readonly root: { readonly '': unknown };
  /** How the numbers are spelled that are no doubles, by what they stand in. */
  readonly #spellings: ReadonlyMap<object, ReadonlyMap<string, string>> | undefined;

  constructor(text: string) {
    if (!hasLongNumber(text)) {
      this.root = { '': JSON.parse(text) };
      return;
    }
    const spellings = new Map<object, Map<string, string>>();
    const value = parse(text, function (key, parsed, { source }) {
      if (typeof parsed !== 'number' || source === undefined) return parsed;
      const decimal = readDecimal(source);
      if (Number.isFinite(parsed) && compareDecimals(decimal, readDecimal(String(parsed))) === 0) return parsed;
      const inHolder = spellings.get(this) ?? new Map<string, string>();
      spellings.set(this, inHolder.set(key, source));
      return standIn(decimal);
    });
    this.root = { '': value };
    // The holder of the root is the engine's own.
    const ofRoot = typeof value === 'number' ? [...spellings.values()][0] : undefined;
    if (ofRoot !== undefined) spellings.set(this.root, ofRoot);
    this.#spellings = spellings;
  }

  get value(): unknown {
    return this.root[''];
  }

  /** How a number is spelled that is no double; undefined for one that is. */
  spellingOf(holder: object, key: string | number): string | undefined {
    return this.#spellings?.get(holder)?.get(String(key));
  }

  /** The number that stands in `holder` at `key`. */
  decimalOf(value: number, holder: object, key: string | number): Decimal {
    return readDecimal(this.spellingOf(holder, key) ?? String(value));
  }

  /** A value as JSON, each number as it came. */
  write(value: unknown, holder: object, key: string | number): string {
    const spelling = this.spellingOf(holder, key);
    if (spelling !== undefined) return spelling;
    if (this.#spellings === undefined) return JSON.stringify(value);
    // eslint-disable-next-line @typescript-eslint/no-this-alias -- of a replacer, `this` is what the value stands in
    const exact = this;
    return JSON.stringify(value, function (this: object, innerKey: string, inner: unknown) {
      const innerSpelling = exact.spellingOf(this, innerKey);
      return innerSpelling === undefined ? inner : rawJSON(innerSpelling);
    });
  }

  /** One text for all values that JSON Schema calls equal: the order of keys and the spelling of numbers don't matter. */
  canonicalText(value: unknown, holder: object, key: string | number): string {
    if (typeof value === 'number') return canonicalText(this.decimalOf(value, holder, key));
    if (typeof value !== 'object' || value === null) return JSON.stringify(value);
    if (Array.isArray(value)) return `[${value.map((item, index) => this.canonicalText(item, value, index)).join(',')}]`;
    const members = Object.keys(value)
      .toSorted()
      .map((name) => `${JSON.stringify(name)}:${this.canonicalText((value as Record<string, unknown>)[name], value, name)}`);
    return `{${members.join(',')}}`;
  }
}

/** A double that is a whole number where the decimal is. */
function standIn(decimal: Decimal): number {
  return isWhole(decimal) ? decimal.sign : decimal.sign * 0.5;
}
