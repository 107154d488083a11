import { BoundedCache } from './bounded-cache.js';
import type { Clock } from './clock.js';
import type { Log } from './log.js';

export interface FailureLogOptions {
  log: Log;
  clock: Clock;
  /** The name of the log line. */
  line: string;
  /** Of the first failure and of the counts. */
  level?: 'warn' | 'error';
  /** Whether each has a line instead of being counted, the further ones without a stack trace. */
  namesEach?: boolean;
}

/** How often further failures are counted in the log, in milliseconds, and how long there must be none for it to be over. */
const COUNT_INTERVAL_MS = 10_000;

/**
 * Logs a row of failures without a line for each: the first with its stack trace, then how many more there were every ten seconds, and
 * the totals once it goes well again, or nothing has failed for that long. For those who look closely (`debug`), each is logged. What is no
 * error has no stack trace: it is the reason.
 */
export class FailureLog {
  readonly #options: FailureLogOptions;
  #row: { startedAt: number; lastAt: number; count: number; countedCount: number; reason: string } | null = null;
  #cancelTimer = () => {};

  constructor(options: FailureLogOptions) {
    this.#options = options;
  }

  failed(error: unknown, facts: Readonly<Record<string, unknown>> = {}): void {
    const { log, clock, line, level = 'warn', namesEach = false } = this.#options;
    const now = clock.now();
    const isFirst = this.#row === null;
    const reason = error instanceof Error ? error.message : String(error);
    if (namesEach && !isFirst) log[level]({ ...facts, reason }, line);
    else log[isFirst ? level : 'debug']({ ...(error instanceof Error ? { err: error } : { reason }), ...facts }, line);
    this.#row ??= { startedAt: now, lastAt: now, count: 0, countedCount: 1, reason: '' };
    this.#row.count += 1;
    this.#row.lastAt = now;
    this.#row.reason = reason;
    if (isFirst) this.#countLater();
  }

  /** It goes well again. */
  succeeded(): void {
    if (this.#row !== null) this.#end();
  }

  /** Counts no more: whoever failed has ended. */
  close(): void {
    this.#cancelTimer();
    this.#row = null;
  }

  #countLater(): void {
    this.#cancelTimer = this.#options.clock.after(COUNT_INTERVAL_MS, () => this.#count());
  }

  #count(): void {
    const { log, clock, line, level = 'warn', namesEach = false } = this.#options;
    const row = this.#row!;
    const failureCount = row.count - row.countedCount;
    if (failureCount === 0) return this.#end();
    row.countedCount = row.count;
    if (!namesEach) log[level]({ failureCount, durationMs: clock.now() - row.startedAt, reason: row.reason }, line);
    this.#countLater();
  }

  /** A single failure was logged with all there is to say of it. */
  #end(): void {
    const { log, line } = this.#options;
    const { count, startedAt, lastAt } = this.#row!;
    this.#cancelTimer();
    this.#row = null;
    if (count > 1) log.info({ line, failureCount: count, durationMs: lastAt - startedAt }, 'failures.ended');
  }
}

/** How many kinds of failures are told apart at the same time. */
const KINDS_LIMIT = 100;

/** As a `FailureLog`, one for each kind of failure, so that one that comes often hides no other. A kind is an error's name, code and origin. */
export class FailureKindsLog {
  readonly #options: FailureLogOptions;
  readonly #kinds = new BoundedCache<string, FailureLog>(KINDS_LIMIT);

  constructor(options: FailureLogOptions) {
    this.#options = options;
  }

  failed(error: unknown, facts?: Readonly<Record<string, unknown>>): void {
    this.#kinds.getOrMake(kindOf(error), () => new FailureLog(this.#options)).failed(error, facts);
  }
}

/** The message is not part of it: it may have an id in it. */
function kindOf(error: unknown): string {
  if (!(error instanceof Error)) return typeof error;
  const origin = /^ +at .*$/m.exec(error.stack ?? '')?.[0] ?? '';
  return `${error.name} ${'code' in error ? String(error.code) : ''} ${origin}`;
}
