import type { NamedBy } from '../actor.js';
import { appendAudit } from '../audit/append-audit.js';
import { findById } from '../database/find-live.js';
import { ApiKey } from '../entities/api-key.js';
import { notFound } from '../errors.js';
import { isoTime } from '../iso-time.js';
import type { ApiKeyParts } from './parts.js';

/**
 * Makes a key, and the stream tokens that were made with it, good for nothing: requests at once, open subscriptions within
 * seconds, at other servers too. Revoking twice comes to the same.
 */
export async function revokeApiKey({ writes, clock, newId, revoked }: ApiKeyParts, named: NamedBy): Promise<ApiKey> {
  return writes.transaction(async (em, tx) => {
    const apiKey = await findById(em, ApiKey, named);
    if (apiKey === null) throw notFound('API key', named.id);
    tx.afterCommit(revoked);
    const now = clock.now();
    const { id, organizationId, name } = apiKey;
    // Of two who do it at once, at two servers, one does.
    const { numUpdatedRows } = await tx.db
      .updateTable('api_keys')
      .set({ revoked_at: now })
      .where('id', '=', id)
      .where('revoked_at', 'is', null)
      .executeTakeFirst();
    await em.refresh(apiKey);
    if (numUpdatedRows === 0n) return apiKey;
    await appendAudit(tx, {
      id: newId(),
      organizationId,
      changedAt: now,
      action: 'API_KEY_REVOKED',
      actor: named.reach,
      subject: { kind: 'API_KEY', id, name },
      before: { revokedAt: null },
      after: { revokedAt: isoTime(now) },
    });
    return apiKey;
  });
}
