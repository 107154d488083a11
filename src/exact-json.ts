/** Only a number of 16 digits or more, or one with an exponent, can be more than a double holds; also in a string, which costs a second look. */
const SUSPICIOUS = /[\d.]{16}|\d[eE][+-]?\d/;

/**
 * The first number in a JSON text that reading it as a double would change, as it is spelled; undefined where there is
 * none. JavaScript would turn `12345678901234567890` into another number without a word.
 */
export function findInexactNumber(text: string): string | undefined {
  if (!SUSPICIOUS.test(text)) return undefined;

  let inexact: string | undefined;
  // The source text of a value is given by every engine of Node 22 and later; the types don't know it yet.
  const parse = JSON.parse as (text: string, reviver: (key: string, value: unknown, context: { source?: string }) => unknown) => unknown;
  parse(text, (_key, value, { source }) => {
    if (typeof value === 'number' && source !== undefined && !isExact(source, value)) inexact ??= source;
    return value;
  });
  return inexact;
}

/** Whether the spelling and the double's own shortest spelling mean the same decimal number. */
function isExact(source: string, value: number): boolean {
  return Number.isFinite(value) && normalize(source) === normalize(String(value));
}

/** A decimal number as its digits without zeros at the ends, and its exponent: `1.50e3` is `15` and `2`. */
function normalize(decimal: string): string {
  const [, sign = '', whole = '', fraction = '', exponent = '0'] = /^(-?)(\d*)\.?(\d*)(?:[eE]([+-]?\d+))?$/.exec(decimal) ?? [];
  const digits = (whole + fraction).replace(/^0+/, '');
  const significant = digits.replace(/0+$/, '');
  if (significant === '') return '0';
  return `${sign}${significant}e${Number(exponent) - fraction.length + (digits.length - significant.length)}`;
}
