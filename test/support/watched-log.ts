import { pino } from 'pino';
import type { Log } from '../../src/log.js';

/** A log whose lines can be awaited. */
export interface WatchedLog {
  readonly log: Log;
  readonly lines: readonly Record<string, any>[];
  /** The line with this message that makes it so many, as soon as it is there. */
  logged(message: string, count?: number): Promise<Record<string, any>>;
}

export function watchLog(): WatchedLog {
  const lines: Record<string, any>[] = [];
  const waiting = new Set<() => void>();
  const write = (line: string) => {
    lines.push(JSON.parse(line));
    for (const wake of waiting) wake();
  };
  return {
    log: pino({ level: 'debug', base: null }, { write }),
    lines,
    async logged(message, count = 1) {
      for (;;) {
        const line = lines.filter(({ msg }) => msg === message)[count - 1];
        if (line !== undefined) return line;
        const { promise, resolve } = Promise.withResolvers<void>();
        waiting.add(resolve);
        await promise;
        waiting.delete(resolve);
      }
    },
  };
}
