import type { Tables } from '../../src/database/connect.js';
import type { StoredStatus } from '../../src/entities/delivery.js';
import type { HookStatus, Ordering } from '../../src/entities/hook.js';
import { createIdSource } from '../../src/ids.js';
import { systemRandom } from '../../src/random.js';
import type { OpenDelivery } from '../../src/send/attempt.js';
import { idOf, nameOf } from './ids.js';
import { ManualClock } from './manual-clock.js';
import { sealedSecret } from './test-ring.js';

/** Rising ids, as the server gives them. */
export const newId = createIdSource(new ManualClock(), systemRandom);

export interface HookRow {
  id: string;
  organizationId?: string;
  type?: string;
  status?: HookStatus;
  ordering?: Ordering;
}

/** The id of the webhook of the hooks that `insertHooks` writes for an organization: `w-` and the organization's name. */
export const webhookIdOf = (organizationId: string): string => idOf(`w-${nameOf(organizationId)}`);

/** Writes hooks, each with an organization (`o` unless said otherwise) and a webhook (`webhookIdOf`) where those are not there. */
export async function insertHooks(db: Tables, hooks: readonly HookRow[]): Promise<void> {
  for (const [position, hook] of hooks.entries()) {
    const { id, organizationId = idOf('o'), type = 't', status = 'ACTIVE', ordering = 'NONE' } = hook;
    const webhookId = webhookIdOf(organizationId);
    const organization = { id: organizationId, name: nameOf(organizationId), created_at: 0 };
    const signing_secret = sealedSecret(organizationId, webhookId);
    const webhook = { id: webhookId, organization_id: organizationId, name: 'w', description: '', signing_secret };
    const of = { organization_id: organizationId, webhook_id: webhookId, type, method: 'POST' as const, endpoint: 'http://127.0.0.1/' };
    await db
      .insertInto('organizations')
      .values(organization)
      .onConflict((conflict) => conflict.doNothing())
      .execute();
    await db
      .insertInto('webhooks')
      .values({ ...webhook, created_at: 0, updated_at: 0, deleted_at: null })
      .onConflict((conflict) => conflict.doNothing())
      .execute();
    await db
      .insertInto('hooks')
      .values({ ...of, id, position, status, ordering, created_at: 0 })
      .execute();
  }
}

/** Writes an event type into an organization's catalog. */
export async function insertEventType(db: Tables, { organizationId, name }: { organizationId: string; name: string }): Promise<void> {
  const type = { id: newId(), organization_id: organizationId, name, description: '', version: 1, created_at: 0, updated_at: 0 };
  await db.insertInto('event_types').values(type).execute();
}

export interface DeliveryRows {
  hookId: string;
  count: number;
  /** When they are published and, unless said otherwise, due. */
  now: number;
  nextAttemptAt?: number | null;
  status?: StoredStatus;
  orderingKey?: string | null;
}

/** Writes an event and `count` deliveries of it to a hook of `insertHooks`. Gives them out in their order. */
export async function insertDeliveries(db: Tables, making: DeliveryRows): Promise<OpenDelivery[]> {
  const { hookId, count, now, nextAttemptAt = now, status = 'PENDING', orderingKey = null } = making;
  const event = { id: newId(), organizationId: idOf('o'), type: 't', payload: '{}', isTest: false, createdAt: now };
  const { id, organizationId, type, payload } = event;
  await db.insertInto('events').values({ id, organization_id: organizationId, type, payload, created_at: now }).execute();
  const deliveries = Array.from({ length: count }, (): OpenDelivery => {
    return { deliveryId: newId(), webhookId: idOf('w-o'), hookId, attemptCount: 0, orderingKey, event };
  });
  const of = { organization_id: idOf('o'), webhook_id: idOf('w-o'), hook_id: hookId, event_id: event.id };
  const state = { status, attempt_count: 0, next_attempt_at: nextAttemptAt, ordering_key: orderingKey, created_at: now, updated_at: now };
  await db
    .insertInto('deliveries')
    .values(deliveries.map(({ deliveryId }) => ({ ...of, ...state, id: deliveryId })))
    .execute();
  return deliveries;
}
