import type { Clock } from '../clock.js';
import { FailureKindsLog } from '../failure-log.js';
import type { Log } from '../log.js';

/** What is known of a request that failed. */
export type RequestFacts = { requestId: string; path?: ReadonlyArray<string | number> | undefined };

/** Logs requests that fail for the server's sake, without a stack trace for each where many fail for one reason. */
export class RequestFailures {
  readonly #unread: FailureKindsLog;
  readonly #broken: FailureKindsLog;

  constructor({ log, clock }: { log: Log; clock: Clock }) {
    this.#unread = new FailureKindsLog({ log, clock, line: 'request.unread', level: 'error' });
    this.#broken = new FailureKindsLog({ log, clock, line: 'request.broken', level: 'error', namesEach: true });
  }

  /** The database could not be read. In an outage that is each request: they are counted. */
  unread(error: unknown, facts: RequestFacts): void {
    this.#unread.failed(error, facts);
  }

  /** A fault of ours. Whoever asked was told that it is in the log by this id, so each is, the first of a kind with its stack trace. */
  broken(error: unknown, facts: RequestFacts): void {
    this.#broken.failed(error, facts);
  }
}
