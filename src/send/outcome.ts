/**
 * What one attempt came to. Whatever a receiver, its name server or its token server does becomes one of these values;
 * nothing of it is ever thrown.
 */
export type Outcome = ResponseReceived | TimedOut | ConnectionFailed | AddressRefused | AuthenticationFailed;

/** What of an outcome decides how it goes on: of what a receiver said, its status and the headers that ask for a wait. */
export type Verdict = Pick<ResponseReceived, 'kind' | 'status' | 'headers'> | Exclude<Outcome, ResponseReceived>;

/** The receiver answered, with whatever status. */
export interface ResponseReceived {
  kind: 'RESPONSE_RECEIVED';
  status: number;
  /** In the order and spelling received. */
  headers: Header[];
  /** The first 16 KiB of the body, decompressed, as text; bytes that are no characters become U+FFFD. */
  body: string;
  /** Whether the body went on after what `body` keeps, or had not ended when the wait for it was over, or can't be read to its end. */
  bodyTruncated: boolean;
  /** How many bytes of the body came, as they were sent. Absent where that is the length of `body` in UTF-8, as it mostly is. */
  bodyBytes?: number;
  /** Why `body` is not what the receiver wrote, or not all of it. Absent where nothing hindered. */
  bodyError?: string;
  /** What about the answer is not as HTTP asks, although it has a status, which counts. Absent where nothing is. */
  protocolError?: string;
  /** The status line as it came. There with `protocolError` alone. */
  statusLine?: string;
}

/** The attempt's time was up before the headers of the answer were complete. */
export interface TimedOut {
  kind: 'TIMED_OUT';
  message: string;
  /** The status, where its line had come. It decides nothing; absent where there was none. */
  receivedStatus?: number;
}

/** No connection, or one that broke or spoke no HTTP before the answer was complete. */
export interface ConnectionFailed {
  kind: 'CONNECTION_FAILED';
  /** The system's or the client's own code: `ECONNREFUSED`, `ENOTFOUND`, `UND_ERR_SOCKET`. */
  code: string;
  message: string;
  /** The status, where its line had come. It decides nothing; absent where there was none. */
  receivedStatus?: number;
}

/** The endpoint, as it is written, is one that the operator does not allow; nothing was sent. */
export interface AddressRefused {
  kind: 'ADDRESS_REFUSED';
  message: string;
}

/** No access token could be had; nothing was sent to the endpoint without it. */
export interface AuthenticationFailed {
  kind: 'AUTHENTICATION_FAILED';
  message: string;
  /** The soonest instant at which the token server is asked again, in milliseconds since the epoch; null when at once. */
  notBefore: number | null;
}

export interface Header {
  name: string;
  value: string;
}

/** What says nothing of the receiver: this server had no file left for a connection, or was stopping. */
const ownFaultCodes = new Set(['EMFILE', 'ENFILE', 'UND_ERR_DESTROYED']);

/** Whether the attempt failed by this server's own doing. */
export function isOwnFault(outcome: Verdict): boolean {
  return outcome.kind === 'CONNECTION_FAILED' && ownFaultCodes.has(outcome.code);
}

/** Success is an answer with a 2xx status, and nothing else (Standard Webhooks; redirects count as failure). */
export function isSuccess(outcome: Verdict): boolean {
  return outcome.kind === 'RESPONSE_RECEIVED' && outcome.status >= 200 && outcome.status < 300;
}
