import { badInput, describe } from '../errors.js';

/** A cursor stands for a place in the log; what is in it is nobody else's business, so that it may change. */
export function cursorOf(sequence: number): string {
  return Buffer.from(`change:${sequence}`).toString('base64url');
}

/** The place that a cursor stands for. Throws where it is none that `cursorOf` gave. */
export function sequenceOf(cursor: string, path: string): number {
  const match = /^change:(\d{1,15})$/.exec(Buffer.from(cursor, 'base64url').toString());
  if (match !== null) return Number(match[1]);
  throw badInput([{ path, received: describe(cursor), expected: 'a cursor from an earlier notice' }]);
}
