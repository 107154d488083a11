import { existsSync, statfsSync } from 'node:fs';

/** A file system in memory, where Linux has one. */
const MEMORY_FOLDER = '/dev/shm';

/** More than the databases of a whole run take. */
const ROOM_BYTES = 2 * 1024 ** 3;

/**
 * Has the tests and their PostgreSQL put their files in memory, where there is room and no other folder is asked for by TMPDIR. A test
 * makes a database of some 300 files and removes it again: on a disk that was half of what the system did for a run.
 */
export function useMemoryFolder(): void {
  if (process.env.TMPDIR !== undefined || !existsSync(MEMORY_FOLDER)) return;
  const { bavail, bsize } = statfsSync(MEMORY_FOLDER);
  if (bavail * bsize >= ROOM_BYTES) process.env.TMPDIR = MEMORY_FOLDER;
}
