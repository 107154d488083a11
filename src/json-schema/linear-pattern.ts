import { RE2JS } from 're2js';
import { complement, type CodePoints, DIGITS, NO_LINE_END, ofProperty, SPACE, union, WORD } from './code-points.js';

/** A pattern that can't be matched in a time that grows with the text alone. The message follows "a pattern ". */
export class NonlinearPatternError extends Error {
  override readonly name = 'NonlinearPatternError';
}

/** A pattern, ready to be looked for in texts. */
export interface LinearPattern {
  test(text: string): boolean;
}

/**
 * Compiles a regular expression of ECMAScript with the flag `u`, which is what JSON Schema's patterns are, to be matched in linear time.
 * It matches what JavaScript's own engine would, which takes a time without bounds for some: `^(a+)+$` and 46 characters. Throws a
 * `SyntaxError` where it is none, and a `NonlinearPatternError` where linear time is not enough for it.
 */
export function compileLinearPattern(pattern: string): LinearPattern {
  // Of what is no regular expression the engine says best what is wrong; all that follows relies on it.
  void new RegExp(pattern, 'u');
  const translated = new Translation(pattern).translate();
  try {
    return RE2JS.compile(translated);
  } catch (error) {
    if (!(error instanceof Error)) throw error;
    throw new NonlinearPatternError('whose counts of repetitions, multiplied where one stands in another, are at most 1000', {
      cause: error,
    });
  }
}

/** RE2 counts to a thousand. */
const COUNT_LIMIT = 1000;

/** How long the text may be that repeats what is to be counted further. */
const EXPANSION_LIMIT = 200_000;

/** Reads a pattern from its beginning to its end, and writes it in RE2's syntax. What it reads is known to be a regular expression. */
class Translation {
  readonly #pattern: string;
  #index = 0;
  #written = '';
  /** Where in what is written the last atom begins, which a quantifier repeats. */
  #atomStart = 0;
  /** The same of the groups that are open. */
  readonly #groupStarts: number[] = [];

  constructor(pattern: string) {
    this.#pattern = pattern;
  }

  translate(): string {
    while (this.#index < this.#pattern.length) this.#translateNext();
    return this.#written;
  }

  #translateNext(): void {
    const character = this.#pattern[this.#index]!;
    switch (character) {
      case '^':
        return this.#writeAtom('\\A', 1);
      case '$':
        return this.#writeAtom('\\z', 1);
      case '.':
        return this.#writeAtom(classOf(NO_LINE_END), 1);
      case '|':
        return this.#writeAtom('|', 1);
      case '(':
        return this.#openGroup();
      case ')':
        this.#writeAtom(')', 1);
        this.#atomStart = this.#groupStarts.pop()!;
        return undefined;
      case '*':
      case '+':
      case '?':
        this.#written += character;
        this.#index += 1;
        return this.#skipLazy();
      case '{':
        return this.#repeat();
      case '[':
        return this.#writeAtom(classOf(this.#readClass()), 0);
      case '\\':
        return this.#translateEscape();
      default: {
        const code = this.#pattern.codePointAt(this.#index)!;
        return this.#writeAtom(`\\x{${code.toString(16)}}`, code > 0xffff ? 2 : 1);
      }
    }
  }

  #writeAtom(text: string, length: number): void {
    this.#atomStart = this.#written.length;
    this.#written += text;
    this.#index += length;
  }

  /** Which group matched what is asked by nobody. */
  #openGroup(): void {
    this.#groupStarts.push(this.#written.length);
    this.#written += '(?:';
    const [opening = '('] = /^\((?:\?(?:<[^=!][^>]*>|<?[=!]|[a-z-]*:))?/.exec(this.#pattern.slice(this.#index)) ?? [];
    if (opening === '(?=' || opening === '(?!') throw new NonlinearPatternError(`without look-ahead (${opening})`);
    if (opening === '(?<=' || opening === '(?<!') throw new NonlinearPatternError(`without look-behind (${opening})`);
    if (opening.endsWith(':') && opening !== '(?:') throw new NonlinearPatternError(`without flags of its own (${opening})`);
    this.#index += opening.length;
  }

  #skipLazy(): void {
    // Whether there is a match does not depend on which is tried first.
    if (this.#pattern[this.#index] === '?') this.#index += 1;
  }

  #repeat(): void {
    const [whole, least = '', comma, most = ''] = /^\{(\d+)(,)?(\d+)?\}/.exec(this.#pattern.slice(this.#index))!;
    this.#index += whole.length;
    this.#skipLazy();
    const minimum = Number(least);
    const maximum = comma === undefined ? minimum : most === '' ? Infinity : Number(most);
    const atom = `(?:${this.#written.slice(this.#atomStart)})`;
    this.#written = this.#written.slice(0, this.#atomStart);
    if (minimum <= COUNT_LIMIT && (maximum <= COUNT_LIMIT || maximum === Infinity)) {
      this.#written += `${atom}{${minimum},${maximum === Infinity ? '' : maximum}}`;
      return;
    }
    // Before the counts are listed: there may be millions.
    const furthest = maximum === Infinity ? minimum : maximum;
    if ((atom.length * furthest) / COUNT_LIMIT > EXPANSION_LIMIT) throw new NonlinearPatternError(`that repeats less than ${whole} says`);
    const counts = [
      ...countsOf(minimum, (count) => `{${count}}`),
      ...(maximum === Infinity ? ['*'] : countsOf(maximum - minimum, (count) => `{0,${count}}`)),
    ];
    this.#written += `(?:${counts.map((count) => atom + count).join('')})`;
  }

  #translateEscape(): void {
    const next = this.#pattern[this.#index + 1]!;
    if (next === 'b' || next === 'B') return this.#writeAtom(`\\${next}`, 2);
    if (next === 'k' || (next >= '1' && next <= '9')) {
      throw new NonlinearPatternError(`without references to its groups (\\${next})`);
    }
    return this.#writeAtom(classOf(asSet(this.#readEscape())), 0);
  }

  /** Reads `[…]`. */
  #readClass(): CodePoints {
    this.#index += 1;
    const isNegated = this.#pattern[this.#index] === '^';
    if (isNegated) this.#index += 1;
    const sets: CodePoints[] = [];
    while (this.#pattern[this.#index] !== ']') {
      const first = this.#readClassMember();
      if (typeof first === 'number' && this.#pattern[this.#index] === '-' && this.#pattern[this.#index + 1] !== ']') {
        this.#index += 1;
        sets.push([[first, this.#readClassMember() as number]]);
      } else sets.push(asSet(first));
    }
    this.#index += 1;
    const set = union(sets);
    return isNegated ? complement(set) : set;
  }

  #readClassMember(): number | CodePoints {
    if (this.#pattern[this.#index] === '\\') return this.#readEscape();
    const code = this.#pattern.codePointAt(this.#index)!;
    this.#index += code > 0xffff ? 2 : 1;
    return code;
  }

  /** Reads `\…`, which stands for one code point or for a set of them. */
  #readEscape(): number | CodePoints {
    const rest = this.#pattern.slice(this.#index);
    const letter = rest[1]!;
    const [property] = /^\\[pP]\{[^}]*\}/.exec(rest) ?? [];
    if (property !== undefined) {
      this.#index += property.length;
      return ofProperty(property);
    }
    const [hexadecimal, ...numbers] =
      /^\\u(d[89ab][0-9a-f]{2})\\u(d[c-f][0-9a-f]{2})|^\\u\{([0-9a-f]+)\}|^\\u([0-9a-f]{4})|^\\x([0-9a-f]{2})/i.exec(rest) ?? [];
    if (hexadecimal !== undefined) {
      this.#index += hexadecimal.length;
      const units = numbers.filter((number) => number !== undefined).map((number) => Number.parseInt(number, 16));
      // Two halves of one code point.
      return units.length === 2 ? String.fromCharCode(...units).codePointAt(0)! : units[0]!;
    }
    if (letter === 'c') {
      this.#index += 3;
      return rest.charCodeAt(2) % 32;
    }
    this.#index += 2;
    return setEscapes[letter] ?? codeEscapes[letter] ?? letter.charCodeAt(0);
  }
}

const setEscapes: Readonly<Record<string, CodePoints | undefined>> = {
  d: DIGITS,
  D: complement(DIGITS),
  w: WORD,
  W: complement(WORD),
  s: SPACE,
  S: complement(SPACE),
};

/** `\b` is one in a class alone. */
const codeEscapes: Readonly<Record<string, number | undefined>> = { 0: 0, b: 0x08, t: 0x09, n: 0x0a, v: 0x0b, f: 0x0c, r: 0x0d };

function asSet(read: number | CodePoints): CodePoints {
  return typeof read === 'number' ? [[read, read]] : read;
}

/** A set in RE2's syntax, which has no empty class. */
function classOf(set: CodePoints): string {
  if (set.length === 0) return '[^\\x{0}-\\x{10ffff}]';
  return `[${set.map(([first, last]) => `\\x{${first.toString(16)}}-\\x{${last.toString(16)}}`).join('')}]`;
}

/** A count as several of which each is at most what RE2 counts to. */
function* countsOf(count: number, write: (count: number) => string): Generator<string> {
  for (let rest = count; rest > 0; rest -= COUNT_LIMIT) yield write(Math.min(rest, COUNT_LIMIT));
}
