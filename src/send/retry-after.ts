import type { Header } from './outcome.js';

/** No sooner, however near the instant is: a receiver that asks for a pause gets one. */
const SHORTEST_WAIT_MS = 1000;

/** No later, whatever is asked for: a mistake in a header must not put a delivery off for years. */
const LONGEST_WAIT_MS = 24 * 60 * 60 * 1000;

/**
 * The wait that a receiver asks for by `retry-after` (RFC 9110, section 10.2.3), in milliseconds from `now`, at least 1 s and
 * at most 24 h; null when it asks for none. Of several such headers the first that means something counts: whole seconds, or
 * a date in any of the three forms of section 5.6.7, also in UTC, or, as some write it, in seconds or milliseconds since 1970.
 * A date that is past means 1 s.
 */
export function retryAfterMs(headers: readonly Header[], now: number): number | null {
  for (const header of headers) {
    const waitMs = isRetryAfter(header) ? waitOf(header.value.replace(/^[ \t]+|[ \t]+$/g, ''), now) : null;
    if (waitMs !== null) return Math.min(Math.max(waitMs, SHORTEST_WAIT_MS), LONGEST_WAIT_MS);
  }
  return null;
}

export function isRetryAfter({ name }: Header): boolean {
  return name.toLowerCase() === 'retry-after';
}

function waitOf(text: string, now: number): number | null {
  if (/^[0-9]+$/.test(text)) return waitOfNumber(Number(text), now);
  const instant = readHttpDate(text, now);
  return instant === null ? null : instant - now;
}

/** From here on a number is no wait, which would be 31 years, but an instant: 2001-09-09 in seconds since 1970. */
const FIRST_EPOCH_SECONDS = 1e9;

/** In milliseconds the same instant; in seconds it would be the year 33658. */
const FIRST_EPOCH_MS = 1e12;

function waitOfNumber(number: number, now: number): number {
  if (number < FIRST_EPOCH_SECONDS) return number * 1000;
  return (number < FIRST_EPOCH_MS ? number * 1000 : number) - now;
}

const MONTHS = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec'];
const MONTH = `(?<month>${MONTHS.join('|')})`;
const TIME = '(?<hour>\\d\\d):(?<minute>\\d\\d):(?<second>\\d\\d)';

/** Exactly these, letter case too, as the RFC has it. Whether the day of the week fits the date is not looked at. */
const dateForms = [
  // Sun, 06 Nov 1994 08:49:37 GMT
  new RegExp(`^(?:Mon|Tue|Wed|Thu|Fri|Sat|Sun), (?<day>\\d\\d) ${MONTH} (?<year>\\d{4}) ${TIME} (?:GMT|UTC)$`),
  // Sunday, 06-Nov-94 08:49:37 GMT
  new RegExp(`^(?:Mon|Tues|Wednes|Thurs|Fri|Satur|Sun)day, (?<day>\\d\\d)-${MONTH}-(?<year>\\d\\d) ${TIME} (?:GMT|UTC)$`),
  // Sun Nov  6 08:49:37 1994
  new RegExp(`^(?:Mon|Tue|Wed|Thu|Fri|Sat|Sun) ${MONTH} (?<day>\\d\\d| \\d) ${TIME} (?<year>\\d{4})$`),
];

function readHttpDate(text: string, now: number): number | null {
  const parts = dateForms.map((form) => form.exec(text)?.groups).find((groups) => groups !== undefined);
  if (parts === undefined) return null;
  const { year = '', month = '', day = '', hour = '', minute = '', second = '' } = parts;
  // A minute may have a 60th second, which is the first of the next.
  if (Number(hour) > 23 || Number(minute) > 59 || Number(second) > 60) return null;
  const fullYear = year.length === 2 ? fullYearOf(Number(year), now) : Number(year);
  const midnight = Date.UTC(fullYear, MONTHS.indexOf(month), Number(day));
  // `Date` makes the 31st of June the 1st of July.
  if (new Date(midnight).getUTCDate() !== Number(day)) return null;
  return midnight + ((Number(hour) * 60 + Number(minute)) * 60 + Number(second)) * 1000;
}

/** A year of two digits is one to come, at most 50 years ahead, or else the last that ended so. */
function fullYearOf(twoDigits: number, now: number): number {
  const thisYear = new Date(now).getUTCFullYear();
  const yearsAhead = (twoDigits - (thisYear % 100) + 100) % 100;
  return thisYear + yearsAhead - (yearsAhead > 50 ? 100 : 0);
}
