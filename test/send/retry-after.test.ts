import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { retryAfterMs } from '../../src/send/retry-after.js';

const SECOND = 1000;
const HOUR = 3600 * SECOND;
const DAY = 24 * HOUR;

/** Thu, 01 Jan 2026 12:00:00 GMT */
const NOW = Date.UTC(2026, 0, 1, 12);

describe('retryAfterMs', () => {
  it.each([
    ['1', SECOND],
    ['120', 120 * SECOND],
    ['007', 7 * SECOND],
    [' \t30 ', 30 * SECOND],
    ['0', SECOND],
    ['86400', DAY],
    ['86401', DAY],
    ['999999999', DAY],
    ['9'.repeat(400), DAY],
  ])('takes whole seconds, from 1 s to 24 h: %j', (value, waitMs) => {
    expect(retryAfterMs(asking(value), NOW)).toBe(waitMs);
  });

  it.each([
    ['Thu, 01 Jan 2026 12:00:30 GMT', 30 * SECOND],
    ['Thursday, 01-Jan-26 12:00:30 GMT', 30 * SECOND],
    ['Thu Jan  1 12:00:30 2026', 30 * SECOND],
    ['Fri Jan 02 00:00:00 2026', 12 * HOUR],
    ['Thu, 01 Jan 2026 12:59:60 GMT', HOUR],
    ['Mon, 01 Jan 2026 13:00:00 GMT', HOUR],
    ['Thu, 01 Jan 2026 12:00:30 UTC', 30 * SECOND],
    ['Thursday, 01-Jan-26 12:00:30 UTC', 30 * SECOND],
    ['Thu, 01 Jan 2026 12:00:00 GMT', SECOND],
    ['Thu, 01 Jan 2026 11:59:59 GMT', SECOND],
    ['Sun, 06 Nov 1994 08:49:37 GMT', SECOND],
    ['Fri, 02 Jan 2026 12:00:00 GMT', DAY],
    ['Fri, 31 Dec 9999 23:59:59 GMT', DAY],
    ['Sat, 01 Jan 0000 00:00:00 GMT', SECOND],
  ])('takes a date in each form, from now on: %j', (value, waitMs) => {
    expect(retryAfterMs(asking(value), NOW)).toBe(waitMs);
  });

  it.each([
    ['in seconds', NOW / SECOND + 30, 30 * SECOND],
    ['in milliseconds', NOW + 30 * SECOND, 30 * SECOND],
    ['in seconds, now', NOW / SECOND, SECOND],
    ['in milliseconds, past', NOW - DAY, SECOND],
    ['in seconds, the first that is one', 1_000_000_000, SECOND],
    ['in milliseconds, the first that is one', 1_000_000_000_000, SECOND],
    ['in seconds, far', NOW / SECOND + 86_401, DAY],
    ['in milliseconds, far', NOW + 10 * DAY, DAY],
  ])('takes a number that no wait can be for an instant: %s', (_title, value, waitMs) => {
    expect(retryAfterMs(asking(String(value)), NOW)).toBe(waitMs);
  });

  it.each([
    ['94 is past', 'Sunday, 06-Nov-94 08:49:37 GMT', SECOND],
    ['76 is 50 years ahead', 'Thursday, 01-Jan-76 12:00:00 GMT', DAY],
    ['77 is past', 'Saturday, 01-Jan-77 12:00:00 GMT', SECOND],
  ])('takes a year of two digits for one that is at most 50 years ahead: %s', (_title, value, waitMs) => {
    expect(retryAfterMs(asking(value), NOW)).toBe(waitMs);
  });

  it('takes a year of two digits for one of the next century at the end of this', () => {
    const newYearsEve = Date.UTC(2099, 11, 31, 23, 59);

    expect(retryAfterMs(asking('Friday, 01-Jan-00 00:00:00 GMT'), newYearsEve)).toBe(60 * SECOND);
  });

  it.each([
    '',
    ' ',
    '-1',
    '+1',
    '1.5',
    '1,5',
    '1e3',
    '0x10',
    '1s',
    '１２',
    '1 2',
    '60, 120',
    'soon',
    'NaN',
    'Infinity',
    'null',
    '2026-01-01T12:00:30Z',
    'Thu, 01 Jan 2026 12:00:30',
    'Thu, 01 Jan 2026 12:00:30 CET',
    'Thu, 01 Jan 2026 12:00:30 utc',
    'Thu Jan  1 12:00:30 2026 UTC',
    'Thu, 01 Jan 2026 12:00:30 +0000',
    'thu, 01 jan 2026 12:00:30 gmt',
    'Thu, 1 Jan 2026 12:00:30 GMT',
    'Thu, 01 Jan 26 12:00:30 GMT',
    'Thu, 01 Foo 2026 12:00:30 GMT',
    'Thu, 00 Jan 2026 12:00:30 GMT',
    'Thu, 32 Jan 2026 12:00:30 GMT',
    'Sun, 29 Feb 2026 12:00:30 GMT',
    'Thu, 01 Jan 2026 24:00:00 GMT',
    'Thu, 01 Jan 2026 12:60:00 GMT',
    'Thu, 01 Jan 2026 12:00:61 GMT',
    'Thu, 01 Jan 2026 12:00:30 GMT, 5',
    'Thu Jan 1 12:00:30 2026',
  ])('takes nonsense for nothing: %j', (value) => {
    expect(retryAfterMs(asking(value), NOW)).toBeNull();
  });

  it('knows the header by its name in any case, and no other', () => {
    expect(retryAfterMs([{ name: 'RETRY-after', value: '5' }], NOW)).toBe(5 * SECOND);
    expect(retryAfterMs([{ name: 'x-retry-after', value: '5' }], NOW)).toBeNull();
    expect(retryAfterMs([], NOW)).toBeNull();
  });

  it('takes the first of several that means something', () => {
    expect(retryAfterMs(asking('soon', '', '20', '10'), NOW)).toBe(20 * SECOND);
  });

  it('gives null or a whole number from 1 s to 24 h, whatever the headers say', () => {
    const digit = fc.constantFrom(...'0123456789');
    const likely = fc
      .array(fc.oneof(digit, fc.constantFrom('Thu', 'Thursday', 'Jan', 'Feb', 'GMT', ', ', ' ', ':', '-', '.', '+')), { maxLength: 20 })
      .map((pieces) => pieces.join(''));
    const twoDigits = fc.tuple(digit, digit).map((digits) => digits.join(''));
    const dated = fc
      .tuple(twoDigits, twoDigits, twoDigits, twoDigits, twoDigits)
      .map(([day, year, hour, minute, second]) => `Monday, ${day}-Feb-${year} ${hour}:${minute}:${second} GMT`);
    const header = fc.record({
      name: fc.oneof(fc.constantFrom('retry-after', 'Retry-After'), fc.string()),
      value: fc.oneof(fc.string({ unit: 'binary' }), likely, dated, fc.bigInt().map(String)),
    });
    fc.assert(
      fc.property(fc.array(header), fc.integer({ min: 0, max: Date.UTC(2100, 0) }), (headers, now) => {
        const waitMs = retryAfterMs(headers, now);

        if (waitMs === null) return;
        expect(waitMs).toSatisfy(Number.isInteger);
        expect(waitMs).toBeGreaterThanOrEqual(SECOND);
        expect(waitMs).toBeLessThanOrEqual(DAY);
      }),
      { numRuns: 1000 },
    );
  });
});

function asking(...values: string[]): { name: string; value: string }[] {
  return [{ name: 'date', value: '10' }, ...values.map((value) => ({ name: 'Retry-After', value }))];
}
