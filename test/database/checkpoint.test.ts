import { copyFile, mkdtemp, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import BetterSqlite from 'better-sqlite3';
import type { KyselyPlugin } from 'kysely';
import { beforeEach, describe, expect, it, onTestFinished } from 'vitest';
import { checkpointIfLong } from '../../src/database/checkpoint.js';
import { sqliteFileOf } from '../../src/database/sqlite-file.js';
import type { WriteOne } from '../../src/database/writes.js';
import { openTestDatabase, type TestDatabase } from '../support/database.js';
import { newId } from '../support/rows.js';
import { onPostgres } from '../support/postgres.js';

const PAGE_FILLING = 'o'.repeat(3900);

let database: TestDatabase;
let add: WriteOne<number, void>;

beforeEach(async () => {
  database = await openTestDatabase();
  onTestFinished(() => database[Symbol.asyncDispose]());
  add = database.writes.lane<number, void>(async ({ db }, counts) => {
    for (const count of counts) {
      const rows = Array.from({ length: count }, () => ({ id: newId(), name: PAGE_FILLING, created_at: 0 }));
      await db.insertInto('organizations').values(rows).execute();
    }
    return counts.map(() => undefined);
  });
});

/** Adds so many rows of a page each, and waits until nothing more is to be written. */
async function addAndSettle(pageCount: number): Promise<void> {
  await add(pageCount);
  await database.writes.settle();
}

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
    await addAndSettle(250);

    expect(await countInFile()).toBe(250);
  });

  it('is left until it is long, by however many writes', async () => {
    await addAndSettle(250);

    for (let count = 0; count < 5; count += 1) await addAndSettle(10);
    expect(await countInFile()).toBe(250);

    for (let count = 0; count < 20; count += 1) await addAndSettle(10);
    expect(await countInFile()).toBeGreaterThan(250);
  });

  it('stays short, so that nobody waits for many pages', async () => {
    for (let count = 0; count < 1000; count += 1) await addAndSettle(1);

    const { size } = await stat(`${sqliteFileOf(database.dataDir)}-wal`);

    expect(size).toBeLessThan(300 * 4096);
  });

  it('is left while writes wait', async () => {
    await addAndSettle(250);
    let inFileMeanwhile: number | undefined;

    // Transactions of their own take turns with what is done in batches.
    await Promise.all([
      database.writes.upkeep(async () => {}),
      add(250),
      database.writes.upkeep(async () => {
        inFileMeanwhile = await countInFile();
      }),
    ]);
    await database.writes.settle();

    expect([inFileMeanwhile, await countInFile()]).toEqual([250, 500]);
  });
});

it('leaves it to those who write to tell of a storage that fails', async () => {
  const failing: KyselyPlugin = {
    transformQuery() {
      throw new Error('the disk is gone');
    },
    transformResult: async ({ result }) => result,
  };

  await expect(checkpointIfLong(database.db().withPlugin(failing))).resolves.toBeUndefined();
});
