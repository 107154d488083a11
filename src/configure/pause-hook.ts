import type { NamedBy } from '../actor.js';
import { appendAudit } from '../audit/append-audit.js';
import type { EntityManager } from '../database/connect.js';
import { findById } from '../database/find-live.js';
import { lockHooks } from '../database/lock-hooks.js';
import type { WriteTransaction } from '../database/writes.js';
import { healthOf } from '../entities/hook-health.js';
import { Hook } from '../entities/hook.js';
import type { SignalKind } from '../entities/signal.js';
import { notFound } from '../errors.js';
import { isId } from '../ids.js';
import { appendHealth } from '../watch/append-health.js';
import type { ConfigureParts } from './parts.js';

/**
 * Holds a hook's deliveries, those to come too, until it is resumed. Attempts on the wire end and are recorded. Pausing
 * twice comes to the same. Throws where there is no such hook in use.
 */
export function pauseHook(parts: ConfigureParts, named: NamedBy): Promise<Hook> {
  return setStatus(parts, named, { status: 'PAUSED', signal: 'REFRESH', action: 'HOOK_PAUSED' });
}

/**
 * Goes on with a hook that was paused or disabled. What is past of its failures is forgotten. Its deliveries go out one at
 * a time at first, and more side by side with each that succeeds. A hook that is not held stays as it is. Throws where
 * there is no such hook in use.
 */
export function resumeHook(parts: ConfigureParts, named: NamedBy): Promise<Hook> {
  return setStatus(parts, named, { status: 'ACTIVE', signal: 'RESUME', action: 'HOOK_RESUMED' });
}

interface StatusChange {
  status: 'ACTIVE' | 'PAUSED';
  /** What its leader is told. */
  signal: SignalKind;
  action: 'HOOK_PAUSED' | 'HOOK_RESUMED';
}

/** What a person says of a hook stands, and what was seen of its failures before is forgotten. */
function setStatus(parts: ConfigureParts, named: NamedBy, { status, signal, action }: StatusChange): Promise<Hook> {
  return parts.writes.transaction(async (em, tx) => {
    const hook = await findHook(em, tx, named);
    if (hook.status === status) return hook;
    const now = parts.clock.now();
    const { id, organizationId, type, status: before } = hook;
    Object.assign(hook, { status, statusChangedAt: now, disabledReason: null, failingSince: null, warningCount: 0 });
    await appendAudit(tx, {
      id: parts.newId(),
      organizationId,
      changedAt: now,
      action,
      actor: named.reach,
      subject: { kind: 'HOOK', id, name: type },
      before: { status: before },
      after: { status },
    });
    await tellHealth(parts, tx, hook);
    await parts.tellLeaders(tx, [{ kind: signal, hookId: hook.id }]);
    return hook;
  });
}

/** The hook, which no other server judges or changes until the transaction ends. */
async function findHook(em: EntityManager, { db }: WriteTransaction, named: NamedBy): Promise<Hook> {
  const { id } = named;
  if (isId(id)) await lockHooks(db, [id]);
  const hook = await findById(em, Hook, named);
  if (hook === null || hook.status === 'REMOVED') throw notFound('hook', id);
  return hook;
}

async function tellHealth({ healthFeed, clock, disableAfterMs }: ConfigureParts, tx: WriteTransaction, hook: Hook): Promise<void> {
  const { organizationId, webhookId, id: hookId } = hook;
  await appendHealth(tx, healthFeed, {
    organizationId,
    webhookId,
    hookId,
    health: healthOf(hook, disableAfterMs),
    changedAt: clock.now(),
  });
}
