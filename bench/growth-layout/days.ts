/** The first of the measured days, in milliseconds since the epoch: in the past, so that none of its ids is of today. */
const FIRST_DAY_AT = Date.UTC(2025, 0, 1);

export const DAY_MS = 86_400_000;

/** When a day begins, from 0. */
export function startOf(day: number): number {
  return FIRST_DAY_AT + day * DAY_MS;
}

/** Sorts before all ids of a day and after all earlier ones: a UUIDv7 begins with its milliseconds. */
export function lowestIdOf(day: number): string {
  const hex = startOf(day).toString(16).padStart(12, '0');
  return `${hex.slice(0, 8)}-${hex.slice(8)}-0000-0000-000000000000`;
}
