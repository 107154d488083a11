import type { Clock } from '../clock.js';
import type { EntityManager } from '../database/connect.js';
import type { Writes, WriteTransaction } from '../database/writes.js';
import { Delivery } from '../entities/delivery.js';
import { Event } from '../entities/event.js';
import { notFound } from '../errors.js';
import { isId } from '../ids.js';
import type { TellLeaders } from '../lead/tell-leaders.js';
import { appendChanges } from '../watch/append-changes.js';
import type { DeliveryFeed } from '../watch/delivery-log.js';

/** What changing a delivery by hand works with. */
export interface ByHandParts {
  readonly writes: Writes;
  readonly clock: Clock;
  readonly feed: Pick<DeliveryFeed, 'append'>;
  /** Told of a delivery that is not to be attempted any more, and of hooks with deliveries that have become due. */
  readonly tellLeaders: TellLeaders;
}

/** The delivery, or a NOT_FOUND error. */
export async function findDelivery(em: EntityManager, id: string): Promise<Delivery> {
  const delivery = isId(id) ? await em.findOne(Delivery, id) : null;
  if (delivery === null) throw notFound('delivery', id);
  return delivery;
}

/** Logs a change of a delivery's state that no attempt made. */
export async function appendByHand(
  em: EntityManager,
  tx: WriteTransaction,
  feed: Pick<DeliveryFeed, 'append'>,
  delivery: Delivery,
  changedAt: number,
): Promise<void> {
  const { id: deliveryId, organizationId, webhookId, hookId, eventId, status } = delivery;
  const { type } = await em.findOneOrFail(Event, eventId);
  await appendChanges(tx, feed, [{ organizationId, webhookId, hookId, eventId, deliveryId, type, status, attempt: null, changedAt }]);
}
