import { describe, expect, it } from 'vitest';
import { DeliveryQueue } from '../../src/dispatch/delivery-queue.js';
import { makeOpenDelivery } from './makers.js';

function queueOf(...ids: string[]): DeliveryQueue {
  const queue = new DeliveryQueue();
  queue.push(...ids.map((id) => makeOpenDelivery(id)));
  return queue;
}

const idsOf = (deliveries: ReturnType<DeliveryQueue['cut']>) => deliveries.map(({ deliveryId }) => deliveryId);

describe('a queue of deliveries', () => {
  it('gives them back in their order, and nothing when there are none', () => {
    const queue = queueOf('a', 'b');

    const taken = [queue.shift(), queue.shift(), queue.shift()];

    expect(taken.map((delivery) => delivery?.deliveryId)).toEqual(['a', 'b', undefined]);
    expect(queue.length).toBe(0);
  });

  it('knows which are in it', () => {
    const queue = queueOf('a', 'b');
    queue.shift();

    expect([queue.has('a'), queue.has('b')]).toEqual([false, true]);
  });

  it('lets one of them be taken out, once', () => {
    const queue = queueOf('a', 'b', 'c');

    const taken = [queue.remove('b'), queue.remove('b')];

    expect(taken.map((delivery) => delivery?.deliveryId)).toEqual(['b', undefined]);
    expect(idsOf(queue.cut(0))).toEqual(['a', 'c']);
  });

  it.each([
    { count: 0, rest: ['a', 'b', 'c'] },
    { count: 2, rest: ['c'] },
    { count: 3, rest: [] },
  ])('is cut behind the first $count', ({ count, rest }) => {
    const queue = queueOf('a', 'b', 'c');

    const taken = queue.cut(count);

    expect([idsOf(taken), queue.length]).toEqual([rest, count]);
  });
});
