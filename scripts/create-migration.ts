import 'reflect-metadata';
import { openPostgresUrl } from '../src/database/open-postgres.js';
import { openSqliteFile } from '../src/database/open-sqlite.js';
import { startLocalPostgres } from './local-postgres.js';
import { writeMigration } from './write-migration.js';

/**
 * Writes the migrations that bring databases of today's migrations to today's entities, one for each kind of database:
 * `npm run migration:create -- <name>`. Add their classes to `all.ts` beside them.
 */
const name = process.argv[2];
if (name === undefined || !/^[a-z][a-z-]+$/.test(name)) {
  console.error('Give the migration a name, such as: npm run migration:create -- add-hook-limits');
  process.exit(1);
}

await using postgres = await startLocalPostgres();
const settings = { dataDir: '', databasePoolSize: 2, databaseStatementTimeoutMs: 60_000, databaseNotifications: 'listen' } as const;
for (const [kind, open] of [
  ['sqlite', () => openSqliteFile(':memory:')],
  ['postgres', () => openPostgresUrl(postgres.url, settings)],
] as const) {
  const orm = await open();
  const fileName = await writeMigration(orm, `src/database/migrations/${kind}`, name);
  console.log(fileName === '' ? `Nothing to write for ${kind}.` : `Written: src/database/migrations/${kind}/${fileName}`);
  await orm.close();
}
