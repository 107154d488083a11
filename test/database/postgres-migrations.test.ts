import { Migrator } from '@mikro-orm/migrations';
import { defineEntity, p } from '@mikro-orm/core';
import { MikroORM } from '@mikro-orm/postgresql';
import { describe, expect, it } from 'vitest';
import type { Orm } from '../../src/database/connect.js';
import { postgresMigrations } from '../../src/database/migrations/postgres/all.js';
import { NewerDatabaseError } from '../../src/database/newer-database-error.js';
import { openPostgres } from '../../src/database/open-postgres.js';
import { entities } from '../../src/entities/all.js';
import { keepLog } from '../support/log.js';
import { maintain, makeDatabase, onPostgres } from '../support/postgres.js';

const settings = { dataDir: '', databasePoolSize: 2, databaseStatementTimeoutMs: 60_000, databaseNotifications: 'listen' } as const;

/** Servers that open one new database at the same time, and the ones that did. */
async function openAtOnce(count: number) {
  const stack = new AsyncDisposableStack();
  const { url } = stack.use(await makeDatabase({ isEmpty: true }));
  const opening = await Promise.allSettled(Array.from({ length: count }, () => openPostgres(url, settings)));
  const opened = opening.flatMap((one) => (one.status === 'fulfilled' ? [one.value] : []));
  for (const orm of opened) stack.defer(() => orm.close());
  return { url, opening, opened, [Symbol.asyncDispose]: () => stack.disposeAsync() };
}

async function namesOfRun(orm: Orm): Promise<string[]> {
  const rows = await orm.em.getConnection().execute<Array<{ name: string }>>('select name from migrations order by id');
  return rows.map(({ name }) => name);
}

describe.runIf(onPostgres)('the migrations of PostgreSQL', () => {
  it('bring a new database to the entities exactly', async () => {
    await using flow = await openAtOnce(1);

    const differs = await flow.opened[0]!.migrator.checkSchema();

    expect(differs).toBe(false);
  });

  it('are seen to fall short of the entities when an entity has no migration', async () => {
    await using flow = await openAtOnce(1);
    const Extra = defineEntity({ name: 'Extra', tableName: 'extras', properties: { id: p.uuid().primary() } });
    const orm = await MikroORM.init({
      entities: [...entities, Extra],
      clientUrl: flow.url,
      extensions: [Migrator],
      migrations: { migrationsList: postgresMigrations, snapshot: false, silent: true, tableName: 'migrations' },
    });
    await using _ = { [Symbol.asyncDispose]: () => orm.close() };

    const differs = await orm.migrator.checkSchema();

    expect(differs).toBe(true);
  });

  it('are run once, by one of three servers that start on an empty database at once, and all three start', async () => {
    await using flow = await openAtOnce(3);

    expect(flow.opening.map(({ status }) => status)).toEqual(['fulfilled', 'fulfilled', 'fulfilled']);
    expect(await namesOfRun(flow.opened[0]!)).toHaveLength(postgresMigrations.length);
    expect(await flow.opened[2]!.migrator.getPending()).toEqual([]);
  });

  it('are not run again by a server that starts later', async () => {
    await using flow = await openAtOnce(1);
    const before = await namesOfRun(flow.opened[0]!);

    await (await openPostgres(flow.url, settings)).close();

    expect(await namesOfRun(flow.opened[0]!)).toEqual(before);
  });

  it('are told by the server that runs them', async () => {
    await using flow = await openAtOnce(1);
    await flow.opened[0]!.migrator.down({ to: '2026-11-28-audit-records' });
    const { log, lines } = keepLog();

    await (await openPostgres(flow.url, settings, log)).close();

    expect(lines().map(({ name, msg }) => `${name} ${msg}`)).toEqual([
      '2026-11-28-seal-keys migration.started',
      '2026-11-28-seal-keys migration.applied',
      '2026-12-01-token-parameters migration.started',
      '2026-12-01-token-parameters migration.applied',
    ]);
  });

  it('of a newer version are named, and no server starts on them', async () => {
    await using flow = await openAtOnce(1);
    await maintain(`insert into migrations (name, executed_at) values ('2027-01-01-later', now())`, flow.url);

    const refused = openPostgres(flow.url, settings);

    await expect(refused).rejects.toThrow(NewerDatabaseError);
    await expect(refused).rejects.toThrow('does not know "2027-01-01-later". Start the version that was running before');
  });

  it('can be taken back', async () => {
    await using flow = await openAtOnce(1);
    const [orm] = flow.opened;

    await orm!.migrator.down({ to: 0 });
    const tables = await orm!.em
      .getConnection()
      .execute<Array<{ tablename: string }>>(`select tablename from pg_tables where schemaname = 'public'`);

    expect(tables.map(({ tablename }) => tablename)).toEqual(['migrations']);
  });
});
