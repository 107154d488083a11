import type { Config } from '../config.js';
import type { openSqliteFile } from './open-sqlite.js';
import type { MigrationLog } from './tell-migrations.js';

/** The ORM with its entities, connected: the same for both databases. */
export type Orm = ReturnType<typeof openSqliteFile>;

/** The query builder that hot paths use, with the tables and columns of the entities. */
export type Tables = ReturnType<typeof kyselyOf>;

/** A unit of work with its own identity map: one a request, one a notice, one a transaction. */
export type EntityManager = Orm['em'];

/** Which database, and how it is spoken to. */
export type DatabaseConfig = Pick<
  Config,
  'dataDir' | 'databaseUrl' | 'databasePoolSize' | 'databaseStatementTimeoutMs' | 'databaseNotifications'
>;

/** Opens the database that is configured and brings its schema up to date, of which it tells `log`. For SQLite the data folder must be there. */
export async function connectDatabase(config: DatabaseConfig, log?: MigrationLog): Promise<Orm> {
  const { databaseUrl } = config;
  // Only that driver is loaded which is needed: each takes a tenth of a start.
  if (databaseUrl === undefined) return (await import('./open-sqlite.js')).openSqlite(config.dataDir, log);
  return (await import('./open-postgres.js')).openPostgres(databaseUrl, config, log);
}

function kyselyOf(orm: Orm) {
  return orm.em.getKysely();
}
