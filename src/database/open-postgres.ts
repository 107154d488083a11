import { Migrator } from '@mikro-orm/migrations';
import { sql } from 'kysely';
import { entities } from '../entities/all.js';
import { causesOf, codeOf } from './causes-of.js';
import type { DatabaseConfig, Orm } from './connect.js';
import { refuseNewerDatabase } from './newer-database-error.js';
import { storageFaultOf } from './storage-fault.js';
import { type MigrationLog, tellMigrations } from './tell-migrations.js';
import { UnreachableError } from './unreachable-error.js';
import { postgresMigrations } from './migrations/postgres/all.js';

/** What no other program asks PostgreSQL to lock: the letters "hookgrap" as one number. */
const MIGRATION_LOCK = 0x686f_6f6b_6772_6170n.toString();

/** Opens the PostgreSQL database of a URL and brings its schema up to date. Several servers may do so at once: one runs the migrations. */
export async function openPostgres(url: string, config: Omit<DatabaseConfig, 'databaseUrl'>, log?: MigrationLog): Promise<Orm> {
  await migrate(url, config, log);
  const orm = await openPostgresUrl(url, config);
  try {
    // Its connections are not made as those for the migrations are.
    await sql`select 1`.execute(orm.em.fork().getKysely());
  } catch (error) {
    await orm.close();
    throw unreachable(url, error);
  }
  return orm;
}

/** As `openPostgres`, with the schema as it is. Migrations need to know no entities, and finding out about all of them is half of it. */
export async function openPostgresUrl(
  url: string,
  config: Omit<DatabaseConfig, 'databaseUrl'>,
  known: ReadonlyArray<(typeof entities)[number]> = entities,
): Promise<Orm> {
  // Loaded only where it is used: a start on SQLite need not wait for it.
  const { MikroORM } = await import('@mikro-orm/postgresql');
  const { PooledPostgresDialect } = await import('./postgres-dialect.js');
  const orm = new MikroORM({
    entities: [...known],
    discovery: { warnWhenNoEntities: false },
    clientUrl: url,
    dbName: decodeURIComponent(new URL(url).pathname.slice(1)),
    // It would look for it on a connection of its own, in the middle of the first transaction by entities.
    ensureDatabase: false,
    driverOptions: new PooledPostgresDialect(url, config),
    extensions: [Migrator],
    migrations: { migrationsList: postgresMigrations, snapshot: false, silent: true, tableName: 'migrations' },
  });
  // The same entities and the same query builder; only the driver's type is another.
  return orm as unknown as Orm;
}

/**
 * Within a lock, since the other servers of the database may start at the same time; a transaction's, so that a pooler may
 * stand between. What is done under the lock is done in that transaction: where those who wait have all connections that the
 * pooler gives, there would be none for the one who has the lock.
 */
async function migrate(url: string, config: Omit<DatabaseConfig, 'databaseUrl'>, log?: MigrationLog): Promise<void> {
  // Whoever waits for the lock, or holds it while a large table is changed, does so for as long as it takes.
  const orm = await openPostgresUrl(url, { ...config, databaseStatementTimeoutMs: 0, databasePoolSize: 1 }, []);
  if (log !== undefined) tellMigrations(orm, log);
  try {
    // It makes the table of those that were run, which it would otherwise do on a second connection.
    await orm.migrator.getExecuted().catch(unlessMadeMeanwhile);
    // Not `transaction()`: within it the migrator makes savepoints.
    const reserved = orm.em.fork().getKysely().connection();
    await reserved.execute(async (connection) => {
      const lock = await connection.startTransaction().execute();
      try {
        await sql`select pg_advisory_xact_lock(${sql.raw(MIGRATION_LOCK)})`.execute(lock);
        const { rows: executed } = await sql<{ name: string }>`select name from migrations order by id`.execute(lock);
        refuseNewerDatabase(orm, executed);
        await orm.migrator.up({ transaction: lock });
        await lock.commit().execute();
      } catch (error) {
        await lock.rollback().execute();
        throw error;
      }
    });
  } catch (error) {
    throw unreachable(url, error);
  } finally {
    await orm.close();
  }
}

function unreachable(url: string, error: unknown): unknown {
  const fault = storageFaultOf(error);
  return fault === undefined ? error : new UnreachableError(url, fault);
}

/** Several may make the table of migrations at once; all but one are told that it is there (unique_violation, duplicate_table, duplicate_object: its type). */
function unlessMadeMeanwhile(error: unknown): never[] {
  if (!causesOf(error).some((one) => ['23505', '42P07', '42710'].includes(codeOf(one) ?? ''))) throw error;
  return [];
}
