import { AFTER_ANOTHER, Delivery } from '../entities/delivery.js';
import { Hook } from '../entities/hook.js';
import { badInput } from '../errors.js';
import type { Named } from '../reach.js';
import { appendByHand, type ByHandParts, findDelivery } from './by-hand.js';

/**
 * Makes a delivery due now. One that has failed or was cancelled is open again, for one attempt more and for what is left
 * of the schedule after it. One that waits for its next attempt has it now: the automatic one moves, and is not doubled.
 * One that waits for another by its hook's order goes on waiting; where the hook has no order any more, it waits for none.
 * Throws where there is no such delivery, where it has succeeded, or where its hook is removed.
 */
export async function retryDelivery({ writes, clock, feed, tellLeaders }: ByHandParts, named: Named): Promise<Delivery> {
  return writes.transaction(async (em, tx) => {
    const delivery = await findDelivery(em, tx, named);
    const { hookId } = delivery;
    if (delivery.status === 'SUCCEEDED') {
      throw badInput([{ path: 'id', received: 'a delivery that is SUCCEEDED', expected: 'one that has not succeeded' }]);
    }
    const hook = await em.findOneOrFail(Hook, hookId);
    if (hook.status === 'REMOVED') {
      throw badInput([{ path: 'id', received: 'a delivery to a hook that is removed', expected: 'one whose hook is in use' }]);
    }
    const now = clock.now();
    if (delivery.nextAttemptAt !== null && (delivery.nextAttemptAt === AFTER_ANOTHER || delivery.nextAttemptAt <= now)) return delivery;

    const orderingKey = hook.ordering === 'NONE' ? null : delivery.orderingKey;
    const mustWait = delivery.nextAttemptAt === null && orderingKey !== null && (await hasOpen(hookId, orderingKey));
    const status = delivery.nextAttemptAt === null ? 'PENDING' : delivery.status;
    Object.assign(delivery, { status, orderingKey, nextAttemptAt: mustWait ? AFTER_ANOTHER : now, updatedAt: now });
    await em.flush();
    await appendByHand(em, tx, feed, delivery, now);
    await tellLeaders(tx, [{ kind: 'DUE', hookId }]);
    return delivery;

    async function hasOpen(ofHook: string, key: string): Promise<boolean> {
      return (await em.count(Delivery, { hookId: ofHook, orderingKey: key, nextAttemptAt: { $ne: null } })) > 0;
    }
  });
}
