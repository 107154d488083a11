import type { EntityManager } from '../database/connect.js';
import { Authentication } from '../entities/authentication.js';
import { Hook } from '../entities/hook.js';
import type { Webhook } from '../entities/webhook.js';
import type { SealRing } from '../seal/seal-ring.js';
import { maskedHeaderValueFormat, openExtraParameters } from './seal-authentication.js';
import { type WebhookDocument, writeDocument } from './webhook-document.js';

/** A webhook as it is saved, as a configuration document with its secrets masked, and what may be a secret beside the token too. */
export async function readDocument(em: EntityManager, ring: SealRing, webhook: Webhook): Promise<WebhookDocument> {
  const { id: webhookId, organizationId } = webhook;
  const hooks = await em.find(Hook, { webhookId, status: { $ne: 'REMOVED' } }, { orderBy: { position: 'asc', id: 'asc' } });
  const authentication = await em.findOne(Authentication, { webhookId });
  if (authentication === null) return writeDocument(webhook, hooks, null);
  const headerValueFormat = maskedHeaderValueFormat(ring, organizationId, authentication);
  const extraParameterNames = openExtraParameters(ring, organizationId, authentication).map(({ name }) => name);
  return writeDocument(webhook, hooks, { ...authentication, headerValueFormat, extraParameterNames });
}
