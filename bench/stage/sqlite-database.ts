import { mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import BetterSqlite from 'better-sqlite3';
import type { StoredDeliveries } from '../figures/ledger.js';
import type { BenchDatabase } from './bench-database.js';
import { DATABASE_TITLES } from './database-kinds.js';
import type { Leftovers } from './leftovers.js';

/** A SQLite file in a data folder of its own below the system's folder for temporary files. */
export async function createSqliteDatabase(leftovers: Leftovers): Promise<BenchDatabase> {
  const dataDir = await mkdtemp(join(tmpdir(), 'hookgraph-bench-'));
  leftovers.addFolder(dataDir);

  function read<Row>(sql: string): Row[] {
    const database = new BetterSqlite(join(dataDir, 'hookgraph.sqlite'), { fileMustExist: true });
    try {
      return database.prepare<[], Row>(sql).all();
    } finally {
      database.close();
    }
  }

  return {
    name: DATABASE_TITLES.sqlite,
    settings: { DATA_DIR: dataDir },
    host: null,
    async countDeliveries() {
      return read<StoredDeliveries>(
        'select hook_id as hookId, status, count(*) as count from deliveries group by hook_id, status order by hook_id, status',
      );
    },
    async readSize() {
      // The size of the file once all is in it that is in the log beside it, of which there is one file, used over and over.
      const [size] = read<{ bytes: number }>('select page_count * page_size as bytes from pragma_page_count(), pragma_page_size()');
      return { tableBytes: size!.bytes, logBytes: null };
    },
    async [Symbol.asyncDispose]() {
      leftovers.removeFolder(dataDir);
    },
  };
}
