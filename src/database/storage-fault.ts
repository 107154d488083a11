import { UnavailableError } from '../errors.js';
import { causesOf, codeOf } from './causes-of.js';

/** Why the database refused something in which nothing was wrong. */
export interface StorageFault {
  /** A few words without paths or names: `disk full`. */
  reason: string;
  /** What the database said, or what was said of the way to it. */
  error: Error;
  /** Whether what was to be written may be written all the same: the answer to its commit was lost. */
  isCommitUnknown: boolean;
}

/** The codes of SQLite by their beginnings; its extended codes go on behind: `SQLITE_IOERR_WRITE`. https://sqlite.org/rescode.html */
const SQLITE_REASONS = {
  SQLITE_FULL: 'disk full',
  SQLITE_BUSY: 'locked by another program',
  SQLITE_LOCKED: 'locked by another program',
  SQLITE_IOERR: 'input or output failed',
  SQLITE_READONLY: 'read-only',
  SQLITE_CANTOPEN: 'a file cannot be opened',
  SQLITE_CORRUPT: 'damaged',
  SQLITE_NOTADB: 'damaged',
};

/** The codes of PostgreSQL, and of the way to it. https://www.postgresql.org/docs/current/errcodes-appendix.html */
const POSTGRES_REASONS: Record<string, string> = {
  DATABASE_UNREACHABLE: 'unreachable',
  DATABASE_UNTRUSTED: 'its certificate is not trusted',
  DATABASE_CONNECTIONS_IN_USE: 'all connections are in use',
  DATABASE_CONNECTION_LOST: 'connection lost',
  DATABASE_SILENT: 'no answer in time',
  DATABASE_COMMIT_UNKNOWN: 'connection lost',
  '25006': 'read-only',
  '25P03': 'a transaction was left alone for too long',
  '25P04': 'no answer in time',
  '28000': 'access refused',
  '28P01': 'access refused',
  '3D000': 'the database is not there',
  '53000': 'out of resources',
  '53100': 'disk full',
  '53200': 'out of memory',
  '53300': 'too many connections',
  '53400': 'out of resources',
  '55P03': 'locked by another program',
  '57014': 'no answer in time',
  '57P01': 'stopping',
  '57P02': 'stopping',
  '57P03': 'starting or stopping',
  '57P04': 'the database is not there',
  '57P05': 'connection lost',
  '58000': 'input or output failed',
  '58030': 'input or output failed',
  '58P01': 'input or output failed',
  XX001: 'damaged',
  XX002: 'damaged',
};

/** What of the database an error speaks of, or of something that it was caused by; undefined where what was asked of it is at fault. */
export function storageFaultOf(error: unknown): StorageFault | undefined {
  const causes = causesOf(error);
  const isCommitUnknown = causes.some((one) => codeOf(one) === 'DATABASE_COMMIT_UNKNOWN');
  for (const one of causes) {
    const reason = reasonOf(codeOf(one) ?? '');
    if (reason !== undefined) return { reason, error: one, isCommitUnknown };
  }
  return undefined;
}

function reasonOf(code: string): string | undefined {
  const known = Object.entries(SQLITE_REASONS).find(([start]) => code === start || code.startsWith(`${start}_`));
  // Class 08: connection_exception.
  return known?.[1] ?? POSTGRES_REASONS[code] ?? (/^08...$/.test(code) ? 'connection lost' : undefined);
}

/** What a caller gets whose write was refused for this. */
export function unavailable({ reason, error, isCommitUnknown }: StorageFault): UnavailableError {
  const message = isCommitUnknown
    ? 'The connection to the database was lost while it was being written. It is not known whether anything was changed: ' +
      'look before you try again. An event that is published with an idempotency key can be published again at once.'
    : nothingWritten(reason);
  return new UnavailableError(message, error);
}

/** What a caller gets whose write is not even tried, since the one before was refused for this. */
export function unavailableSince({ reason }: { reason: string }): UnavailableError {
  return new UnavailableError(nothingWritten(reason), undefined);
}

function nothingWritten(reason: string): string {
  return `The database cannot be written at the moment (${reason}). Nothing was changed; try again.`;
}

/** What a caller gets whose read was refused for this. */
export function unreadable({ reason, error }: StorageFault): UnavailableError {
  return new UnavailableError(`The database cannot be read at the moment (${reason}). Try again.`, error);
}
