import { mkdir } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import BetterSqlite from 'better-sqlite3';
import { StartupError } from '../startup-error.js';

/** The right to be the one server of a data folder. Falls by itself when the process ends, however it ends. */
export interface DataFolderLock {
  /** Gives it back; doing so twice does nothing. */
  release(): void;
}

/** Another server, of this process or another, has the data folder. */
export class DataFolderTakenError extends StartupError {
  override readonly name = 'DataFolderTakenError';

  constructor(readonly dataDir: string) {
    super(
      `Another server is running on the data folder ${resolve(dataDir)}, and two would send everything twice. ` +
        'Stop it, or set DATA_DIR to another folder.',
    );
  }
}

/** A file of its own beside the database, which stays open to backups and to whoever reads in it. */
const FILE_NAME = 'hookgraph.lock';

/**
 * Takes the data folder, made if it is not there, for one server. Throws a `DataFolderTakenError` where another has it.
 *
 * The lock is one of the operating system on an empty SQLite file: a file with a process id in it would outlive a
 * `kill -9`, and a plain `flock` is not to be had in Node.
 */
export async function lockDataFolder(dataDir: string): Promise<DataFolderLock> {
  await mkdir(dataDir, { recursive: true, mode: 0o700 });
  const database = new BetterSqlite(join(dataDir, FILE_NAME), { timeout: 0 });
  try {
    // Nothing is ever written, so no journal has to lie beside it.
    database.pragma('journal_mode = MEMORY');
    database.exec('begin exclusive');
  } catch (error) {
    database.close();
    const isTaken = error instanceof BetterSqlite.SqliteError && error.code === 'SQLITE_BUSY';
    throw isTaken ? new DataFolderTakenError(dataDir) : error;
  }
  return { release: () => database.close() };
}
