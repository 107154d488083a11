/** Events by their numbers, both ends included. */
export interface NumberRange {
  first: number;
  last: number;
}

export function isWithin(number: number, { first, last }: NumberRange): boolean {
  return number >= first && number <= last;
}
