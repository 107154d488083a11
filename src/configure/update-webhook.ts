import type { NamedBy } from '../actor.js';
import { appendAudit } from '../audit/append-audit.js';
import type { EntityManager } from '../database/connect.js';
import { findWebhook } from '../database/find-live.js';
import { Authentication } from '../entities/authentication.js';
import { Hook } from '../entities/hook.js';
import type { Webhook } from '../entities/webhook.js';
import { badInput, describe, type Fault } from '../errors.js';
import { signalsFor } from '../lead/tell-leaders.js';
import { beginSealing, type Seal } from '../seal/begin-sealing.js';
import { checkVersion } from './check-version.js';
import { addAuthentication, addHook } from './create-webhook.js';
import { HOOKS_LIMIT } from './field-schemas.js';
import { findHookFaults, hookKey, joinFaults } from './hook-faults.js';
import { lockWebhook } from './lock-webhook.js';
import type { ConfigureParts } from './parts.js';
import { renewCatalog } from './renew-catalog.js';
import { openSecrets, sealAuthentication } from './seal-authentication.js';
import { readShownWebhook, shownWebhook, showSecretChanges } from './shown-webhook.js';
import { type AuthenticationDraft, defaultHookSettings, type HookDraft } from './webhook-draft.js';
import { type HookChange, inputReaders, type WebhookChange } from './webhook-input.js';

/** A hook of the new list: one that stays, or a new one, each with all its fields. */
interface PlannedHook {
  kept: Hook | undefined;
  fields: Partial<HookDraft>;
}

/**
 * Changes what the input names and leaves the rest. Hooks that are no longer in the list are removed and their open
 * deliveries cancelled; those that have no order any more let go of what waits; answers when that is done. Throws a CONFLICT
 * where the webhook has another version than the one that the input names.
 */
export async function updateWebhook(parts: ConfigureParts, named: NamedBy, input: WebhookChange): Promise<Webhook> {
  const { id } = named;
  const { value, faults: ofFields } = inputReaders(parts.fields).change(input);
  const change = value ?? input;
  let removedIds: string[] = [];
  let hasUnordered = false;

  const webhook = await parts.writes.transaction(async (em, tx) => {
    await lockWebhook(tx.db, id);
    const found = await findWebhook(em, named);
    await checkVersion({ em, ring: parts.ring }, found, value?.version);
    const hooks = await em.find(Hook, { webhookId: id, status: { $ne: 'REMOVED' } }, { orderBy: { position: 'asc' } });
    const planned = isHookList(change.hooks) ? planHooks(hooks, change.hooks) : undefined;
    const authentication = await em.findOne(Authentication, { webhookId: id });

    const faults = joinFaults(ofFields, [
      ...(planned === undefined ? [] : await findListFaults(em, parts, found.organizationId, planned, change.hooks!)),
      ...findAuthenticationFaults(parts, authentication, change.authentication),
    ]);
    if (faults.length > 0) throw badInput(faults);

    const before = shownWebhook(parts.ring, found, { hooks, authentication });
    const secretsBefore = authentication === null ? null : openSecrets(parts.ring, found.organizationId, authentication);
    const ordered = hooks.filter(({ ordering }) => ordering !== 'NONE');
    if (planned !== undefined) {
      await renewCatalog(em, parts.newId, found.organizationId);
      removedIds = applyHooks(em, parts, found, hooks, planned);
    }
    hasUnordered = ordered.some(({ ordering }) => ordering === 'NONE');
    const seal = await beginSealing(tx.db, parts.ring);
    applyAuthentication(em, { ...parts, seal }, found, authentication, change.authentication);
    if (change.name !== undefined) found.name = change.name;
    if (change.description !== undefined) found.description = change.description;
    const now = parts.clock.now();
    found.updatedAt = now;
    found.version += 1;
    await em.flush();
    const after = await readShownWebhook(em, parts.ring, found);
    if (authentication !== null && secretsBefore !== null)
      showSecretChanges(after, secretsBefore, openSecrets(parts.ring, found.organizationId, authentication));
    await appendAudit(tx, {
      id: parts.newId(),
      organizationId: found.organizationId,
      changedAt: now,
      action: 'WEBHOOK_UPDATED',
      actor: named.reach,
      subject: { kind: 'WEBHOOK', id, name: found.name },
      before,
      after,
    });

    await parts.tellLeaders(
      tx,
      signalsFor(
        'REFRESH',
        hooks.map((hook) => hook.id),
      ),
    );
    return found;
  });
  if (removedIds.length > 0) await parts.cancelDeliveriesOfRemovedHooks();
  if (hasUnordered) await parts.releaseUnordered();
  return webhook;
}

/** Whether there is a list to look at: a field may hold null, or too much, and its own rule has said so. */
function isHookList(hooks: WebhookChange['hooks'] | null): hooks is HookChange[] {
  return Array.isArray(hooks) && hooks.length <= HOOKS_LIMIT;
}

/** Finds for each hook of the new list the one that it continues: by its id, or by its type, method and endpoint. */
function planHooks(hooks: readonly Hook[], changes: readonly HookChange[]): PlannedHook[] {
  const named = new Set(changes.map(({ id }) => id));
  const byKey = new Map(hooks.filter(({ id }) => !named.has(id)).map((hook) => [hookKey(hook), hook]));
  return changes.map(({ id, ...fields }) => {
    const kept = id === undefined ? byKey.get(hookKey(fields)) : hooks.find((hook) => hook.id === id);
    const before = kept === undefined ? {} : { type: kept.type, method: kept.method, endpoint: kept.endpoint };
    return { kept, fields: { ...before, ...fields } };
  });
}

async function findListFaults(
  em: EntityManager,
  parts: ConfigureParts,
  organizationId: string,
  planned: readonly PlannedHook[],
  changes: readonly HookChange[],
): Promise<Fault[]> {
  const root = 'input.hooks';
  const ids = changes.map(({ id }) => id);
  const ofIds = planned.flatMap(({ kept }, index): Fault[] => {
    const id = ids[index];
    const path = `${root}[${index}].id`;
    if (id === undefined) return [];
    if (kept === undefined) return [{ path, received: describe(id), expected: 'the id of a hook of this webhook' }];
    return ids.indexOf(id) === index
      ? []
      : [{ path, received: describe(id), expected: `an id that does not stand at ${root}[${ids.indexOf(id)}] already` }];
  });
  const unfinished = planned.flatMap(({ fields }, index) =>
    (['type', 'method', 'endpoint'] as const)
      .filter((field) => fields[field] === undefined && ids[index] === undefined)
      .map((field): Fault => ({ path: `${root}[${index}].${field}`, received: 'nothing', expected: 'a value, as the hook is new' })),
  );
  if (ofIds.length > 0 || unfinished.length > 0) return [...ofIds, ...unfinished];
  return findHookFaults(
    em,
    organizationId,
    planned.map(({ fields }) => fields),
    root,
  );
}

/** Answers with the ids of the hooks that are no longer in the list. */
function applyHooks(
  em: EntityManager,
  parts: ConfigureParts,
  webhook: Webhook,
  hooks: readonly Hook[],
  planned: readonly PlannedHook[],
): string[] {
  planned.forEach(({ kept, fields }, position) => {
    if (kept === undefined) addHook(em, parts, webhook, { ...defaultHookSettings, ...fields } as HookDraft, position);
    else em.assign(kept, { ...fields, position });
  });
  const keptHooks = new Set(planned.map(({ kept }) => kept));
  const removed = hooks.filter((hook) => !keptHooks.has(hook));
  for (const hook of removed) hook.status = 'REMOVED';
  return removed.map(({ id }) => id);
}

const unsaid = { clientAuthentication: 'BASIC', scope: null, audience: null, resource: null, extraParameters: null } as const;

/** A new authentication needs all that has no default; one that is there needs nothing. */
function findAuthenticationFaults(parts: ConfigureParts, known: Authentication | null, change: WebhookChange['authentication']): Fault[] {
  if (known !== null || change == null) return [];
  return inputReaders(parts.fields).authentication({ ...unsaid, ...change }).faults;
}

function applyAuthentication(
  em: EntityManager,
  parts: ConfigureParts & { seal: Seal },
  webhook: Webhook,
  known: Authentication | null,
  change: WebhookChange['authentication'],
): void {
  if (change === undefined) return;
  if (change === null) {
    if (known !== null) em.remove(known);
  } else if (known === null) {
    addAuthentication(em, parts, webhook, { ...unsaid, ...change } as AuthenticationDraft);
  } else {
    const sealed = sealAuthentication(parts.seal, { organizationId: webhook.organizationId, id: known.id }, change);
    em.assign(known, { ...change, ...sealed, version: known.version + 1 });
  }
}
