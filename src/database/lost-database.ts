import { stat } from 'node:fs/promises';
import { basename, resolve } from 'node:path';
import { StartupError } from '../startup-error.js';
import { sqliteFileOf } from './sqlite-file.js';

/** The data folder has the keys of a database, and the database is gone. A new one would be as if all had been lost, without a word. */
export class LostDatabaseError extends StartupError {
  override readonly name = 'LostDatabaseError';

  constructor(dataDir: string, size: number | undefined, keyFiles: readonly string[]) {
    const state = size === undefined ? 'is not there' : `is empty (${size} bytes)`;
    const names = keyFiles.map((file) => basename(file)).join(' and ');
    super(
      `The database ${resolve(sqliteFileOf(dataDir))} ${state}, while its keys are: ${names}. Put back a backup of it. To start anew ` +
        `with an empty database, on purpose, move ${names} out of the folder, or set DATA_DIR to another folder. Nothing was changed.`,
    );
  }
}

/** Throws where there is no database in the data folder, or an empty file, but one of the files that are only made once there is one. */
export async function refuseLostDatabase(dataDir: string, keyFiles: readonly string[]): Promise<void> {
  const size = await sizeOf(sqliteFileOf(dataDir));
  if (size !== undefined && size > 0) return;
  const sizes = await Promise.all(keyFiles.map(sizeOf));
  const left = keyFiles.filter((_, index) => sizes[index] !== undefined);
  if (left.length > 0) throw new LostDatabaseError(dataDir, size, left);
}

/** Whether there is a database in the data folder, and not just its name. */
export async function hasDatabase(dataDir: string): Promise<boolean> {
  return ((await sizeOf(sqliteFileOf(dataDir))) ?? 0) > 0;
}

async function sizeOf(file: string): Promise<number | undefined> {
  return stat(file).then(
    ({ size }) => size,
    (error: NodeJS.ErrnoException) => {
      if (error.code === 'ENOENT') return undefined;
      throw error;
    },
  );
}
