import type { EntityManager } from '../database/connect.js';
import type { Webhook } from '../entities/webhook.js';
import { CallerError } from '../errors.js';
import { isoTime } from '../iso-time.js';
import type { SealRing } from '../seal/seal-ring.js';
import { readDocument } from './read-document.js';

/**
 * Throws a CONFLICT, which shows the webhook as it is, where its version is not the one that was read. To be asked once nobody
 * else can change the webhook. Undefined fits every version.
 */
export async function checkVersion(
  { em, ring }: { em: EntityManager; ring: SealRing },
  webhook: Webhook,
  readVersion: number | undefined,
): Promise<void> {
  const { id, version } = webhook;
  if (readVersion === undefined || readVersion === version) return;
  const message = `input.version: expected ${version}, the version of the webhook as it is now, received ${readVersion}. extensions.webhook shows it.`;
  const configuration = await readDocument(em, ring, webhook);
  throw new CallerError('CONFLICT', message, {
    details: { webhook: { id, version, updatedAt: isoTime(webhook.updatedAt), configuration } },
  });
}
