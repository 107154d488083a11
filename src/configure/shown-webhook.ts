import type { EntityManager } from '../database/connect.js';
import type { Authentication } from '../entities/authentication.js';
import type { Hook } from '../entities/hook.js';
import type { Webhook } from '../entities/webhook.js';
import { readDocument } from './read-document.js';
import { MASKED_SECRET } from './webhook-draft.js';
import { type WebhookDocument, writeDocument } from './webhook-document.js';

/** A webhook as the audit log shows it, its secret masked. */
export interface ShownWebhook extends WebhookDocument {
  version: number;
}

export function shownWebhook(webhook: Webhook, hooks: readonly Hook[], authentication: Authentication | null): ShownWebhook {
  return { version: webhook.version, ...writeDocument(webhook, hooks, authentication) };
}

/** The webhook as it is saved. */
export async function readShownWebhook(em: EntityManager, webhook: Webhook): Promise<ShownWebhook> {
  return { version: webhook.version, ...(await readDocument(em, webhook)) };
}

/** Says of the client secret that it is another one than before, and no more. */
export function showSecretChange({ authentication }: ShownWebhook): void {
  if (authentication !== null) authentication.credentials.client_secret = `${MASKED_SECRET} (changed)`;
}
