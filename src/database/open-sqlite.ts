import { type EntityMetadata, UnderscoreNamingStrategy } from '@mikro-orm/core';
import { Migrator } from '@mikro-orm/migrations';
import { MikroORM } from '@mikro-orm/sqlite';
import { entities } from '../entities/all.js';
import type { Orm } from './connect.js';
import { sqliteMigrations } from './migrations/sqlite/all.js';
import { refuseNewerDatabase } from './newer-database-error.js';
import { MARKS } from './lists/new-rows.js';
import { ownerLists } from './lists/owner-lists.js';
import { DurableSqliteDialect } from './sqlite-dialect.js';
import { sqliteFileOf } from './sqlite-file.js';
import { type MigrationLog, tellMigrations } from './tell-migrations.js';

/** Opens the database in the data folder, which is there, and brings its schema up to date. */
export async function openSqlite(dataDir: string, log?: MigrationLog): Promise<Orm> {
  const orm = openSqliteFile(sqliteFileOf(dataDir));
  if (log !== undefined) tellMigrations(orm, log);
  try {
    await migrate(orm);
  } catch (error) {
    await orm.close();
    throw error;
  }
  return orm;
}

/** `file` is a path, or `:memory:`. Its schema stays as it is. */
export function openSqliteFile(file: string) {
  // Unlike `init`, looks for nothing on disk that these options could lack.
  return new MikroORM({
    entities: [...entities],
    dbName: file,
    driverOptions: new DurableSqliteDialect(file),
    extensions: [Migrator],
    discovery: { onMetadata: leaveOutOwners },
    // No entities are behind these tables, and the triggers that fill them.
    schemaGenerator: { skipTables: [...ownerLists.map(({ list }) => list), MARKS], ignoreTriggers: true },
    migrations: { migrationsList: sqliteMigrations, snapshot: false, silent: true, tableName: 'migrations' },
  });
}

/** The entities have indexes by owner, for PostgreSQL; here there are lists instead. */
function leaveOutOwners(meta: EntityMetadata): void {
  const lists = ownerLists.filter(({ table }) => table === meta.tableName);
  const naming = new UnderscoreNamingStrategy();
  const columnsOf = (properties: unknown) => [properties].flat().map((name) => naming.propertyToColumnName(String(name)));
  meta.indexes = meta.indexes.filter(({ properties }) => {
    const [owner, key] = columnsOf(properties);
    return !lists.some((list) => list.key === key && list.owners.includes(owner!));
  });
}

/**
 * SQLite rebuilds a table to change it, and the dropping of the old one would delete the rows that refer to it. Foreign
 * keys can't be switched off inside a transaction, so they are off around the whole and checked afterwards.
 */
async function migrate(orm: Orm): Promise<void> {
  refuseNewerDatabase(orm, await orm.migrator.getExecuted());
  const connection = orm.em.getConnection();
  await connection.execute('pragma foreign_keys = off');
  const applied = await orm.migrator.up();
  await connection.execute('pragma foreign_keys = on');
  // The check goes through every row: with a million deliveries it would add two seconds to each start.
  if (applied.length === 0) return;
  const broken = await connection.execute('pragma foreign_key_check');
  if (broken.length > 0)
    throw new Error(`After the migration, rows refer to nothing (${broken.length} of them); the first: ${JSON.stringify(broken[0])}`);
}
