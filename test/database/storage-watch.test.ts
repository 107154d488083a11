import { describe, expect, it } from 'vitest';
import { findStorageProblems } from '../../src/database/storage-problems.js';
import type { WriteMany } from '../../src/database/writes.js';
import { Organization } from '../../src/entities/organization.js';
import { beginOtherWrite, fillDisk, openTestDatabase } from '../support/database.js';
import { keepLog } from '../support/log.js';
import { ManualClock } from '../support/manual-clock.js';

const SECOND = 1000;

/** More than the free room of a page, so that a database that may not grow can't take it. */
const LARGE = 'canary'.repeat(10_000);

/** Opens a database whose lane writes organizations by name, and notes each try. */
async function open() {
  const stack = new AsyncDisposableStack();
  const clock = new ManualClock();
  const { log, lines, text } = keepLog();
  const database = stack.use(await openTestDatabase({ clock, log }));
  const { writes, orm, db } = database;
  const tried: number[] = [];
  const writeOrganizations: WriteMany<string, string> = async (tx, names) => {
    tried.push(names.length);
    await tx.db
      .insertInto('organizations')
      .values(names.map((name) => ({ id: name.slice(0, 20), name, created_at: 0 })))
      .execute();
    return names;
  };
  return {
    database,
    clock,
    writes,
    orm,
    db,
    text,
    /** How many items each try of the lane had. */
    tried,
    write: writes.lane(writeOrganizations),
    /** The lines of the log that tell of outages, by their names. */
    told: () => lines().flatMap(({ msg }) => (msg.startsWith('database.') ? [msg] : [])),
    lines,
    /** Lets a second pass, and what the writes do in it. */
    async aSecondLater() {
      clock.advance(SECOND);
      await writes.settle();
    },
    async count() {
      return (await db().selectFrom('organizations').select('id').execute()).length;
    },
    async tables() {
      const rows = await orm.em.getConnection().execute<Array<{ name: string }>>(`select name from sqlite_schema where type = 'table'`);
      return rows.map(({ name }) => name);
    },
    [Symbol.asyncDispose]: () => stack.disposeAsync(),
  };
}

describe('writes that the storage refuses', () => {
  it('fail all at once with the reason where the disk is full, are not tried one by one, and leave nothing', async () => {
    await using opened = await open();
    await fillDisk(opened.orm);

    const results = await Promise.allSettled(['a', 'b', LARGE].map(opened.write));

    expect(results.map(({ status }) => status)).toEqual(['rejected', 'rejected', 'rejected']);
    for (const result of results) {
      expect(result).toMatchObject({
        reason: {
          name: 'UnavailableError',
          code: 'UNAVAILABLE',
          message: 'The database cannot be written at the moment (disk full). Nothing was changed; try again.',
          cause: { code: 'SQLITE_FULL' },
        },
      });
    }
    expect(opened.tried).toEqual([3]);
    expect(await opened.count()).toBe(0);
  });

  it('fail in the same way when they are by entities', async () => {
    await using opened = await open();
    await fillDisk(opened.orm);

    const writing = opened.writes.transaction(async (em) => void em.create(Organization, { id: 'a', name: LARGE, createdAt: 0 }));

    await expect(writing).rejects.toMatchObject({ code: 'UNAVAILABLE', cause: { code: 'SQLITE_FULL' } });
    expect(opened.writes.failingSince).toBe(opened.clock.now());
  });

  it('are refused all alike while another program writes, and keep nothing taken afterwards', async () => {
    await using opened = await open();
    using other = beginOtherWrite(opened.database);
    const byEntities = (id: string) => opened.writes.transaction(async (em) => em.create(Organization, { id, name: id, createdAt: 0 }));

    const refused = await Promise.allSettled([byEntities('a'), opened.write('b')]);
    other.commit();
    await byEntities('a');
    await opened.write('b');

    expect(refused).toMatchObject([{ reason: { code: 'UNAVAILABLE' } }, { reason: { code: 'UNAVAILABLE' } }]);
    expect(await opened.count()).toBe(2);
  });

  it('stop the trying one by one of a batch that had a bad item', async () => {
    await using opened = await open();
    await fillDisk(opened.orm);
    const tried: string[] = [];
    const write = opened.writes.lane<string, void>(async ({ db }, names) => {
      tried.push(names.map((name) => name.slice(0, 5)).join());
      if (names.includes('bad')) throw new Error('bad');
      await db
        .insertInto('organizations')
        .values(names.map((name) => ({ id: name, name, created_at: 0 })))
        .execute();
      return names.map(() => undefined);
    });

    const results = await Promise.allSettled(['small', 'bad', LARGE, 'other'].map(write));

    expect(results).toMatchObject([
      { status: 'fulfilled' },
      { reason: { message: 'bad' } },
      { reason: { code: 'UNAVAILABLE' } },
      { reason: { code: 'UNAVAILABLE' } },
    ]);
    expect(tried).toEqual(['small,bad,canar,other', 'small', 'bad', 'canar']);
  });

  it('put nothing that they were to write into the log', async () => {
    await using opened = await open();
    await fillDisk(opened.orm);

    await Promise.allSettled([
      opened.write(LARGE),
      opened.writes.transaction(async (em) => void em.create(Organization, { id: 'a', name: LARGE, createdAt: 0 })),
    ]);

    expect(opened.text()).toContain('database or disk is full');
    expect(opened.text()).not.toContain('canary');
  });

  it('are told in the log once when it begins and once when it is over, however often they fail between', async () => {
    await using opened = await open();
    const empty = await fillDisk(opened.orm);

    for (let n = 0; n < 3; n += 1) {
      await opened.write(LARGE).catch(() => {});
      await opened.aSecondLater();
    }
    await empty();
    await opened.aSecondLater();

    expect(opened.told()).toEqual(['database.failing', 'database.recovered']);
    expect(opened.lines()).toMatchObject([
      { level: 50, err: { code: 'SQLITE_FULL' } },
      { level: 30, durationMs: 4 * SECOND },
    ]);
  });

  it('go through again as soon as there is room, also while no probe has said so', async () => {
    await using opened = await open();
    const empty = await fillDisk(opened.orm);
    await opened.write(LARGE).catch(() => {});
    await empty();

    await opened.write(LARGE);

    expect(await opened.count()).toBe(1);
  });
});

describe('an outage', () => {
  it('is known by its first instant and the last reason', async () => {
    await using opened = await open();
    const startedAt = opened.clock.now();
    const empty = await fillDisk(opened.orm);
    const before = opened.writes.outage;

    await opened.write(LARGE).catch(() => {});
    await empty();
    using other = beginOtherWrite(opened.database);
    await opened.aSecondLater();
    other.commit();

    expect(before).toBeNull();
    expect(opened.writes.failingSince).toBe(startedAt);
    expect(opened.writes.outage).toEqual({ startedAt, reason: 'locked by another program' });
  });

  it('ends by itself, a second after the storage takes writes again, and tells its listeners', async () => {
    await using opened = await open();
    const recovered: Array<number | null> = [];
    opened.writes.onRecovered(() => recovered.push(opened.writes.failingSince));
    const other = beginOtherWrite(opened.database);
    await opened.write('a').catch(() => {});
    await opened.aSecondLater();
    const whileLocked = opened.writes.failingSince;

    other.commit();
    await opened.aSecondLater();

    expect(whileLocked).not.toBeNull();
    expect(opened.writes.failingSince).toBeNull();
    expect(recovered).toEqual([null]);
    expect(opened.clock.timerCount).toBe(0);
  });

  it('does not end with a commit that changed nothing', async () => {
    await using opened = await open();
    await fillDisk(opened.orm);
    await opened.write(LARGE).catch(() => {});

    await opened.writes.transaction(async () => {});

    expect(opened.writes.failingSince).not.toBeNull();
  });

  it('does not end while a full disk has room for little', async () => {
    await using opened = await open();
    await fillDisk(opened.orm, 20);
    await opened.write(LARGE.repeat(5)).catch(() => {});

    await opened.write('little');
    await opened.aSecondLater();

    expect(opened.writes.failingSince).not.toBeNull();
    expect(await opened.count()).toBe(1);
  });

  it('begins anew when the storage fails again', async () => {
    await using opened = await open();
    const empty = await fillDisk(opened.orm);
    await opened.write(LARGE).catch(() => {});
    await empty();
    await opened.aSecondLater();

    await fillDisk(opened.orm);
    // More than what the probe left free.
    await opened.write('x'.repeat(2 * 1024 * 1024)).catch(() => {});

    expect(opened.writes.failingSince).toBe(opened.clock.now());
    expect(opened.told()).toEqual(['database.failing', 'database.recovered', 'database.failing']);
  });

  it('leaves no trace in the database, and its probes are no commits of callers', async () => {
    await using opened = await open();
    const before = await opened.tables();
    using other = beginOtherWrite(opened.database);
    await opened.write('a').catch(() => {});

    other.commit('create table storage_probe (left_by text)');
    await opened.aSecondLater();

    expect(opened.writes.failingSince).toBeNull();
    expect(await opened.tables()).toEqual(before);
    expect(opened.writes.commitCount).toBe(0);
  });

  it('is not begun by an item that is bad', async () => {
    await using opened = await open();
    await opened.write('a');

    await opened.write('a').catch(() => {});

    expect(opened.writes.failingSince).toBeNull();
    expect(opened.clock.timerCount).toBe(0);
  });

  it('is tried no more once the writes are closed', async () => {
    await using opened = await open();
    using other = beginOtherWrite(opened.database);
    await opened.write('a').catch(() => {});
    opened.clock.advance(SECOND);

    await opened.writes.close();
    other.commit();

    expect(opened.clock.timerCount).toBe(0);
  });
});

describe('the problems of the storage', () => {
  it('are none when all is well', async () => {
    await using opened = await open();

    expect(await findStorageProblems(opened.db(), opened.writes.outage)).toEqual([]);
  });

  it('have that it cannot be written, since when and why, and not that it can be read', async () => {
    await using opened = await open();
    await fillDisk(opened.orm);
    await opened.write(LARGE).catch(() => {});

    expect(await findStorageProblems(opened.db(), opened.writes.outage)).toEqual([
      'The database cannot be written since 2026-01-01T12:00:00.000Z (disk full).',
    ]);
  });

  it('have that it cannot be read', async () => {
    await using opened = await open();
    const db = opened.db();
    await opened.orm.close();

    expect(await findStorageProblems(db, null)).toEqual(['The database cannot be read.']);
  });
});
