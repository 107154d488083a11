import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { canonicalText, compareDecimals, isMultipleOf, isWhole, readDecimal } from '../../src/json/decimal.js';

/** Numbers as JSON spells them, with what they are: `digits` × 10^`exponent`. */
const numbers = fc
  .record({
    sign: fc.constantFrom('', '-'),
    whole: fc.oneof(fc.constantFrom('0', '1', '10', '9007199254740993'), fc.stringMatching(/^(?:0|[1-9]\d{0,24})$/)),
    fraction: fc.option(fc.stringMatching(/^\d{1,40}$/), { nil: undefined }),
    exponent: fc.option(fc.integer({ min: -60, max: 60 }), { nil: undefined }),
    e: fc.constantFrom('e', 'E', 'e+'),
  })
  .map(({ sign, whole, fraction, exponent, e }) => {
    const spelledExponent = exponent === undefined ? '' : `${exponent < 0 ? 'e' : e}${exponent}`;
    return {
      text: `${sign}${whole}${fraction === undefined ? '' : `.${fraction}`}${spelledExponent}`,
      digits: BigInt(sign + whole + (fraction ?? '')),
      exponent: (exponent ?? 0) - (fraction?.length ?? 0),
    };
  });

type Reference = typeof numbers extends fc.Arbitrary<infer Value> ? Value : never;

/** Both as whole numbers of one size. */
function aligned(a: Reference, b: Reference): [bigint, bigint] {
  const least = Math.min(a.exponent, b.exponent);
  const scaled = ({ digits, exponent }: Reference) => digits * 10n ** BigInt(exponent - least);
  return [scaled(a), scaled(b)];
}

describe('decimal numbers', () => {
  it('compare as the numbers that they spell', () => {
    fc.assert(
      fc.property(numbers, numbers, (a, b) => {
        const [one, other] = aligned(a, b);
        const order = Math.sign(compareDecimals(readDecimal(a.text), readDecimal(b.text)));
        expect(order).toBe(one < other ? -1 : one > other ? 1 : 0);
        expect(canonicalText(readDecimal(a.text)) === canonicalText(readDecimal(b.text))).toBe(one === other);
      }),
      { numRuns: 2000 },
    );
  });

  it('are multiples of others as the numbers that they spell', () => {
    const divisors = fc.oneof(numbers, fc.constantFrom('0.01', '1', '5', '1e2', '0.25').map(reference)).filter(({ digits }) => digits > 0n);
    const multiples = fc.tuple(divisors, fc.bigInt(-(10n ** 20n), 10n ** 20n), fc.boolean(), numbers);

    fc.assert(
      fc.property(multiples, ([divisor, factor, isMultiple, other]) => {
        const value = isMultiple ? timesOf(divisor, factor) : other;
        const [one, by] = aligned(value, divisor);
        expect(isMultipleOf(readDecimal(value.text), readDecimal(divisor.text))).toBe(one % by === 0n);
      }),
      { numRuns: 2000 },
    );
  });

  it('are whole where they are multiples of 1', () => {
    fc.assert(
      fc.property(numbers, ({ text }) => {
        expect(isWhole(readDecimal(text))).toBe(isMultipleOf(readDecimal(text), readDecimal('1')));
      }),
    );
  });

  it('may have exponents of any size', () => {
    const [large, larger] = ['1e1000000000', '1.1e1000000000'].map(readDecimal) as [any, any];

    expect(compareDecimals(large, larger)).toBeLessThan(0);
    expect(isMultipleOf(large, readDecimal('7'))).toBe(false);
    expect(isMultipleOf(large, readDecimal('8'))).toBe(true);
    expect(compareDecimals(readDecimal('1e-99999999999999999999'), readDecimal('0'))).toBeGreaterThan(0);
  });

  it('may have a quarter of a million digits', () => {
    const zeros = `0.${'0'.repeat(250_000)}1`;

    expect(compareDecimals(readDecimal(zeros), readDecimal('1e-250001'))).toBe(0);
    expect(isMultipleOf(readDecimal(`1${'0'.repeat(250_000)}`), readDecimal('0.3'))).toBe(false);
  });

  it('that are zero are one number', () => {
    expect(['0', '-0', '0.000', '0e5', '-0.0e-7'].map((text) => canonicalText(readDecimal(text)))).toEqual(Array(5).fill('0'));
  });
});

function reference(text: string): Reference {
  const [mantissa = '', exponent = '0'] = text.split('e');
  const [whole = '', fraction = ''] = mantissa.split('.');
  return { text, digits: BigInt(whole + fraction), exponent: Number(exponent) - fraction.length };
}

function timesOf({ digits, exponent }: Reference, factor: bigint): Reference {
  return { text: `${digits * factor}e${exponent}`, digits: digits * factor, exponent };
}
