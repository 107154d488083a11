import { UniqueConstraintViolationException } from '@mikro-orm/core';
import BetterSqlite from 'better-sqlite3';
import { describe, expect, it } from 'vitest';
import { ConnectionError } from '../../src/database/connection-error.js';
import { storageFaultOf, unavailable } from '../../src/database/storage-fault.js';
import { badInput } from '../../src/errors.js';

/** One of SQLite's errors has all that counts here, whosever code it is. */
const sqliteError = (code: string) => new BetterSqlite.SqliteError('what SQLite says', code);

describe('a fault of the storage', () => {
  it.each([
    ['SQLITE_FULL', 'disk full'],
    ['SQLITE_BUSY', 'locked by another program'],
    ['SQLITE_BUSY_RECOVERY', 'locked by another program'],
    ['SQLITE_LOCKED_SHAREDCACHE', 'locked by another program'],
    ['SQLITE_IOERR', 'input or output failed'],
    ['SQLITE_IOERR_FSYNC', 'input or output failed'],
    ['SQLITE_READONLY', 'read-only'],
    ['SQLITE_READONLY_DBMOVED', 'read-only'],
    ['SQLITE_CANTOPEN', 'a file cannot be opened'],
    ['SQLITE_CORRUPT_INDEX', 'damaged'],
    ['SQLITE_NOTADB', 'damaged'],
    ['53100', 'disk full'],
    ['53300', 'too many connections'],
    ['25006', 'read-only'],
    ['57014', 'no answer in time'],
    ['57P01', 'stopping'],
    ['57P03', 'starting or stopping'],
    ['55P03', 'locked by another program'],
    ['25P03', 'a transaction was left alone for too long'],
    ['08006', 'connection lost'],
    ['DATABASE_UNREACHABLE', 'unreachable'],
    ['DATABASE_SILENT', 'no answer in time'],
  ])('is seen in %s: %s', (code, reason) => {
    const error = sqliteError(code);

    expect(storageFaultOf(error)).toEqual({ reason, error, isCommitUnknown: false });
  });

  it('is seen behind the errors that were made of it', () => {
    const error = sqliteError('SQLITE_FULL');
    const wrapped = new Error('no', { cause: new Error('no', { cause: error }) });

    expect(storageFaultOf(wrapped)).toEqual({ reason: 'disk full', error, isCommitUnknown: false });
  });

  it.each([
    ['a broken rule of a table', sqliteError('SQLITE_CONSTRAINT_UNIQUE')],
    ['the same as the ORM tells it', new UniqueConstraintViolationException(sqliteError('SQLITE_CONSTRAINT_UNIQUE'))],
    ['a mistake in a statement', sqliteError('SQLITE_ERROR')],
    ['a code that begins alike', sqliteError('SQLITE_FULLER')],
    ['a broken rule of a table of PostgreSQL', sqliteError('23505')],
    ['a mistake in a statement of PostgreSQL', sqliteError('42703')],
    ['a code that begins like a class of PostgreSQL', sqliteError('0800')],
    ['a fault of the caller', badInput([{ path: 'x', received: 'y', expected: 'z' }])],
    ['an error of the network', Object.assign(new Error('no'), { code: 'ECONNRESET' })],
    ['no error at all', 'SQLITE_FULL'],
  ])('is not seen in %s', (_, error) => {
    expect(storageFaultOf(error)).toBeUndefined();
  });

  it('is not looked for without end where an error is its own cause', () => {
    const error = new Error('no');
    error.cause = error;

    expect(storageFaultOf(error)).toBeUndefined();
  });

  it('says that a commit may have gone through where the answer to it was lost', () => {
    const fault = storageFaultOf(new ConnectionError('DATABASE_COMMIT_UNKNOWN', new Error('Connection terminated unexpectedly')))!;

    expect(fault).toMatchObject({ reason: 'connection lost', isCommitUnknown: true });
    expect(unavailable(fault).message).toMatch(/It is not known whether anything was changed.*idempotency key/);
  });

  it('is told to callers without what SQLite said, which is kept as the cause', () => {
    const error = sqliteError('SQLITE_FULL');

    const told = unavailable({ reason: 'disk full', error, isCommitUnknown: false });

    expect(told).toMatchObject({ code: 'UNAVAILABLE', cause: error });
    expect(told.message).toBe('The database cannot be written at the moment (disk full). Nothing was changed; try again.');
  });
});
