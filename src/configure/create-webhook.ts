import type { NamedBy } from '../actor.js';
import { appendAudit } from '../audit/append-audit.js';
import type { EntityManager } from '../database/connect.js';
import { findById } from '../database/find-live.js';
import { Authentication } from '../entities/authentication.js';
import { Hook } from '../entities/hook.js';
import { Organization } from '../entities/organization.js';
import { Webhook } from '../entities/webhook.js';
import { badInput, type CallerError, describe, type Fault, notFound } from '../errors.js';
import { beginSealing, type Seal } from '../seal/begin-sealing.js';
import { renewCatalog } from './renew-catalog.js';
import { findHookFaults, joinFaults } from './hook-faults.js';
import type { ConfigureParts } from './parts.js';
import type { Checked } from './find-faults.js';
import { sealAuthentication } from './seal-authentication.js';
import type { AuthenticationDraft, HookDraft, WebhookDraft } from './webhook-draft.js';
import { inputReaders } from './webhook-input.js';
import { shownWebhook } from './shown-webhook.js';

/** Makes a webhook from GraphQL's input. */
export async function createWebhook(parts: ConfigureParts, organization: NamedBy, input: WebhookDraft): Promise<Webhook> {
  return saveNewWebhook(parts, organization, {
    action: 'WEBHOOK_CREATED',
    checked: inputReaders(parts.fields).creation(input),
    hooks: input.hooks,
    hooksPath: 'input.hooks',
    organizationPath: 'input.organizationId',
  });
}

/** A webhook asked for, with what its fields' rules said, and its hooks as they came in. */
export interface AskedWebhook {
  action: 'WEBHOOK_CREATED' | 'WEBHOOK_IMPORTED';
  checked: Checked<WebhookDraft>;
  hooks: unknown;
  hooksPath: string;
  /** Where the organization is named. */
  organizationPath: string;
}

/** That there is no such organization, beside all else that is wrong. */
function unknownOrganization(id: string, path: string, faults: readonly Fault[]): CallerError {
  if (faults.length === 0) return notFound('organization', id);
  return badInput(joinFaults([{ path, received: describe(id), expected: 'the id of an organization that there is' }], faults));
}

/** Saves a new webhook, or tells every fault at once and saves nothing. */
export async function saveNewWebhook(parts: ConfigureParts, organization: NamedBy, asked: AskedWebhook): Promise<Webhook> {
  return parts.writes.transaction(async (em, tx) => {
    const organizationId = (await findById(em, Organization, organization))?.id ?? null;
    const faults = joinFaults(asked.checked.faults, await findHookFaults(em, organizationId, asked.hooks, asked.hooksPath));
    if (organizationId === null) throw unknownOrganization(organization.id, asked.organizationPath, faults);
    if (faults.length > 0) throw badInput(faults);

    await renewCatalog(em, parts.newId, organizationId);
    const { name, description, hooks, authentication } = asked.checked.value!;
    const seal = await beginSealing(tx.db, parts.ring);
    const id = parts.newId();
    const now = parts.clock.now();
    const webhook = em.create(Webhook, {
      id,
      organizationId,
      name,
      description,
      signingSecret: seal(parts.newSigningSecret(), { organizationId, column: 'webhooks.signing_secret', id }),
      version: 1,
      createdAt: now,
      updatedAt: now,
      deletedAt: null,
    });
    const added = hooks.map((hook, position) => addHook(em, parts, webhook, hook, position));
    const addedAuthentication = authentication === null ? null : addAuthentication(em, { ...parts, seal }, webhook, authentication);
    await appendAudit(tx, {
      id: parts.newId(),
      organizationId,
      changedAt: now,
      action: asked.action,
      actor: organization.reach,
      subject: { kind: 'WEBHOOK', id, name },
      before: null,
      after: shownWebhook(parts.ring, webhook, { hooks: added, authentication: addedAuthentication }),
    });
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
  { newId, seal }: ConfigureParts & { seal: Seal },
  webhook: Webhook,
  draft: AuthenticationDraft,
): Authentication {
  const id = newId();
  const sealed = sealAuthentication(seal, { organizationId: webhook.organizationId, id }, draft);
  return em.create(Authentication, { ...draft, ...sealed, id, webhookId: webhook.id, version: 1 });
}
