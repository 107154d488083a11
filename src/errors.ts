/**
 * Why a call fails, as codes that programs may rely on (`extensions.code` in GraphQL): what a caller can do wrong, and
 * `OVERLOADED` and `UNAVAILABLE`, for which nobody can. README lists each with its meaning; a test compares the two.
 */
export const errorCodes = [
  'BAD_USER_INPUT',
  'CONFLICT',
  'FORBIDDEN',
  'IDEMPOTENCY_KEY_REUSED',
  'NOT_FOUND',
  'OVERLOADED',
  'PAYLOAD_TOO_LARGE',
  'QUERY_TOO_COSTLY',
  'RATE_LIMITED',
  'REQUEST_TIMEOUT',
  'TOO_MANY_SUBSCRIPTIONS',
  'UNAUTHENTICATED',
  'UNAVAILABLE',
] as const;

export type ErrorCode = (typeof errorCodes)[number];

/** One thing wrong at one place of what was sent. */
export interface Fault {
  /** Where, as a reader would write it: `hooks[3].endpoint`. Empty for the whole. */
  path: string;
  /** What stands there, shortened, as JSON; for secrets only its type. */
  received: string;
  /** What should stand there, as a phrase that follows "expected". */
  expected: string;
}

interface CallerErrorOptions {
  faults?: readonly Fault[];
  details?: Readonly<Record<string, unknown>>;
  retryAfterMs?: number;
  cause?: unknown;
}

/** The one class for what a caller did wrong. Its message is shown to the caller as it is. */
export class CallerError extends Error {
  override readonly name = 'CallerError';
  readonly code: ErrorCode;
  readonly faults: readonly Fault[];
  /** What a program needs to go on, beside the code: it stands in `extensions`, so no secret may be in it. */
  readonly details: Readonly<Record<string, unknown>>;
  /** How soon the call would be taken, in milliseconds, where it came too soon. */
  readonly retryAfterMs: number | undefined;

  constructor(code: ErrorCode, message: string, options: CallerErrorOptions = {}) {
    super(message, { cause: options.cause });
    this.code = code;
    this.faults = options.faults ?? [];
    this.details = options.details ?? {};
    this.retryAfterMs = options.retryAfterMs;
  }
}

/**
 * The one class for what the server can't do at the moment although the call is right: the same call may succeed later. Its
 * message is shown to the caller as it is, its cause is not.
 */
export class UnavailableError extends Error {
  override readonly name: string = 'UnavailableError';
  readonly code: ErrorCode = 'UNAVAILABLE';
  /** How soon the call may be tried again, in milliseconds, where that is known. */
  readonly retryAfterMs: number | undefined;

  constructor(message: string, cause: unknown, retryAfterMs?: number) {
    super(message, { cause });
    this.retryAfterMs = retryAfterMs;
  }
}

/** For what is refused at once because the server has as much to do as it can hold. Nothing was changed. */
export class OverloadedError extends UnavailableError {
  override readonly name = 'OverloadedError';
  override readonly code = 'OVERLOADED';

  constructor(message: string, retryAfterMs: number) {
    super(message, undefined, retryAfterMs);
  }
}

/** The error for input with one or more faults: each is told in the message and, for programs, in `extensions.faults`. */
export function badInput(faults: readonly Fault[]): CallerError {
  const sentences = faults.map(sentenceOf);
  const message = sentences.length === 1 ? sentences[0]! : `${sentences.length} faults:\n- ${sentences.join('\n- ')}`;
  return new CallerError('BAD_USER_INPUT', message, { faults });
}

/** The error for an id that names nothing the caller may see. */
export function notFound(noun: string, id: string): CallerError {
  return new CallerError('NOT_FOUND', `There is no ${noun} with the id ${describe(id)}.`);
}

/** The longest piece of a received value that an error repeats, in characters. */
const LONGEST_ECHO = 80;

/** A received value as an error may repeat it: JSON, shortened, "nothing" where it is absent. */
export function describe(value: unknown): string {
  if (value === undefined) return 'nothing';
  // Only a function or a symbol has no JSON.
  return shorten(JSON.stringify(value) ?? typeof value);
}

/** A received JSON text as an error may repeat it. */
export function shorten(json: string): string {
  return json.length > LONGEST_ECHO ? `${json.slice(0, LONGEST_ECHO)}…` : json;
}

/** A received value that may be a secret, as an error may repeat it: its type alone. */
export function describeType(value: unknown): string {
  if (value === undefined) return 'nothing';
  if (value === null) return 'null';
  if (Array.isArray(value)) return 'a list';
  if (value === '') return 'an empty string';
  return typeof value === 'object' ? 'an object' : `a ${typeof value}`;
}

function sentenceOf(fault: Fault): string {
  return `${fault.path === '' ? 'value' : fault.path}: expected ${fault.expected}, received ${fault.received}`;
}
