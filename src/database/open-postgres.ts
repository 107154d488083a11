import { Migrator } from '@mikro-orm/migrations';
import { sql } from 'kysely';
import { entities } from '../entities/all.js';
import type { DatabaseConfig, Orm } from './connect.js';
import { storageFaultOf } from './storage-fault.js';
import { UnreachableError } from './unreachable-error.js';
import { postgresMigrations } from './migrations/postgres/all.js';

/** What no other program asks PostgreSQL to lock: the letters "hookgrap" as one number. */
const MIGRATION_LOCK = 0x686f_6f6b_6772_6170n.toString();

/** Opens the PostgreSQL database of a URL and brings its schema up to date. Several servers may do so at once: one runs the migrations. */
export async function openPostgres(url: string, config: Omit<DatabaseConfig, 'databaseUrl'>): Promise<Orm> {
  await migrate(url, config);
  return openPostgresUrl(url, config);
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
async function migrate(url: string, config: Omit<DatabaseConfig, 'databaseUrl'>): Promise<void> {
  // Whoever waits for the lock, or holds it while a large table is changed, does so for as long as it takes.
  const orm = await openPostgresUrl(url, { ...config, databaseStatementTimeoutMs: 0, databasePoolSize: 3 });
  try {
    const transaction = orm.em.fork().getKysely().transaction();
    await transaction.execute(async (lock) => {
      await sql`select pg_advisory_xact_lock(${sql.raw(MIGRATION_LOCK)})`.execute(lock);
      await orm.migrator.up();
    });
  } catch (error) {
    const fault = storageFaultOf(error);
    throw fault === undefined ? error : new UnreachableError(url, fault);
  } finally {
    await orm.close();
  }
}
