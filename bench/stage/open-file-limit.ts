import { readFileSync } from 'node:fs';

/** How many files, sockets among them, a process of Node.js may have open; null where the system does not tell. */
export function readOpenFileLimit(): number | null {
  try {
    // Node.js raises the soft limit to the hard one at its start.
    const [, limit] = /^Max open files +\S+ +(\d+)/m.exec(readFileSync('/proc/self/limits', 'utf8')) ?? [];
    return limit === undefined ? null : Number(limit);
  } catch {
    return null;
  }
}
