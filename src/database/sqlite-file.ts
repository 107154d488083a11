import { join } from 'node:path';

/** The file of the database within the data folder. */
export function sqliteFileOf(dataDir: string): string {
  return join(dataDir, 'hookgraph.sqlite');
}
