import type { EntityManager } from '../database/connect.js';
import { findOrganization } from '../database/find-live.js';
import { Authentication } from '../entities/authentication.js';
import { Hook } from '../entities/hook.js';
import { Webhook } from '../entities/webhook.js';
import { badInput } from '../errors.js';
import type { Named } from '../reach.js';
import { renewCatalog } from './renew-catalog.js';
import { findHookFaults, joinFaults } from './hook-faults.js';
import type { ConfigureParts } from './parts.js';
import type { Checked } from './find-faults.js';
import type { AuthenticationDraft, HookDraft, WebhookDraft } from './webhook-draft.js';
import { inputReaders } from './webhook-input.js';

/** Makes a webhook from GraphQL's input. */
export async function createWebhook(parts: ConfigureParts, organization: Named, input: WebhookDraft): Promise<Webhook> {
  return saveNewWebhook(parts, organization, {
    checked: inputReaders(parts.fields).creation(input),
    hooks: input.hooks,
    hooksPath: 'input.hooks',
  });
}

/** A webhook asked for, with what its fields' rules said, and its hooks as they came in. */
export interface AskedWebhook {
  checked: Checked<WebhookDraft>;
  hooks: unknown;
  hooksPath: string;
}

/** Saves a new webhook, or tells every fault at once and saves nothing. */
export async function saveNewWebhook(parts: ConfigureParts, organization: Named, asked: AskedWebhook): Promise<Webhook> {
  return parts.writes.transaction(async (em) => {
    const { id: organizationId } = await findOrganization(em, organization);
    const faults = joinFaults(asked.checked.faults, await findHookFaults(em, organizationId, asked.hooks, asked.hooksPath));
    if (faults.length > 0) throw badInput(faults);

    await renewCatalog(em, parts.newId, organizationId);
    const { name, description, hooks, authentication } = asked.checked.value!;
    const now = parts.clock.now();
    const webhook = em.create(Webhook, {
      id: parts.newId(),
      organizationId,
      name,
      description,
      signingSecret: parts.newSigningSecret(),
      version: 1,
      createdAt: now,
      updatedAt: now,
      deletedAt: null,
    });
    hooks.forEach((hook, position) => addHook(em, parts, webhook, hook, position));
    if (authentication !== null) addAuthentication(em, parts, webhook, authentication);
    return webhook;
  });
}

export function addHook(em: EntityManager, { clock, newId }: ConfigureParts, webhook: Webhook, hook: HookDraft, position: number): Hook {
  const { organizationId, id: webhookId } = webhook;
  const now = clock.now();
  return em.create(Hook, {
    ...hook,
    id: newId(),
    organizationId,
    webhookId,
    position,
    status: 'ACTIVE',
    statusChangedAt: now,
    disabledReason: null,
    failingSince: null,
    warningCount: 0,
    createdAt: now,
  });
}

export function addAuthentication(
  em: EntityManager,
  { newId }: ConfigureParts,
  webhook: Webhook,
  draft: AuthenticationDraft,
): Authentication {
  return em.create(Authentication, { ...draft, id: newId(), webhookId: webhook.id, version: 1 });
}
