import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { connectDatabase, type Orm, type Tables } from '../../src/database/connect.js';
import { Writes } from '../../src/database/writes.js';
import { createLog } from '../../src/log.js';

/** A database of its own in a folder of its own, migrated, with what writes to it. */
export interface TestDatabase extends AsyncDisposable {
  readonly orm: Orm;
  readonly writes: Writes;
  /** A query builder outside of any transaction. */
  readonly db: () => Tables;
}

/** Opens it; closed and removed at the end of the scope. */
export async function openTestDatabase(): Promise<TestDatabase> {
  const dataDir = await mkdtemp(join(tmpdir(), 'hookgraph-'));
  const orm = await connectDatabase(dataDir);
  const writes = new Writes(orm, createLog('silent'));
  return {
    orm,
    writes,
    db: () => orm.em.fork().getKysely(),
    async [Symbol.asyncDispose]() {
      await writes.settle();
      await orm.close();
      await rm(dataDir, { recursive: true, force: true });
    },
  };
}
