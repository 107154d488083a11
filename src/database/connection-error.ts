/** What is wrong with a connection to the database, as codes beside those that the database itself gives. */
export type ConnectionErrorCode =
  /** None could be made. */
  | 'DATABASE_UNREACHABLE'
  /** None could be made, since the certificate of the other side is not one to be trusted. */
  | 'DATABASE_UNTRUSTED'
  /** All that there may be were in use for too long. */
  | 'DATABASE_CONNECTIONS_IN_USE'
  /** It broke. */
  | 'DATABASE_CONNECTION_LOST'
  /** An answer did not come in time. */
  | 'DATABASE_SILENT'
  /** It broke, or its answer did not come, while a transaction was being committed: it may have been, or may be yet. */
  | 'DATABASE_COMMIT_UNKNOWN';

/** No word of the database's own: the way to it failed. */
export class ConnectionError extends Error {
  override readonly name = 'ConnectionError';
  readonly code: ConnectionErrorCode;

  constructor(code: ConnectionErrorCode, cause: unknown) {
    super(cause instanceof Error && cause.message !== '' ? cause.message : code, { cause });
    this.code = code;
  }
}
