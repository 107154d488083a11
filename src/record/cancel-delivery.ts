import type { Delivery } from '../entities/delivery.js';
import { badInput } from '../errors.js';
import type { Named } from '../reach.js';
import { appendByHand, type ByHandParts, findDelivery } from './by-hand.js';
import { releaseNext } from './release-next.js';

/**
 * Ends an open delivery as cancelled. An attempt on the wire is not called back: it is recorded, and changes nothing any
 * more. Throws where there is no such delivery, or where it has succeeded or failed for good; cancelling twice comes to the same.
 */
export async function cancelDelivery({ writes, clock, feed, tellLeaders }: ByHandParts, named: Named): Promise<Delivery> {
  return writes.transaction(async (em, tx) => {
    const delivery = await findDelivery(em, tx, named);
    if (delivery.status === 'CANCELLED') return delivery;
    if (delivery.nextAttemptAt === null) {
      throw badInput([{ path: 'id', received: `a delivery that is ${delivery.status}`, expected: 'one that is not final yet' }]);
    }
    const now = clock.now();
    const { hookId, orderingKey } = delivery;
    Object.assign(delivery, { status: 'CANCELLED', nextAttemptAt: null, updatedAt: now });
    await em.flush();
    if (orderingKey !== null) await releaseNext(tx, [{ hookId, orderingKey }], now);
    await appendByHand(em, tx, feed, delivery, now);
    await tellLeaders(tx, [{ kind: 'ENDED', hookId, deliveryId: delivery.id }]);
    if (orderingKey !== null) await tellLeaders(tx, [{ kind: 'DUE', hookId }]);
    return delivery;
  });
}
