import type { EntityManager } from '../database/connect.js';
import { isFinal, type StoredStatus } from '../entities/delivery.js';
import type { Change } from './change.js';
import type { DeliveryFeed } from './delivery-log.js';

/** A change of one of an event's deliveries, and how far the event has come with it. */
export interface Progress {
  change: Change;
  deliveryCount: number;
  /** How many of them are final after this change. */
  finalCount: number;
}

/**
 * Each change of an event's deliveries since it was published, then those to come; ends when all deliveries are final,
 * at once where the event owes none. That all were final once before is not the end: a person may open one again.
 */
export async function followEvent(
  feed: DeliveryFeed,
  em: EntityManager,
  event: { id: string; organizationId: string },
): Promise<AsyncIterableIterator<Progress, undefined>> {
  const db = em.getKysely();
  const rows = await db.selectFrom('deliveries').where('event_id', '=', event.id).select('id').execute();
  const logged = db.selectFrom('delivery_changes').where('event_id', '=', event.id);
  const { last } = await logged.select((eb) => eb.fn.max('sequence').as('last')).executeTakeFirstOrThrow();
  const statuses = new Map<string, StoredStatus>(rows.map(({ id }) => [id, 'PENDING']));
  const changes = await feed.followAll({ organizationId: event.organizationId, eventId: event.id, kind: 'ALL' });
  let finalCount = 0;
  let place = 0;

  const progress: AsyncIterableIterator<Progress, undefined> = {
    [Symbol.asyncIterator]() {
      return this;
    },
    async next() {
      if (finalCount === statuses.size && place >= (last ?? 0)) await changes.return!();
      const { done, value: change } = await changes.next();
      if (done) return { done, value: undefined };

      finalCount += Number(isFinal(change.status)) - Number(isFinal(statuses.get(change.deliveryId) ?? 'PENDING'));
      statuses.set(change.deliveryId, change.status);
      place = change.sequence;
      return { done: false, value: { change, deliveryCount: statuses.size, finalCount } };
    },
    async return() {
      await changes.return!();
      return { done: true, value: undefined };
    },
  };
  return progress;
}
