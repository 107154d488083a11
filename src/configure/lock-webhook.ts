import type { Tables } from '../database/connect.js';
import { isPostgres } from '../database/is-postgres.js';
import { lockHooks } from '../database/lock-hooks.js';
import { isId } from '../ids.js';

/**
 * Takes a webhook and its hooks for this transaction alone, if there is one of this id: two servers that change it at once
 * would mix two lists of hooks, and a hook's health may be judged at this moment. On SQLite there is nothing to take.
 */
export async function lockWebhook(db: Tables, id: string): Promise<void> {
  if (!isId(id) || !isPostgres(db)) return;
  await db.selectFrom('webhooks').where('id', '=', id).select('id').forNoKeyUpdate().execute();
  const hooks = await db.selectFrom('hooks').where('webhook_id', '=', id).where('status', '!=', 'REMOVED').select('id').execute();
  await lockHooks(
    db,
    hooks.map((hook) => hook.id),
  );
}
