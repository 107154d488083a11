import type { EntityManager } from '../database/connect.js';
import { Authentication } from '../entities/authentication.js';
import { Hook } from '../entities/hook.js';
import type { Webhook } from '../entities/webhook.js';
import { type WebhookDocument, writeDocument } from './webhook-document.js';

/** A webhook as it is saved, as a configuration document with its secret masked. */
export async function readDocument(em: EntityManager, webhook: Webhook): Promise<WebhookDocument> {
  const { id: webhookId } = webhook;
  const hooks = await em.find(Hook, { webhookId, status: { $ne: 'REMOVED' } }, { orderBy: { position: 'asc', id: 'asc' } });
  return writeDocument(webhook, hooks, await em.findOne(Authentication, { webhookId }));
}
