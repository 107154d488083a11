/** Events by their numbers, both ends included. */
export interface NumberRange {
  first: number;
  last: number;
}

export function isWithin(number: number, { first, last }: NumberRange): boolean {
  return number >= first && number <= last;
}

export function numbersOf({ first, last }: NumberRange): Set<number> {
  return new Set(Array.from({ length: last - first + 1 }, (_, index) => first + index));
}
