import type { Tables } from './connect.js';
import { isPostgres } from './is-postgres.js';

/** The order that a hook has, by its id. */
type Orderings = ReadonlyMap<string, string>;

/**
 * Takes these hooks for this transaction alone, where what it does hangs on their rows or on the order of their deliveries:
 * nobody changes them, and nobody publishes into a line while its first delivery ends, which would leave what waits in it for
 * ever. What it reads of them from now on holds to its end. Answers with the order that each hook has now.
 *
 * Two servers that wait for each other are broken off, so all that a transaction needs is best taken at once. On SQLite there
 * is one transaction at a time, and nothing to take.
 */
export async function lockHooks(db: Tables, hookIds: readonly string[]): Promise<Orderings> {
  if (hookIds.length === 0 || !isPostgres(db)) return new Map();
  const rows = await db
    .selectFrom('hooks')
    .where('id', 'in', [...new Set(hookIds)])
    .orderBy('id')
    .select(['id', 'ordering'])
    // The weaker of the two locks: new deliveries refer to the row, and those of others must not wait.
    .forNoKeyUpdate()
    .execute();
  return new Map(rows.map(({ id, ordering }) => [id, ordering]));
}
