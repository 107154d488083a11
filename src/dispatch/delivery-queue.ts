import { ChurnMap } from '../churn-map.js';
import type { OpenDelivery } from '../send/attempt.js';

/** Deliveries in the order in which they are to be sent, found by their ids. */
export class DeliveryQueue {
  readonly #deliveries = new ChurnMap<string, OpenDelivery>();

  get length(): number {
    return this.#deliveries.size;
  }

  has(deliveryId: string): boolean {
    return this.#deliveries.has(deliveryId);
  }

  push(...deliveries: readonly OpenDelivery[]): void {
    for (const delivery of deliveries) this.#deliveries.set(delivery.deliveryId, delivery);
  }

  /** Takes out the first one. */
  shift(): OpenDelivery | undefined {
    const first = this.#deliveries.first();
    if (first !== undefined) this.#deliveries.delete(first.deliveryId);
    return first;
  }

  /** Takes one out; undefined where it is not in it. */
  remove(deliveryId: string): OpenDelivery | undefined {
    const found = this.#deliveries.get(deliveryId);
    this.#deliveries.delete(deliveryId);
    return found;
  }

  /** Takes out all behind the first `count`. */
  cut(count: number): OpenDelivery[] {
    const rest = this.#deliveries.values().slice(count);
    for (const { deliveryId } of rest) this.#deliveries.delete(deliveryId);
    return rest;
  }
}
