import { errors, type Dispatcher } from 'undici';
import type { Clock } from '../clock.js';
import { AnswerHead } from './answer-head.js';
import { BODY_WAIT_MS, HEADER_LIMIT_BYTES, KEPT_BODY_BYTES } from './answer-limits.js';
import type { Timing } from './attempt.js';
import { blankTiming, type Connector } from './connector.js';
import { errorCode, failureOutcome, timedOut } from './failure-outcome.js';
import { malformationOf } from './malformed-answer.js';
import type { Header, Outcome, ResponseReceived } from './outcome.js';
import { contentEncodingOf, showBody, type CameBody } from './shown-body.js';
import { wasStale } from './stale-connection.js';

/** What one request over one connection came to. */
export interface Collected {
  outcome: Outcome;
  timing: Timing;
  /** Whether the request went over a kept connection that was most likely dead before. */
  connectionWasStale: boolean;
  /** The body of an answer, where it is compressed: the outcome shows it as it came. */
  compressed: CompressedBody | null;
}

export interface CompressedBody extends CameBody {
  contentEncoding: string;
}

/** Limits of ours on an answer that goes on: once there is a status, it counts. */
const endlessCodes = new Set(['ANSWER_TOO_LONG', 'UND_ERR_BODY_TIMEOUT']);

export interface CollectorOptions {
  connector: Connector;
  clock: Clock;
  /** As whoever calls gives each attempt. */
  timeoutMs: number;
}

/** Follows one request through undici's events and settles exactly once. undici treats what these methods throw as fatal: they throw nothing. */
export class AnswerCollector implements Dispatcher.DispatchHandler {
  readonly #options: CollectorOptions;
  readonly #settle: (collected: Collected) => void;
  readonly #timing: Timing = { ...blankTiming(), firstByteMs: null };
  readonly #head = new AnswerHead();
  #controller: Dispatcher.DispatchController | null = null;
  #isSettled = false;
  #isReused = false;
  #startedAt = performance.now();
  #status = 0;
  #headers: Header[] = [];
  #chunks: Buffer[] = [];
  #bodyBytes = 0;
  #compressed: CompressedBody | null = null;
  #cancelBodyWait: (() => void) | null = null;

  constructor(options: CollectorOptions, settle: (collected: Collected) => void) {
    this.#options = options;
    this.#settle = settle;
  }

  /** Where a connection that is opened for this request notes its times. */
  get timing(): Timing {
    return this.#timing;
  }

  /** To be called when the time is up, at whatever stage. A status that has come counts. */
  cutOff(): void {
    this.#finish(this.#status === 0 ? this.#withStatus(timedOut(this.#options.timeoutMs)) : this.#answer(true));
    this.#controller?.abort(new Error('The time is up.'));
  }

  onRequestStart(controller: Dispatcher.DispatchController): void {
    this.#controller = controller;
    if (this.#isSettled) return controller.abort(new Error('The time was up before the connection stood.'));
    this.#takeConnectionTimes();
    this.#options.connector.starting(this.#head);
    this.#startedAt = performance.now();
  }

  onResponseStarted(): void {
    this.#timing.firstByteMs ??= Math.round(performance.now() - this.#startedAt);
  }

  onResponseStart(controller: Dispatcher.DispatchController, status: number): void {
    // What is left below 200 precedes the real answer (100, 102, 103). A 101 ends the talk in HTTP, and nothing would follow.
    if (status === 101) this.#giveUp(controller, 'UNEXPECTED_UPGRADE');
    if (status < 200) return;
    this.#status = status;
    this.#headers = readHeaders(controller.rawHeaders);
    if (sizeOf(this.#headers) > HEADER_LIMIT_BYTES) return this.#giveUp(controller, 'UND_ERR_HEADERS_OVERFLOW');
    this.#cancelBodyWait = this.#options.clock.after(BODY_WAIT_MS, () => this.cutOff());
  }

  onResponseData(controller: Dispatcher.DispatchController, chunk: Buffer): void {
    const room = KEPT_BODY_BYTES - this.#bodyBytes;
    this.#bodyBytes += chunk.length;
    // A copy: the chunk is a window on a buffer of 64 KiB that would be kept with it.
    if (room > 0) this.#chunks.push(Buffer.from(chunk.subarray(0, room)));
    if (this.#bodyBytes <= KEPT_BODY_BYTES) return;
    // The status is known and the rest is not kept. Reading on would let a receiver hold the attempt with a body without end;
    // the price is the connection.
    this.#finish(this.#answer(true));
    controller.abort(new Error('The body is longer than what is kept.'));
  }

  onResponseEnd(): void {
    this.#finish(this.#answer(false));
  }

  onResponseError(_controller: Dispatcher.DispatchController | null, error: Error): void {
    this.#takeConnectionTimes();
    this.#finish(this.#outcomeOf(error));
  }

  /** Also from connections that were opened for another request, which did not live to use it. */
  #takeConnectionTimes(): void {
    const times = this.#options.connector.handedOver();
    this.#isReused = this.#controller !== null && times === null && this.#timing.connectMs === null;
    if (times !== null) Object.assign(this.#timing, times);
  }

  #giveUp(controller: Dispatcher.DispatchController, code: string): void {
    this.#finish(this.#withStatus(failureOutcome({ code }, this.#options.timeoutMs)));
    controller.abort(new Error(code));
  }

  #outcomeOf(error: Error): Outcome {
    if (this.#status !== 0 && endlessCodes.has(errorCode(error))) return this.#answer(true);
    // Whatever is wrong with headers, undici calls it a wrong length once it has read a content-length among them.
    const isHeadInvalid = this.#status === 0 && error instanceof errors.ResponseContentLengthMismatchError;
    const outcome = failureOutcome(isHeadInvalid ? { code: 'INVALID_HTTP' } : error, this.#options.timeoutMs);
    const isMalformed = outcome.kind === 'CONNECTION_FAILED' && outcome.code === 'INVALID_HTTP';
    return (isMalformed ? this.#malformedAnswer(error) : null) ?? this.#withStatus(outcome);
  }

  /**
   * The answer that the parser refused, as far as it can be read; null where it has no status. What refuses such answers keeps one answer from
   * being taken for two, and that is seen to: the connection ends here.
   */
  #malformedAnswer(error: Error): Outcome | null {
    const head = this.#head.read();
    if (head === null) return null;
    if (this.#status === 0) {
      this.#status = head.status;
      this.#headers = head.headers;
      if (head.body !== null) this.#chunks.push(head.body);
      this.#bodyBytes = head.body?.length ?? 0;
    }
    return { ...this.#answer(true), ...malformationOf(head, error) };
  }

  /** A failure, and the status that had come before it. */
  #withStatus(outcome: ReturnType<typeof failureOutcome>): Outcome {
    const status = this.#status === 0 ? this.#head.read()?.status : this.#status;
    return outcome.kind === 'ADDRESS_REFUSED' || status === undefined ? outcome : { ...outcome, receivedStatus: status };
  }

  #answer(isCut: boolean): ResponseReceived {
    const body: CameBody = { bytes: Buffer.concat(this.#chunks), byteCount: this.#bodyBytes, isCut };
    const contentEncoding = contentEncodingOf(body, this.#headers);
    if (contentEncoding !== null) this.#compressed = { ...body, contentEncoding };
    return { kind: 'RESPONSE_RECEIVED', status: this.#status, headers: this.#headers, ...showBody(body, this.#headers) };
  }

  #finish(outcome: Outcome): void {
    if (this.#isSettled) return;
    this.#isSettled = true;
    this.#cancelBodyWait?.();
    this.#head.drop();
    const connectionWasStale =
      outcome.kind === 'CONNECTION_FAILED' &&
      wasStale({ code: outcome.code, isReused: this.#isReused, hasAnswerBegun: this.#timing.firstByteMs !== null });
    this.#settle({ outcome, timing: { ...this.#timing }, connectionWasStale, compressed: this.#compressed });
  }
}

/** The headers in order and spelling as received; undici gives names and values in turn. */
function readHeaders(raw: Dispatcher.DispatchController['rawHeaders']): Header[] {
  if (!Array.isArray(raw)) return [];
  const texts = raw.map((piece) => (typeof piece === 'string' ? piece : piece.toString('latin1')));
  return texts.flatMap((name, index) => (index % 2 === 0 ? [{ name, value: texts[index + 1] ?? '' }] : []));
}

/**
 * The headers in bytes, as they came. undici counts neither colons nor line ends, and lets 60 KiB of `a:` pass for 15 KiB;
 * the record, where each header is an object, would be twenty times that.
 */
function sizeOf(headers: readonly Header[]): number {
  return headers.reduce((size, { name, value }) => size + name.length + value.length + ': \r\n'.length, 0);
}
