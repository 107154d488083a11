import { mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import BetterSqlite from 'better-sqlite3';
import type { StoredDeliveries } from '../figures/ledger.js';
import type { BenchDatabase } from './bench-database.js';
import type { Leftovers } from './leftovers.js';

/** A SQLite file in a data folder of its own below the system's folder for temporary files. */
export async function createSqliteDatabase(leftovers: Leftovers): Promise<BenchDatabase> {
  const dataDir = await mkdtemp(join(tmpdir(), 'hookgraph-bench-'));
  leftovers.addFolder(dataDir);
  return {
    name: 'SQLite',
    settings: { DATA_DIR: dataDir },
    async countDeliveries() {
      const database = new BetterSqlite(join(dataDir, 'hookgraph.sqlite'), { fileMustExist: true });
      try {
        return database
          .prepare<[], StoredDeliveries>(
            'select hook_id as hookId, status, count(*) as count from deliveries group by hook_id, status order by hook_id, status',
          )
          .all();
      } finally {
        database.close();
      }
    },
    async [Symbol.asyncDispose]() {
      leftovers.removeFolder(dataDir);
    },
  };
}
