import 'reflect-metadata';
import { openOrm } from '../src/database/connect.js';

/**
 * Writes the migration that brings a database of today's migrations to today's entities:
 * `npm run migration:create -- <name>`. Add its class to `all.ts` beside it.
 */
const name = process.argv[2];
if (name === undefined || !/^[a-z][a-z-]+$/.test(name)) {
  console.error('Give the migration a name, such as: npm run migration:create -- add-hook-limits');
  process.exit(1);
}

const orm = await openOrm(':memory:');
await orm.migrator.up();
const { fileName } = await orm.migrator.create('src/database/migrations/sqlite', false, false, name);
console.log(`Written: src/database/migrations/sqlite/${fileName}`);
await orm.close();
