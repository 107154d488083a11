import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { inspect } from 'node:util';
import { sql } from 'kysely';
import { describe, expect, it } from 'vitest';
import { startLocalPostgres } from '../../scripts/local-postgres.js';
import type { DatabaseConfig, Tables } from '../../src/database/connect.js';
import { openPostgres, openPostgresUrl } from '../../src/database/open-postgres.js';
import { storageFaultOf } from '../../src/database/storage-fault.js';
import { makeAuthority } from '../support/certificates.js';
import { startLine } from '../support/line.js';
import { makeDatabase, maintain, onPostgres } from '../support/postgres.js';

const settings = { dataDir: '', databasePoolSize: 2, databaseStatementTimeoutMs: 200, databaseNotifications: 'listen' } as const;

async function open(url: string, change: Partial<DatabaseConfig> = {}) {
  const orm = await openPostgresUrl(url, { ...settings, ...change });
  return { db: () => orm.em.fork().getKysely(), [Symbol.asyncDispose]: () => orm.close() };
}

/** What a statement fails for; undefined where it does not. */
async function faultOf(running: Promise<unknown>): Promise<string | undefined> {
  return running.then(
    () => undefined,
    (error: unknown) => storageFaultOf(error)?.reason ?? String(error),
  );
}

const terminate = 'select pg_terminate_backend(pid) from pg_stat_activity where datname = current_database() and pid <> pg_backend_pid()';
const settingOf = (name: string) => sql<{ value: string }>`select current_setting(${name}) as value`;

describe.runIf(onPostgres)('a connection to PostgreSQL', () => {
  it.each([
    { databaseNotifications: 'listen' as const, where: 'in a transaction and outside', outside: '200ms' },
    { databaseNotifications: 'poll' as const, where: 'in a transaction alone, as a pooler lets it', outside: '0' },
  ])('has statements given up after their time $where', async ({ databaseNotifications, outside }) => {
    await using database = await makeDatabase();
    await using opened = await open(database.url, { databaseNotifications });
    const transaction = opened.db().transaction();
    const limit = settingOf('statement_timeout');
    const lockHooks = (tx: Tables) => sql`lock table hooks in exclusive mode`.execute(tx);

    const fault = await transaction.execute(async (holder) => {
      await lockHooks(holder);
      return faultOf(opened.db().transaction().execute(lockHooks));
    });

    expect(fault).toBe('no answer in time');
    expect((await transaction.execute((tx) => limit.execute(tx))).rows).toEqual([{ value: '200ms' }]);
    expect((await limit.execute(opened.db())).rows).toEqual([{ value: outside }]);
  });

  it('ends with the others, also one that is on its way to whoever asked for it', async () => {
    await using database = await makeDatabase();
    const orm = await openPostgresUrl(database.url, settings);
    const read = () => faultOf(orm.em.fork().getKysely().selectFrom('hooks').select('id').execute());
    await read();

    // One connection is there, the second is made, and the third read waits for one of them.
    const reads = [read(), read(), read()];
    await new Promise(setImmediate);
    await orm.close();

    expect(await Promise.all(reads)).toEqual([undefined, undefined, undefined]);
  });

  it('has the isolation that the statements are made for, whatever the database says', async () => {
    await using database = await makeDatabase();
    await maintain(`alter database "${new URL(database.url).pathname.slice(1)}" set default_transaction_isolation = 'serializable'`);
    await using opened = await open(database.url);

    const { rows } = await opened
      .db()
      .transaction()
      .execute((tx) => settingOf('transaction_isolation').execute(tx));

    expect(rows).toEqual([{ value: 'read committed' }]);
  });

  it('is thrown away when it was killed, in use or not, and the next statement has another', async () => {
    await using database = await makeDatabase();
    await using opened = await open(database.url);
    const { db } = opened;
    await Promise.all([sql`select 1`.execute(db()), sql`select 1`.execute(db())]);
    await maintain(terminate, database.url);
    const [begun, goOn] = [Promise.withResolvers<void>(), Promise.withResolvers<void>()];

    const inUse = faultOf(
      db()
        .transaction()
        .execute(async (tx) => {
          await sql`select 1`.execute(tx);
          begun.resolve();
          await goOn.promise;
          await sql`select 1`.execute(tx);
        }),
    ).finally(begun.resolve);
    await begun.promise;
    await maintain(terminate, database.url);
    goOn.resolve();

    expect(['stopping', 'connection lost']).toContain(await inUse);
    // One for each connection that there may be.
    for (let n = 0; n < 4; n += 1) await faultOf(sql`select 1`.execute(db()));
    expect(await faultOf(sql`select 1`.execute(db()))).toBeUndefined();
  });

  it('is thrown away when it hangs, before anything else waits on it', async () => {
    await using database = await makeDatabase();
    await using line = await startLine(database.url);
    await using opened = await open(line.url, { databasePoolSize: 2 });
    const { db } = opened;
    await sql`select 1`.execute(db());

    line.cut();
    const hung = await faultOf(
      db()
        .transaction()
        .execute((tx) => sql`select 1`.execute(tx)),
    );

    expect(hung).toBe('no answer in time');
    expect(await faultOf(sql`select 1`.execute(db()))).toBeUndefined();
  });

  it('says so where all are in use for too long', async () => {
    await using database = await makeDatabase();
    await using opened = await open(database.url, { databasePoolSize: 2 });
    const done = Promise.withResolvers<void>();
    const begun = [Promise.withResolvers<void>(), Promise.withResolvers<void>()];
    const held = begun.map(({ resolve }) =>
      opened
        .db()
        .transaction()
        .execute(async () => {
          resolve();
          await done.promise;
        }),
    );
    await Promise.all(begun.map(({ promise }) => promise));

    expect(await faultOf(sql`select 1`.execute(opened.db()))).toBe('all connections are in use');
    done.resolve();
    await Promise.all(held);
  });

  it('is thrown away when the database takes no writes, as one that was a leader and is not any more', async () => {
    await using database = await makeDatabase();
    const name = new URL(database.url).pathname.slice(1);
    await maintain(`alter database "${name}" set default_transaction_read_only = on`);
    await using opened = await open(database.url);
    const write = () =>
      faultOf(opened.db().insertInto('organizations').values({ id: crypto.randomUUID(), name: 'o', created_at: 0 }).execute());
    const refused = await write();
    await maintain(`alter database "${name}" set default_transaction_read_only = off`);

    expect([refused, await write()]).toEqual(['read-only', undefined]);
  });

  it('commits nothing in silence that PostgreSQL has rolled back', async () => {
    await using database = await makeDatabase();
    await using opened = await open(database.url);

    const swallowing = opened
      .db()
      .transaction()
      .execute(async (tx: Tables) => {
        await sql`select 1 / 0`.execute(tx).catch(() => {});
      });

    await expect(swallowing).rejects.toThrow('A statement of the transaction had failed before.');
    expect(await faultOf(sql`select 1`.execute(opened.db()))).toBeUndefined();
  });
});

describe.runIf(onPostgres)('PostgreSQL at start', () => {
  it('is told to be unusable in words, without the password', async () => {
    await using database = await makeDatabase();
    const wrong = new URL(database.url);
    wrong.password = 'secret-of-nobody';
    const nowhere = new URL(database.url);
    nowhere.port = '1';

    await expect(openPostgres(nowhere.href, settings)).rejects.toThrow(/^PostgreSQL at 127\.0\.0\.1:1\/\w+ cannot be used: unreachable/);
    const refused = await openPostgres(wrong.href, settings).catch((error: unknown) => error as Error);
    expect(refused).toMatchObject({ message: expect.stringContaining('access refused') });
    expect(inspect(refused, { depth: 9 })).not.toContain('secret-of-nobody');
  });

  it('is trusted by its certificate alone, where the URL says so', async () => {
    await using stack = new AsyncDisposableStack();
    const folder = await mkdtemp(join(tmpdir(), 'hookgraph-'));
    stack.defer(() => rm(folder, { recursive: true }));
    const [own, other] = [makeAuthority(), makeAuthority()];
    await writeFile(join(folder, 'own.pem'), own.cert);
    await writeFile(join(folder, 'other.pem'), other.cert);
    const postgres = stack.use(await startLocalPostgres({ certificate: own.certify({ names: ['localhost'] }) }));
    const urlWith = (authority: string) =>
      `${postgres.url.replace('127.0.0.1', 'localhost')}?sslmode=verify-full&sslrootcert=${join(folder, authority)}`;

    await expect(openPostgres(urlWith('other.pem'), settings)).rejects.toThrow('cannot be used: its certificate is not trusted');
    await using opened = await open(urlWith('own.pem'));
    const { rows } = await sql`select ssl from pg_stat_ssl where pid = pg_backend_pid()`.execute(opened.db());
    expect(rows).toEqual([{ ssl: true }]);
  });

  it('is not spoken to without TLS where the URL asks for it', async () => {
    await using database = await makeDatabase();

    await expect(openPostgres(`${database.url}?sslmode=verify-full`, settings)).rejects.toThrow('its certificate is not trusted');
  });
});
