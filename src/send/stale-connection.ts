/** What breaks when the other side has closed a kept connection, or forgotten it, just as a request goes out. */
const staleCodes: ReadonlySet<string> = new Set(['UND_ERR_SOCKET', 'ECONNRESET', 'EPIPE']);

/** A request that broke off. */
export interface BrokenRequest {
  code: string;
  /** Whether its connection had been used before. */
  isReused: boolean;
  /** Whether anything came back. */
  hasAnswerBegun: boolean;
}

/**
 * Whether the connection was most likely dead before the request: it had been kept, and broke before the other side said a
 * word. Such a request is sent once more at once, over a new connection: other kept ones may be as dead.
 */
export function wasStale({ code, isReused, hasAnswerBegun }: BrokenRequest): boolean {
  return isReused && !hasAnswerBegun && staleCodes.has(code);
}
