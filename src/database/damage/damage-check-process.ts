import { setPriority } from 'node:os';
import { findDamage } from './find-damage.js';

/** What the process tells: what it found, or why it could not look. */
export type DamageReport = { findings: string[] } | { fault: string };

// The process that reads the database through, named by its argument, once. Nobody waits for it.
try {
  setPriority(19);
} catch {
  // A sandbox may forbid it.
}
process.send!(look(process.argv[2]!), () => process.disconnect());

function look(file: string): DamageReport {
  try {
    return { findings: findDamage(file) };
  } catch (error) {
    return { fault: error instanceof Error ? error.message : String(error) };
  }
}
