import { once } from 'node:events';
import { type Logger, pino } from 'pino';
import { Outbox } from './outbox.js';

/** Names of log lines are `noun.past-tense` (`event.published`); each step writes one wide line. */
export type Log = Pick<Logger, 'debug' | 'info' | 'warn' | 'error' | 'fatal'>;

export type LogLevel = 'debug' | 'info' | 'warn' | 'error' | 'silent';

/** One JSON object a line on standard output. */
export function createLog(level: LogLevel): Logger {
  return pino(
    { level, base: null, timestamp: pino.stdTimeFunctions.isoTime, formatters: { level: (label) => ({ level: label }) } },
    new LineOutput(),
  );
}

/** To be called when the process exits, or what was logged last would be lost. */
export function flushLog(log: Logger): void {
  outputOf(log).flushSync();
}

/** Waits until what was logged so far is written, so that something else can be printed after it. */
export async function drainLog(log: Logger): Promise<void> {
  await outputOf(log).drain();
}

/** Waits until all lines are written, in their order, which a process that exits at once does not; nothing is logged afterwards. */
export async function endLog(log: Logger): Promise<void> {
  await outputOf(log).end();
}

function outputOf(log: Logger): LineOutput {
  return (log as unknown as Record<symbol, LineOutput>)[pino.symbols.streamSym]!;
}

/**
 * What pino writes to. What is logged while lines are being written goes out with the next write; to write each by itself holds the server
 * up. And lines of one turn of the event loop are given on together, since for each time the length of all that waits is counted anew.
 */
class LineOutput {
  readonly #destination = pino.destination({ sync: false });
  readonly #lines = new Outbox<string>((lines) => {
    this.#isWriting = true;
    this.#destination.write(lines.join(''));
  });
  #isWriting = false;
  #isEnded = false;

  constructor() {
    this.#destination.on('drain', () => {
      this.#isWriting = false;
    });
  }

  write(line: string): void {
    this.#lines.add(line);
  }

  /** Pino calls it with a line of the level fatal, after which a process may exit. */
  flushSync(): void {
    if (this.#isEnded) return;
    this.#lines.flush();
    this.#destination.flushSync();
  }

  async drain(): Promise<void> {
    this.#lines.flush();
    // A write that is under way is in another thread's hands, and `flushSync` goes past it.
    if (this.#isWriting) await once(this.#destination, 'drain');
  }

  async end(): Promise<void> {
    this.#lines.flush();
    this.#isEnded = true;
    const { promise: closed, resolve } = Promise.withResolvers<void>();
    this.#destination.once('close', resolve);
    this.#destination.end();
    await closed;
  }
}
