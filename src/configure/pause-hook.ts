import type { EntityManager } from '../database/connect.js';
import { findById } from '../database/find-live.js';
import { lockHooks } from '../database/lock-hooks.js';
import type { WriteTransaction } from '../database/writes.js';
import { healthOf } from '../entities/hook-health.js';
import { Hook } from '../entities/hook.js';
import type { SignalKind } from '../entities/signal.js';
import { notFound } from '../errors.js';
import { isId } from '../ids.js';
import type { Named } from '../reach.js';
import { appendHealth } from '../watch/append-health.js';
import type { ConfigureParts } from './parts.js';

/**
 * Holds a hook's deliveries, those to come too, until it is resumed. Attempts on the wire end and are recorded. Pausing
 * twice comes to the same. Throws where there is no such hook in use.
 */
export function pauseHook(parts: ConfigureParts, named: Named): Promise<Hook> {
  return setStatus(parts, named, 'PAUSED', 'REFRESH');
}

/**
 * Goes on with a hook that was paused or disabled. What is past of its failures is forgotten. Its deliveries go out one at
 * a time at first, and more side by side with each that succeeds. A hook that is not held stays as it is. Throws where
 * there is no such hook in use.
 */
export function resumeHook(parts: ConfigureParts, named: Named): Promise<Hook> {
  return setStatus(parts, named, 'ACTIVE', 'RESUME');
}

/** What a person says of a hook stands, and what was seen of its failures before is forgotten. */
function setStatus(parts: ConfigureParts, named: Named, status: 'ACTIVE' | 'PAUSED', signal: SignalKind): Promise<Hook> {
  return parts.writes.transaction(async (em, tx) => {
    const hook = await findHook(em, tx, named);
    if (hook.status === status) return hook;
    Object.assign(hook, { status, statusChangedAt: parts.clock.now(), disabledReason: null, failingSince: null, warningCount: 0 });
    await tellHealth(parts, tx, hook);
    await parts.tellLeaders(tx, [{ kind: signal, hookId: hook.id }]);
    return hook;
  });
}

/** The hook, which no other server judges or changes until the transaction ends. */
async function findHook(em: EntityManager, { db }: WriteTransaction, named: Named): Promise<Hook> {
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
