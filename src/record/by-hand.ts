import type { Clock } from '../clock.js';
import type { EntityManager, Tables } from '../database/connect.js';
import { isPostgres } from '../database/is-postgres.js';
import { lockHooks } from '../database/lock-hooks.js';
import type { Writes, WriteTransaction } from '../database/writes.js';
import { findById } from '../database/find-live.js';
import { Delivery } from '../entities/delivery.js';
import { Event } from '../entities/event.js';
import { notFound } from '../errors.js';
import { isId } from '../ids.js';
import type { Named } from '../reach.js';
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

/** The delivery, which nobody else changes until the transaction ends, nor its line; or a NOT_FOUND error. */
export async function findDelivery(em: EntityManager, { db }: WriteTransaction, named: Named): Promise<Delivery> {
  const { id } = named;
  if (isId(id) && isPostgres(db)) await lockDelivery(db, id);
  const delivery = await findById(em, Delivery, named);
  if (delivery === null) throw notFound('delivery', id);
  return delivery;
}

/** First the line, then the row, as whoever records an attempt. */
async function lockDelivery(db: Tables, id: string): Promise<void> {
  const delivery = db.selectFrom('deliveries').where('id', '=', id);
  const found = await delivery.select(['hook_id', 'ordering_key']).executeTakeFirst();
  if (found === undefined) return;
  if (found.ordering_key !== null) await lockHooks(db, [found.hook_id]);
  await delivery.select('id').forUpdate().execute();
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
