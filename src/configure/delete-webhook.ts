import type { NamedBy } from '../actor.js';
import { appendAudit } from '../audit/append-audit.js';
import { findWebhook } from '../database/find-live.js';
import { Authentication } from '../entities/authentication.js';
import { Hook } from '../entities/hook.js';
import { signalsFor } from '../lead/tell-leaders.js';
import { lockWebhook } from './lock-webhook.js';
import type { ConfigureParts } from './parts.js';
import { renewCatalog } from './renew-catalog.js';
import { readShownWebhook } from './shown-webhook.js';

/**
 * Deletes a webhook: its hooks are removed, its open deliveries end as cancelled, its secrets go. The record of its
 * deliveries stays. Answers, with the id, when no delivery is open any more.
 */
export async function deleteWebhook(parts: ConfigureParts, named: NamedBy): Promise<string> {
  const { id } = named;
  await parts.writes.transaction(async (em, tx) => {
    await lockWebhook(tx.db, id);
    const webhook = await findWebhook(em, named);
    const hooks = await em.find(Hook, { webhookId: id, status: { $ne: 'REMOVED' } });
    const before = await readShownWebhook(em, parts.ring, webhook);
    await renewCatalog(em, parts.newId, webhook.organizationId);
    const now = parts.clock.now();
    webhook.deletedAt = now;
    webhook.updatedAt = now;
    webhook.version += 1;
    webhook.signingSecret = '';
    for (const hook of hooks) hook.status = 'REMOVED';
    await em.nativeDelete(Authentication, { webhookId: id });
    const { organizationId, name } = webhook;
    await appendAudit(tx, {
      id: parts.newId(),
      organizationId,
      changedAt: now,
      action: 'WEBHOOK_DELETED',
      actor: named.reach,
      subject: { kind: 'WEBHOOK', id, name },
      before,
      after: null,
    });
    await parts.tellLeaders(
      tx,
      signalsFor(
        'REFRESH',
        hooks.map((hook) => hook.id),
      ),
    );
  });
  await parts.cancelDeliveriesOfRemovedHooks();
  return id;
}
