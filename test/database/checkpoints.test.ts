import { copyFile, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import BetterSqlite from 'better-sqlite3';
import { beforeEach, describe, expect, it, onTestFinished } from 'vitest';
import { Checkpoints } from '../../src/database/checkpoints.js';
import { sqliteFileOf } from '../../src/database/open-sqlite.js';
import type { WriteOne } from '../../src/database/writes.js';
import { openTestDatabase, type TestDatabase } from '../support/database.js';
import { newId } from '../support/rows.js';
import { onPostgres } from '../support/postgres.js';

let database: TestDatabase;
let addOrganizations: WriteOne<number, void>;

beforeEach(async () => {
  database = await openTestDatabase();
  onTestFinished(() => database[Symbol.asyncDispose]());
  addOrganizations = database.writes.lane<number, void>(async ({ db }, counts) => {
    for (const count of counts) {
      const rows = Array.from({ length: count }, () => ({ id: newId(), name: 'o', created_at: 0 }));
      await db.insertInto('organizations').values(rows).execute();
    }
    return counts.map(() => undefined);
  });
});

/** What the database's own file has, without its log. */
async function countInFile(): Promise<number> {
  const folder = await mkdtemp(join(tmpdir(), 'hookgraph-'));
  onTestFinished(() => rm(folder, { recursive: true, force: true }));
  const copy = join(folder, 'copy.sqlite');
  await copyFile(sqliteFileOf(database.dataDir), copy);
  const opened = new BetterSqlite(copy);
  try {
    return opened.prepare('select count(*) from organizations').pluck().get() as number;
  } finally {
    opened.close();
  }
}

describe.skipIf(onPostgres)('the log of SQLite', () => {
  it('is brought into the database when nothing more waits', async () => {
    await addOrganizations(300);
    await database.writes.settle();

    expect(await countInFile()).toBe(300);
  });

  it('is left until much has changed, by however many writes', async () => {
    await addOrganizations(300);
    await database.writes.settle();

    for (let count = 0; count < 24; count += 1) {
      await addOrganizations(10);
      await database.writes.settle();
    }
    expect(await countInFile()).toBe(300);

    await addOrganizations(10);
    await database.writes.settle();
    expect(await countInFile()).toBe(550);
  });

  it('is left while writes wait', async () => {
    await addOrganizations(300);
    await database.writes.settle();
    let inFileMeanwhile: number | undefined;

    // Transactions of their own take turns with what is done in batches.
    await Promise.all([
      database.writes.upkeep(async () => {}),
      addOrganizations(300),
      database.writes.upkeep(async () => {
        inFileMeanwhile = await countInFile();
      }),
    ]);
    await database.writes.settle();

    expect([inFileMeanwhile, await countInFile()]).toEqual([300, 600]);
  });
});

describe('checkpoints', () => {
  const failing = () => {
    throw new Error('the disk is gone');
  };

  it('have nothing to do where nothing was written since the last time', async () => {
    const checkpoints = new Checkpoints(failing);
    expect(checkpoints.rest()).toBeUndefined();

    checkpoints.committed();
    await checkpoints.rest();

    expect(checkpoints.rest()).toBeUndefined();
  });

  it('leave it to those who write to tell of a storage that fails', async () => {
    const checkpoints = new Checkpoints(failing);
    checkpoints.committed();

    await expect(checkpoints.rest()).resolves.toBeUndefined();
  });
});
