import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { findInexactNumber, isSameJson } from '../../src/json/exact-json.js';

describe('findInexactNumber', () => {
  it.each([
    '0',
    '-0',
    '1.50',
    '0.1',
    '1e3',
    '1.5E+3',
    '9007199254740992',
    '9007199254740992000e-3',
    '100000000000000000000',
    '1e300',
    '5e-324',
    '"12345678901234567890"',
    '{"id":"12345678901234567891"}',
    '[0.30000000000000004]',
  ])('finds nothing in %s', (text) => {
    expect(findInexactNumber(text)).toBeUndefined();
  });

  it.each([
    ['12345678901234567890', '12345678901234567890'],
    ['9007199254740993', '9007199254740993'],
    ['-9007199254740993', '-9007199254740993'],
    ['{"a":[1,{"b":0.1000000000000000055511151231257827}]}', '0.1000000000000000055511151231257827'],
    ['1e400', '1e400'],
    ['-1E+400', '-1E+400'],
    ['1e-400', '1e-400'],
    ['[1,9007199254740993,9007199254740995]', '9007199254740993'],
  ])('finds in %s the number %s', (text, inexact) => {
    expect(findInexactNumber(text)).toBe(inexact);
  });

  it('finds nothing in what JSON.stringify writes', () => {
    fc.assert(
      fc.property(fc.jsonValue(), (value) => {
        expect(findInexactNumber(JSON.stringify(value))).toBeUndefined();
      }),
    );
  });

  it('finds nothing in any double as it is spelled', () => {
    fc.assert(
      fc.property(fc.double({ noNaN: true, noDefaultInfinity: true }), (value) => {
        expect(findInexactNumber(String(value))).toBeUndefined();
        expect(findInexactNumber(value.toExponential())).toBeUndefined();
      }),
    );
  });

  it('finds every whole number that a double rounds', () => {
    fc.assert(
      fc.property(fc.bigInt({ min: 2n ** 53n, max: 2n ** 80n }), (value) => {
        const isExact = BigInt(Number(value)) === value;
        fc.pre(!isExact);

        expect(findInexactNumber(String(value))).toBe(String(value));
      }),
    );
  });
});

describe('a number of a million digits', () => {
  // By a regular expression that looks for the zeros at the end, this would take hours.
  const zeros = '0'.repeat(1_000_000);

  it.each([
    ['zeros between ones', `1${zeros}1`, `1.${zeros}1`],
    ['zeros behind the point', `0.${zeros}1`, `0.${zeros}2`],
    ['an exponent', `1e1${zeros}`, `1e-1${zeros}`],
  ])('is read from left to right once: %s', (_, one, other) => {
    expect(findInexactNumber(`[${one}]`)).toBe(one);
    expect(isSameJson(`[${one}]`, `[${one} ]`)).toBe(true);
    expect(isSameJson(`[${one}]`, `[${other}]`)).toBe(false);
  });
});
