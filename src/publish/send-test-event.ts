import type { Clock } from '../clock.js';
import { findById } from '../database/find-live.js';
import type { Writes } from '../database/writes.js';
import { Delivery } from '../entities/delivery.js';
import { EventType } from '../entities/event-type.js';
import { Hook } from '../entities/hook.js';
import { notFound } from '../errors.js';
import type { IdSource } from '../ids.js';
import type { Named } from '../reach.js';
import type { OpenDelivery } from '../send/attempt.js';
import type { StoredPayloads } from '../seal/stored-payloads.js';
import { insertOwed } from './insert-owed.js';
import { oweDeliveries } from './owe-deliveries.js';

export interface SendTestEventParts {
  readonly writes: Writes;
  readonly clock: Clock;
  readonly newId: IdSource;
  readonly payloads: StoredPayloads;
  /** Told of new deliveries right after their commit. */
  readonly wake: (deliveries: readonly OpenDelivery[]) => void;
}

/**
 * Publishes an event of the hook's type, marked as a test and owed to this hook alone, with the type's example as its
 * payload, or an empty object where it has none. Throws where there is no such hook in use.
 */
export async function sendTestEvent({ writes, clock, newId, payloads, wake }: SendTestEventParts, named: Named): Promise<Delivery> {
  return writes.transaction(async (em, tx) => {
    const hook = await findById(em, Hook, named);
    if (hook === null || hook.status === 'REMOVED') throw notFound('hook', named.id);
    const { organizationId, type } = hook;
    const eventType = await em.findOne(EventType, { organizationId, name: type });
    const event = {
      id: newId(),
      organizationId,
      type,
      payload: JSON.stringify(eventType?.example ?? {}),
      orderingKey: null,
      isTest: true,
      createdAt: clock.now(),
    };
    // A test waits for nothing: what is to be found out may be why the others are stuck.
    const deliveries = oweDeliveries(event, [{ id: hook.id, webhookId: hook.webhookId, ordering: 'NONE' }], newId);
    const due = await insertOwed(tx, { events: [event], deliveries }, { newId, payloads });
    tx.afterCommit(() => wake(due));
    return em.findOneOrFail(Delivery, deliveries[0]!.deliveryId);
  });
}
