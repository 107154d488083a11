import type { BenchDatabase } from './bench-database.js';
import type { DatabaseKind } from './database-kinds.js';
import type { Leftovers } from './leftovers.js';
import { createPostgresDatabase } from './postgres-database.js';
import { createSqliteDatabase } from './sqlite-database.js';

export function createDatabase(kind: DatabaseKind, leftovers: Leftovers): Promise<BenchDatabase> {
  return (kind === 'sqlite' ? createSqliteDatabase : createPostgresDatabase)(leftovers);
}
