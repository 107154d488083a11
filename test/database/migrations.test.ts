import { mkdtemp, readFile, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Migrator } from '@mikro-orm/migrations';
import { defineEntity, MikroORM, p } from '@mikro-orm/sqlite';
import BetterSqlite from 'better-sqlite3';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Orm } from '../../src/database/connect.js';
import { NewerDatabaseError } from '../../src/database/newer-database-error.js';
import { openSqlite, openSqliteFile } from '../../src/database/open-sqlite.js';
import { sqliteMigrations } from '../../src/database/migrations/sqlite/all.js';
import { entities } from '../../src/entities/all.js';
import type { Log } from '../../src/log.js';
import { StartupError } from '../../src/startup-error.js';
import { keepLog } from '../support/log.js';

let folder: string;
let open: Array<{ close(): Promise<unknown> }>;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'hookgraph-'));
  open = [];
});

afterEach(async () => {
  for (const orm of open) await orm.close();
  await rm(folder, { recursive: true });
});

/** Brings a database that was made by the migrations up to `before`, and got a row of each kind then, up to date. */
async function connectWithRows(before: string) {
  const orm = openSqliteFile(join(folder, 'hookgraph.sqlite'));
  await orm.migrator.up({ to: before });
  await orm.close();
  const database = new BetterSqlite(join(folder, 'hookgraph.sqlite'));
  database.exec(`
    insert into organizations (id, name, created_at) values ('o', 'O', 0);
    insert into webhooks (id, organization_id, name, description, signing_secret, created_at, updated_at) values ('w', 'o', 'W', '', '', 0, 0);
    insert into hooks (id, organization_id, webhook_id, type, method, endpoint, status, position, created_at)
      values ('h', 'o', 'w', 't', 'POST', 'http://127.0.0.1/', 'ACTIVE', 0, 0);
    insert into events (id, organization_id, type, payload, created_at) values ('e', 'o', 't', '{}', 0);
    insert into deliveries (id, organization_id, webhook_id, hook_id, event_id, status, attempt_count, created_at, updated_at)
      values ('d', 'o', 'w', 'h', 'e', 'SUCCEEDED', 1, 0, 0);
    insert into delivery_changes (organization_id, webhook_id, hook_id, event_id, delivery_id, type, status, changed_at)
      values ('o', 'w', 'h', 'e', 'd', 't', 'SUCCEEDED', 0)`);
  database.close();
  return connect();
}

describe('the migrations', () => {
  it('bring a new database to the entities exactly', async () => {
    const orm = await connect();

    const differs = await orm.migrator.checkSchema();

    expect(differs).toBe(false);
  });

  it('are seen to fall short of the entities when an entity has no migration', async () => {
    const Extra = defineEntity({ name: 'Extra', tableName: 'extras', properties: { id: p.uuid().primary() } });
    const orm = await MikroORM.init({
      entities: [...entities, Extra],
      dbName: ':memory:',
      extensions: [Migrator],
      migrations: { migrationsList: sqliteMigrations, snapshot: false, silent: true, tableName: 'migrations' },
    });
    open.push(orm);
    await orm.migrator.up();

    const differs = await orm.migrator.checkSchema();

    expect(differs).toBe(true);
  });

  it('are run once each', async () => {
    await (await connect()).close();
    const orm = await connect();

    const executed = await orm.migrator.getExecuted();
    const pending = await orm.migrator.getPending();

    expect(executed).toHaveLength(sqliteMigrations.length);
    expect(pending).toEqual([]);
  });

  it('are told one by one where a database is brought up to date, and not at all where it is new or up to date', async () => {
    const [whenNew, whenOld, whenUpToDate] = [keepLog(), keepLog(), keepLog()];
    const orm = await connect(whenNew.log);
    await orm.migrator.down({ to: '2026-11-28-seal-keys' });
    await orm.close();

    await connect(whenOld.log);
    await connect(whenUpToDate.log);

    expect(whenNew.lines()).toEqual([]);
    expect(whenOld.lines().map(({ name, msg }) => `${name} ${msg}`)).toEqual([
      '2026-11-28-owner-lists migration.started',
      '2026-11-28-owner-lists migration.applied',
      '2026-11-29-list-marks migration.started',
      '2026-11-29-list-marks migration.applied',
      '2026-12-01-token-parameters migration.started',
      '2026-12-01-token-parameters migration.applied',
    ]);
    expect(whenUpToDate.lines()).toEqual([]);
  });

  it.each([['2027-01-01-later'], ['2027-01-01-later', '2027-02-01-later-still']])(
    'of a newer version are named, and the database is left as it is: %j',
    async (...names) => {
      await (await connect()).close();
      const file = join(folder, 'hookgraph.sqlite');
      const database = new BetterSqlite(file);
      for (const name of names) database.prepare('insert into migrations (name, executed_at) values (?, 0)').run(name);
      database.close();
      const before = await readFile(file);

      const refused = await openSqlite(folder).catch((error: unknown) => error);

      expect(refused).toBeInstanceOf(NewerDatabaseError);
      expect(refused).toBeInstanceOf(StartupError);
      const known = names.map((name) => `"${name}"`).join(', ');
      expect((refused as Error).message).toContain(`does not know ${known}. Start the version that was running before`);
      expect(before.equals(await readFile(file))).toBe(true);
    },
  );

  it('are refused when they leave rows that refer to nothing', async () => {
    const before = openSqliteFile(join(folder, 'hookgraph.sqlite'));
    await before.migrator.up({ to: '2026-11-24-initial' });
    await before.close();
    const database = new BetterSqlite(join(folder, 'hookgraph.sqlite'));
    database.pragma('foreign_keys = OFF');
    database.exec(
      `insert into webhooks (id, organization_id, name, description, signing_secret, created_at, updated_at) values ('w', 'nobody', '', '', '', 0, 0)`,
    );
    database.close();

    const connecting = connect();

    await expect(connecting).rejects.toThrow('After the migration, rows refer to nothing (1 of them)');
  });

  it.each([
    { before: '2026-11-28-seal-keys', when: 'had indexes' },
    { before: '2026-11-28-owner-lists', when: 'were noted as new' },
  ])('give rows that $when their places in the lists of their owners', async ({ before }) => {
    const orm = await connectWithRows(before);
    const rowsOf = (table: string) => orm.em.getConnection().execute(`select * from ${table}`);

    expect(await rowsOf('event_list')).toEqual([{ owner_id: 'o', id: 'e' }]);
    expect(await rowsOf('delivery_list')).toEqual(['h', 'o', 'w'].map((owner) => ({ owner_id: owner, id: 'd' })));
    expect(await rowsOf('delivery_change_list')).toEqual([{ owner_id: 'o', sequence: 1 }]);
    expect(await rowsOf('list_marks')).toEqual([
      { list: 'delivery_change_list', last_row: 1, last_key: 1 },
      { list: 'delivery_list', last_row: 1, last_key: 'd' },
      { list: 'event_list', last_row: 1, last_key: 'e' },
    ]);
  });

  it('note what is new by triggers again, when marks are taken back', async () => {
    const orm = await connectWithRows('2026-11-28-seal-keys');
    const connection = orm.em.getConnection();
    await connection.execute(`insert into events (id, organization_id, type, payload, created_at) values ('later', 'o', 't', '{}', 0)`);

    await orm.migrator.down({ to: '2026-11-28-owner-lists' });
    await connection.execute(`insert into events (id, organization_id, type, payload, created_at) values ('last', 'o', 't', '{}', 0)`);

    expect(await connection.execute('select id from new_events')).toEqual([{ id: 'last' }, { id: 'later' }]);
    expect(await connection.execute('select id from new_deliveries')).toEqual([]);
  });

  it('can be taken back', async () => {
    const orm = await connect();

    await orm.migrator.down({ to: 0 });
    const tables = await orm.em.getConnection().execute<Array<{ name: string }>>(`select name from sqlite_master where type = 'table'`);

    expect(tables.map(({ name }) => name).toSorted()).toEqual(['migrations', 'sqlite_sequence']);
  });
});

describe('an open database', () => {
  it('syncs every commit to the disk, also when its file is opened a second time', async () => {
    await (await connect()).close();
    const orm = await connect();

    const pragmas = { synchronous: await pragma(orm, 'synchronous'), journalMode: await pragma(orm, 'journal_mode') };

    expect(pragmas).toEqual({ synchronous: 2, journalMode: 'wal' });
  });

  it('would sync less when opened by a driver that only knows its file', async () => {
    await (await connect()).close();
    const database = new BetterSqlite(join(folder, 'hookgraph.sqlite'));

    const synchronous = database.pragma('synchronous', { simple: true });
    database.close();

    expect(synchronous).toBe(1);
  });

  it('keeps foreign keys once the migrations are through', async () => {
    const orm = await connect();

    const isOn = await pragma(orm, 'foreign_keys');

    expect(isOn).toBe(1);
  });

  it('waits for the lock of another program no longer than the whole server can', async () => {
    const orm = await connect();

    const timeoutMs = await pragma(orm, 'busy_timeout');

    expect(timeoutMs).toBe(100);
  });

  it('is not opened while another program writes to it, and tells so', async () => {
    await (await connect()).close();
    const other = new BetterSqlite(join(folder, 'hookgraph.sqlite'));
    other.exec('drop table migrations; begin immediate');

    const connecting = connect();

    await expect(connecting).rejects.toThrow('database is locked');
    other.close();
  });

  it('brings what is in its log into the database by a thousand pages, where there is no break in which to do it sooner', async () => {
    const orm = await connect();
    const connection = orm.em.getConnection();
    await connection.execute('create table rows_of_a_page (filler blob)');
    for (let count = 0; count < 2000; count += 1) await connection.execute('insert into rows_of_a_page values (zeroblob(4000))');

    const { size } = await stat(join(folder, 'hookgraph.sqlite-wal'));

    expect(size).toBeLessThan(1100 * 4096);
  });

  it('cuts its log back after a large transaction', async () => {
    const orm = await connect();

    await writeMuch((sql) => orm.em.getConnection().execute(sql));

    expect((await stat(join(folder, 'hookgraph.sqlite-wal'))).size).toBeLessThanOrEqual(64 * 1024 * 1024);
  });

  it('would keep the log of its largest transaction when opened by a driver that only knows its file', async () => {
    const file = join(folder, 'plain.sqlite');
    const database = new BetterSqlite(file);
    database.pragma('journal_mode = WAL');

    await writeMuch((sql) => database.exec(sql));
    const { size } = await stat(`${file}-wal`);
    database.close();

    expect(size).toBeGreaterThan(72 * 1024 * 1024);
  });

  it('takes the write lock when a transaction begins, not when it first writes', async () => {
    const orm = await connect();
    const other = new BetterSqlite(join(folder, 'hookgraph.sqlite'), { timeout: 0 });

    const whileOpen = await orm.em.fork().transactional(async () => attempt(() => other.exec('begin immediate')));
    const afterwards = attempt(() => other.exec('begin immediate; rollback'));
    other.close();

    expect(whileOpen).toContain('database is locked');
    expect(afterwards).toBe('ok');
  });

  it('would leave the lock to another with the transaction that SQLite begins by itself', async () => {
    await connect();
    const [one, other] = [1, 2].map(() => new BetterSqlite(join(folder, 'hookgraph.sqlite'), { timeout: 0 })) as [
      BetterSqlite.Database,
      BetterSqlite.Database,
    ];

    one.exec('begin; select * from organizations');
    const whileOpen = attempt(() => other.exec('begin immediate; rollback'));
    one.close();
    other.close();

    expect(whileOpen).toBe('ok');
  });

  it('takes the lock for transactions of the query builder too', async () => {
    const orm = await connect();
    const other = new BetterSqlite(join(folder, 'hookgraph.sqlite'), { timeout: 0 });

    const whileOpen = await orm.em
      .fork()
      .getKysely()
      .transaction()
      .execute(async () => attempt(() => other.exec('begin immediate')));
    other.close();

    expect(whileOpen).toContain('database is locked');
  });

  it('is one of its own in memory each time', async () => {
    const [one, other] = [openSqliteFile(':memory:'), openSqliteFile(':memory:')];
    open.push(one, other);
    await one.migrator.up();

    const executed = await other.migrator.getExecuted();

    expect(executed).toEqual([]);
  });
});

async function connect(log?: Log): Promise<Orm> {
  const orm = await openSqlite(folder, log);
  open.push(orm);
  return orm;
}

/** 72 MiB in one transaction, which the checkpoint right after it brings into the database, and then a little. */
async function writeMuch(execute: (sql: string) => unknown): Promise<void> {
  await execute('create table much (filler blob)');
  await execute(`insert into much values (zeroblob(${72 * 1024 * 1024}))`);
  await execute('create table little (filler blob)');
}

async function pragma(orm: Orm, name: string): Promise<unknown> {
  const [row] = await orm.em.getConnection().execute<Array<Record<string, unknown>>>(`pragma ${name}`);
  return Object.values(row!)[0];
}

/** `ok`, or what was wrong. */
function attempt(run: () => void): string {
  try {
    run();
    return 'ok';
  } catch (error) {
    return (error as Error).message;
  }
}
