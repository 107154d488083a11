import { isPostgres } from '../database/is-postgres.js';
import type { WriteTransaction } from '../database/writes.js';
import type { HealthChange, HealthFeed } from './health-log.js';
import { announceEntries } from './horizon.js';

/** Appends a change of a hook's health to the log, and tells the feed of it once it is on disk. */
export async function appendHealth(
  tx: WriteTransaction,
  feed: Pick<HealthFeed, 'append'>,
  change: Omit<HealthChange, 'sequence'>,
): Promise<void> {
  const { organizationId, webhookId, hookId, health, changedAt } = change;
  if (isPostgres(tx.db)) await announceEntries(tx.db, 'hook_health_changes');
  const { sequence } = await tx.db
    .insertInto('hook_health_changes')
    .values({
      organization_id: organizationId,
      webhook_id: webhookId,
      hook_id: hookId,
      status: health.status,
      since: health.since,
      disabled_reason: health.disabledReason,
      disables_at: health.disablesAt,
      changed_at: changedAt,
      // The database gives the number; the column is in the row's type because entities know it.
      sequence: undefined as unknown as number,
    })
    .returning('sequence')
    .executeTakeFirstOrThrow();
  tx.afterCommit(() => feed.append([{ ...change, sequence }]));
}
