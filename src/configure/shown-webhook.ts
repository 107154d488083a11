import type { EntityManager } from '../database/connect.js';
import { Authentication } from '../entities/authentication.js';
import { Hook } from '../entities/hook.js';
import type { Webhook } from '../entities/webhook.js';
import type { SealRing } from '../seal/seal-ring.js';
import { hasSecretPart } from '../send/authentication-header.js';
import { maskedHeaderValueFormat, openExtraParameters, type OpenSecrets } from './seal-authentication.js';
import { MASKED_SECRET } from './webhook-draft.js';
import { type WebhookDocument, writeDocument } from './webhook-document.js';

/** A webhook as the audit log shows it: its client secret masked, and what may be a secret beside the token too. */
export interface ShownWebhook extends WebhookDocument {
  version: number;
}

/** What belongs to a webhook. */
interface OfWebhook {
  hooks: readonly Hook[];
  authentication: Authentication | null;
}

export function shownWebhook(ring: SealRing, webhook: Webhook, { hooks, authentication }: OfWebhook): ShownWebhook {
  return { version: webhook.version, ...writeDocument(webhook, hooks, masked(ring, webhook, authentication)) };
}

/** The webhook as it is saved. */
export async function readShownWebhook(em: EntityManager, ring: SealRing, webhook: Webhook): Promise<ShownWebhook> {
  const { id: webhookId } = webhook;
  const hooks = await em.find(Hook, { webhookId, status: { $ne: 'REMOVED' } }, { orderBy: { position: 'asc', id: 'asc' } });
  return shownWebhook(ring, webhook, { hooks, authentication: await em.findOne(Authentication, { webhookId }) });
}

/** Says of secrets that they are others than before, and no more. */
export function showSecretChanges({ authentication }: ShownWebhook, before: OpenSecrets, after: OpenSecrets): void {
  if (authentication === null) return;
  if (after.clientSecret !== before.clientSecret) authentication.credentials.client_secret = `${MASKED_SECRET} (changed)`;
  if (after.headerValueFormat !== before.headerValueFormat && hasSecretPart(after.headerValueFormat))
    authentication.header_value_format += ' (changed)';
  const valuesBefore = new Map(before.extraParameters.map(({ name, value }) => [name, value]));
  after.extraParameters.forEach(({ name, value }, index) => {
    const valueBefore = valuesBefore.get(name);
    if (valueBefore !== undefined && valueBefore !== value) authentication.extra_parameters![index]!.value = `${MASKED_SECRET} (changed)`;
  });
}

function masked(ring: SealRing, { organizationId }: Webhook, authentication: Authentication | null) {
  if (authentication === null) return null;
  return {
    ...authentication,
    headerValueFormat: maskedHeaderValueFormat(ring, organizationId, authentication),
    extraParameterNames: openExtraParameters(ring, organizationId, authentication).map(({ name }) => name),
  };
}
