import { pino } from 'pino';
import type { Log } from '../../src/log.js';

/** A log that keeps its lines from a level on, as they would be printed. */
export function keepLog(level: 'debug' | 'error' = 'debug'): { log: Log; lines: () => any[]; text: () => string } {
  const written: string[] = [];
  const log = pino({ level, base: null }, { write: (line: string) => void written.push(line) });
  return { log, lines: () => written.map((line) => JSON.parse(line)), text: () => written.join('') };
}
