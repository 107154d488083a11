import { badInput, describe } from '../errors.js';

/** The logs that have cursors. One of the other log's cursors is none of this one's. */
export type LogName = 'change' | 'health';

/** A cursor stands for a place in a log; what is in it is nobody else's business, so that it may change. */
export function cursorOf(log: LogName, sequence: number): string {
  return Buffer.from(`${log}:${sequence}`).toString('base64url');
}

/** The place that a cursor stands for. Throws where it is none that `cursorOf` gave for this log. */
export function sequenceOf(log: LogName, cursor: string, path: string): number {
  const [name, digits = ''] = Buffer.from(cursor, 'base64url').toString().split(':', 2);
  if (name === log && /^\d{1,15}$/.test(digits) && cursorOf(log, Number(digits)) === cursor) return Number(digits);
  throw badInput([{ path, received: describe(cursor), expected: 'a cursor from an earlier notice' }]);
}
