import { UnavailableError } from '../errors.js';
import { causesOf, codeOf } from './causes-of.js';

/** Why the storage refused a write in which nothing was wrong. */
export interface StorageFault {
  /** A few words without paths or names: `disk full`. */
  reason: string;
  /** What SQLite said. */
  error: Error;
}

/** The codes of SQLite by their beginnings; its extended codes go on behind: `SQLITE_IOERR_WRITE`. https://sqlite.org/rescode.html */
const REASONS = {
  SQLITE_FULL: 'disk full',
  SQLITE_BUSY: 'locked by another program',
  SQLITE_LOCKED: 'locked by another program',
  SQLITE_IOERR: 'input or output failed',
  SQLITE_READONLY: 'read-only',
  SQLITE_CANTOPEN: 'a file cannot be opened',
  SQLITE_CORRUPT: 'damaged',
  SQLITE_NOTADB: 'damaged',
};

/** What of the storage an error speaks of, or of something that it was caused by; undefined where what was written is at fault. */
export function storageFaultOf(error: unknown): StorageFault | undefined {
  for (const one of causesOf(error)) {
    const code = codeOf(one) ?? '';
    const known = Object.entries(REASONS).find(([start]) => code === start || code.startsWith(`${start}_`));
    if (known !== undefined) return { reason: known[1], error: one };
  }
  return undefined;
}

/** What a caller gets whose write was refused for this. */
export function unavailable({ reason, error }: StorageFault): UnavailableError {
  return new UnavailableError(`The database cannot be written at the moment (${reason}). Nothing was changed; try again.`, error);
}
