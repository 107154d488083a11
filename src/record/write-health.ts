import type { WriteTransaction } from '../database/writes.js';
import { appendHealth } from '../watch/append-health.js';
import type { HealthFeed } from '../watch/health-log.js';
import type { AttemptToRecord } from './record-attempts.js';

/** What came of writing an attempt's health. */
export type WrittenHealth = 'NOTHING_NEW' | 'WRITTEN' | 'OUTDATED';

/**
 * Writes what an attempt says of its hook's health. It was decided in memory, so it is written only where the hook on disk
 * still is as it was there: a person may have paused or resumed it meanwhile, or another server have taken it over.
 */
export async function writeHealth(
  tx: WriteTransaction,
  feed: Pick<HealthFeed, 'append'>,
  { health, delivery, endedAt }: AttemptToRecord,
): Promise<WrittenHealth> {
  if (health === null) return 'NOTHING_NEW';
  const { before, after, told } = health;
  const { hookId, webhookId, event } = delivery;
  const { numUpdatedRows } = await tx.db
    .updateTable('hooks')
    .set({
      status: after.status,
      status_changed_at: after.statusChangedAt,
      disabled_reason: after.disabledReason,
      failing_since: after.failingSince,
      warning_count: after.warningCount,
    })
    .where('id', '=', hookId)
    .where('status', '=', before.status)
    .where('failing_since', before.failingSince === null ? 'is' : '=', before.failingSince)
    .where('warning_count', '=', before.warningCount)
    .executeTakeFirst();
  if (numUpdatedRows === 0n) return 'OUTDATED';
  if (told !== null) {
    await appendHealth(tx, feed, { organizationId: event.organizationId, webhookId, hookId, health: told, changedAt: endedAt });
  }
  return 'WRITTEN';
}
