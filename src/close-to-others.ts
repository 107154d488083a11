import { chmod, readdir, stat } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import type { Log } from './log.js';

/** Whoever is not the owner: the group and all others. */
const OTHERS = 0o077;

/**
 * Takes away what others than the owner may do with a folder or files that are theirs to read or to enter, and warns of it: what they may
 * have read by then is for the operator to judge. Where that is refused, as by another owner, it only warns. What is not there is passed
 * over; a folder in which there is nothing to read yet is closed without a word. Windows has no such modes.
 */
export async function closeToOthers(paths: readonly string[], log: Pick<Log, 'warn'>): Promise<void> {
  if (process.platform === 'win32') return;
  for (const path of paths) {
    const mode = await modeOf(path);
    if (mode === undefined || (mode & OTHERS) === 0) continue;
    const wasEmpty = await isEmptyFolder(path);
    const refusal = await chmod(path, mode & ~OTHERS).then(
      () => undefined,
      ({ message }: Error) => message,
    );
    const left = await modeOf(path);
    const facts = { path: resolve(path), mode: octal(mode) };
    if (left !== undefined && (left & OTHERS) === 0) {
      if (wasEmpty) continue;
      const advice = 'Others on this machine could read it until now: where they should not have, turn the keys over.';
      log.warn({ ...facts, changedTo: octal(left), advice }, 'file_mode.changed');
    } else {
      // Some file systems take a mode and keep their own.
      const advice = "Others on this machine can read it. Make it its owner's alone (chmod go=), or mount it so.";
      log.warn({ ...facts, reason: refusal ?? 'The file system keeps its own mode.', advice }, 'file_mode.too_open');
    }
  }
}

async function modeOf(path: string): Promise<number | undefined> {
  return stat(path).then(
    ({ mode }) => mode & 0o7777,
    (error: NodeJS.ErrnoException) => {
      if (error.code === 'ENOENT') return undefined;
      throw error;
    },
  );
}

/** Whether it is a folder with no file in it, or with files of no bytes alone, as locks are. */
async function isEmptyFolder(path: string): Promise<boolean> {
  const entries = await stat(path).then(async (found) => (found.isDirectory() ? readdir(path) : undefined));
  if (entries === undefined) return false;
  const sizes = await Promise.all(entries.map(async (entry) => (await stat(join(path, entry))).size));
  return sizes.every((size) => size === 0);
}

function octal(mode: number): string {
  return mode.toString(8).padStart(4, '0');
}
