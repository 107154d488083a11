import { Migrator } from '@mikro-orm/migrations';
import { sql } from 'kysely';
import { entities } from '../entities/all.js';
import type { DatabaseConfig, Orm } from './connect.js';
import { postgresMigrations } from './migrations/postgres/all.js';

/** What no other program asks PostgreSQL to lock: the letters "hookgrap" as one number. */
const MIGRATION_LOCK = 0x686f_6f6b_6772_6170n.toString();

/** Opens the PostgreSQL database of a URL and brings its schema up to date. Several servers may do so at once: one runs the migrations. */
export async function openPostgres(url: string, config: Omit<DatabaseConfig, 'databaseUrl'>): Promise<Orm> {
  const orm = await openPostgresUrl(url, config);
  try {
    await migrate(orm);
  } catch (error) {
    await orm.close();
    throw error;
  }
  return orm;
}

/** As `openPostgres`, with the schema as it is. */
export async function openPostgresUrl(url: string, config: Omit<DatabaseConfig, 'databaseUrl'>): Promise<Orm> {
  // Loaded only where it is used: a start on SQLite need not wait for it.
  const { MikroORM } = await import('@mikro-orm/postgresql');
  const { PooledPostgresDialect } = await import('./postgres-dialect.js');
  const orm = await MikroORM.init({
    entities: [...entities],
    clientUrl: url,
    dbName: decodeURIComponent(new URL(url).pathname.slice(1)),
    driverOptions: new PooledPostgresDialect(url, config),
    extensions: [Migrator],
    migrations: { migrationsList: postgresMigrations, snapshot: false, silent: true, tableName: 'migrations' },
  });
  // The same entities and the same query builder; only the driver's type is another.
  return orm as unknown as Orm;
}

/** Within a lock of its own, since the other servers of the database may start at the same time; a transaction's, so that a pooler may stand between. */
async function migrate(orm: Orm): Promise<void> {
  await orm.em
    .fork()
    .getKysely()
    .transaction()
    .execute(async (lock) => {
      // Whoever waits here, or holds the lock while a large table is changed, does so for as long as it takes.
      await sql`set local statement_timeout = 0`.execute(lock);
      await sql`set local idle_in_transaction_session_timeout = 0`.execute(lock);
      await sql`select pg_advisory_xact_lock(${sql.raw(MIGRATION_LOCK)})`.execute(lock);
      await orm.migrator.up();
    });
}
