/** An instant, in milliseconds since the epoch, as ISO 8601 text in UTC, with milliseconds. */
export function isoTime(instant: number): string {
  return new Date(instant).toISOString();
}
