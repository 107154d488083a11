import { pino, type Logger } from 'pino';

/** Names of log lines are `noun.past-tense` (`event.published`); each step writes one wide line. */
export type Log = Pick<Logger, 'debug' | 'info' | 'warn' | 'error' | 'fatal'>;

export type LogLevel = 'debug' | 'info' | 'warn' | 'error' | 'silent';

/** One JSON object a line on standard output. */
export function createLog(level: LogLevel): Logger {
  // What is logged while lines are being written goes out with the next write; to write each by itself holds the server up.
  const destination = pino.destination({ sync: false });
  return pino(
    { level, base: null, timestamp: pino.stdTimeFunctions.isoTime, formatters: { level: (label) => ({ level: label }) } },
    destination,
  );
}

/** Waits until all lines are written, in their order, which a process that exits at once does not; nothing is logged afterwards. */
export async function endLog(log: Logger): Promise<void> {
  const stream = (log as unknown as Record<symbol, EndingStream>)[pino.symbols.streamSym]!;
  await new Promise<void>((resolve) => {
    stream.once('close', resolve);
    stream.end();
  });
}

/** What pino writes to. */
interface EndingStream {
  once(event: 'close', listener: () => void): void;
  end(): void;
}
