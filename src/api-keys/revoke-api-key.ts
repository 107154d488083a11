import { findById } from '../database/find-live.js';
import { ApiKey } from '../entities/api-key.js';
import { notFound } from '../errors.js';
import { EVERYTHING } from '../reach.js';
import type { ApiKeyParts } from './parts.js';

/**
 * Makes a key, and the stream tokens that were made with it, good for nothing: requests at once, open subscriptions within
 * seconds, at other servers too. Revoking twice comes to the same.
 */
export async function revokeApiKey({ writes, clock, revoked }: ApiKeyParts, id: string): Promise<ApiKey> {
  return writes.transaction(async (em, tx) => {
    const apiKey = await findById(em, ApiKey, { id, reach: EVERYTHING });
    if (apiKey === null) throw notFound('API key', id);
    apiKey.revokedAt ??= clock.now();
    tx.afterCommit(revoked);
    return apiKey;
  });
}
