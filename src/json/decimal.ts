/**
 * A decimal number as it is spelled, of any length: `sign` × 0.`digits` × 10^`exponent`. The digits begin and end with another
 * than zero; zero has none.
 */
export interface Decimal {
  readonly sign: -1 | 0 | 1;
  readonly digits: string;
  readonly exponent: bigint;
}

const ZERO: Decimal = { sign: 0, digits: '', exponent: 0n };

/** Reads a number as JSON spells it, or as JavaScript writes a double that is finite. */
export function readDecimal(text: string): Decimal {
  const [, minus, whole = '', fraction = '', exponent = '0'] = /^(-?)(\d+)(?:\.(\d+))?(?:[eE]([+-]?\d+))?$/.exec(text) ?? [];
  const all = whole + fraction;
  // Not by regular expressions, which take the square of the time for a quarter of a million zeros.
  let start = 0;
  while (all[start] === '0') start += 1;
  let end = all.length;
  while (end > start && all[end - 1] === '0') end -= 1;
  if (start === end) return ZERO;
  return { sign: minus === '-' ? -1 : 1, digits: all.slice(start, end), exponent: readExponent(exponent) + BigInt(whole.length - start) };
}

/** One spelling for all that mean the same number. */
export function canonicalText({ sign, digits, exponent }: Decimal): string {
  return sign === 0 ? '0' : `${sign === -1 ? '-' : ''}0.${digits}e${exponent}`;
}

/** Negative where `a` is less than `b`, zero where they are the same, positive otherwise. */
export function compareDecimals(a: Decimal, b: Decimal): number {
  if (a.sign !== b.sign || a.sign === 0) return a.sign - b.sign;
  return a.sign * compareMagnitudes(a, b);
}

function compareMagnitudes(a: Decimal, b: Decimal): number {
  if (a.exponent !== b.exponent) return a.exponent < b.exponent ? -1 : 1;
  if (a.digits === b.digits) return 0;
  // Both begin right after the point, so the digits compare as text.
  return a.digits < b.digits ? -1 : 1;
}

/** Whether a number has no fraction. */
export function isWhole({ digits, exponent }: Decimal): boolean {
  return exponent >= BigInt(digits.length);
}

/** Whether `value` is a whole number of times `divisor`, which is positive. */
export function isMultipleOf(value: Decimal, divisor: Decimal): boolean {
  if (value.sign === 0) return true;
  const shift = lastPlace(value) - lastPlace(divisor);
  // The last digit of the value is not zero, so it stands below every multiple of the divisor.
  if (shift < 0n) return false;
  const modulus = BigInt(divisor.digits);
  // A further ten only adds factors 2 and 5, of which the divisor has fewer than four a digit: `1e1000000000` is a number too.
  const enough = BigInt(divisor.digits.length * 4);
  return (BigInt(value.digits) * 10n ** (shift < enough ? shift : enough)) % modulus === 0n;
}

/** The power of ten of the last digit. */
function lastPlace({ digits, exponent }: Decimal): bigint {
  return exponent - BigInt(digits.length);
}

/** An exponent of more digits counts as the greatest of so many: reading it would take longer than its length, and no reader tells such numbers apart. */
const EXPONENT_DIGITS = 1000;

function readExponent(text: string): bigint {
  const sign = text.startsWith('-') ? -1n : 1n;
  let start = /^[+-]/.test(text) ? 1 : 0;
  while (text[start] === '0') start += 1;
  const digits = text.length - start > EXPONENT_DIGITS ? '9'.repeat(EXPONENT_DIGITS) : text.slice(start);
  return sign * BigInt(digits);
}
