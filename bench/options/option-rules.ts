/** How one option is read. */
export interface OptionRule<Value> {
  /** What may stand there, as the help shows it: `<1-1000>` or `clean|backlog`. */
  shape: string;
  /** What it does, for the help. */
  explains: string;
  byDefault: Value;
  /** The default as a person would write it, where it is no plain value. */
  defaultShown?: string;
  /** What is expected, to end a sentence with. */
  expected: string;
  /** The value of a text; undefined where the text is not what is expected. */
  read(text: string): Value | undefined;
}

/** A scenario's options by their names, without dashes. */
export type OptionRules = Record<string, OptionRule<unknown>>;

/** The values that options come out with. */
export type ValuesOf<Rules extends OptionRules> = { -readonly [Name in keyof Rules]: Rules[Name]['byDefault'] };

/** A whole number within bounds. */
export function count(byDefault: number, [least, most]: readonly [number, number], explains: string): OptionRule<number> {
  return {
    shape: `<${least}-${most}>`,
    explains,
    byDefault,
    expected: `a whole number from ${least} to ${most}`,
    read(text) {
      const value = Number(text);
      return /^\d{1,9}$/.test(text) && value >= least && value <= most ? value : undefined;
    },
  };
}

/** Whole numbers within bounds, with commas between. */
export function counts(
  byDefault: readonly number[],
  [least, most]: readonly [number, number],
  explains: string,
): OptionRule<readonly number[]> {
  const one = count(least, [least, most], '');
  return {
    shape: `<${least}-${most}>,…`,
    explains,
    byDefault,
    expected: `whole numbers from ${least} to ${most}, none twice, with commas between`,
    read(text) {
      const values = text.split(',').map((part) => one.read(part));
      return values.includes(undefined) || new Set(values).size < values.length ? undefined : (values as number[]);
    },
  };
}

/** One word of several; the first is the default. */
export function choice<const Words extends readonly [string, ...string[]]>(words: Words, explains: string): OptionRule<Words[number]> {
  return {
    shape: words.join('|'),
    explains,
    byDefault: words[0],
    expected: `one of ${words.join(', ')}`,
    read: (text) => words.find((word) => word === text),
  };
}

/** The path of a folder. */
export function folder(byDefault: string, explains: string): OptionRule<string> {
  return { shape: '<folder>', explains, byDefault, expected: 'a folder', read: (text) => (text === '' ? undefined : text) };
}

/** The URL of a Redis, or none. */
export function redisUrl(explains: string): OptionRule<string> {
  return {
    shape: '<url>',
    explains,
    byDefault: 'none',
    expected: 'redis://host:port',
    read: (text) => (text === 'none' || (/^rediss?:\/\/[^/]/.test(text) && URL.canParse(text)) ? text : undefined),
  };
}
