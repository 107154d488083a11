import type { NewId } from '../ids.js';
import type { OpenDelivery, OutgoingEvent } from '../send/attempt.js';
import type { MatchingHook } from './read-catalog.js';

/** One event as it is stored: what goes out of it, and the key by which it is put in order. */
export interface StoredEvent extends OutgoingEvent {
  orderingKey: string | null;
}

/** What a STRICT hook's deliveries share; a caller's key has at least one character. */
const WHOLE_HOOK = '';

/** The delivery that an event owes to each of these hooks. */
export function oweDeliveries(event: StoredEvent, hooks: readonly MatchingHook[], newId: NewId): OpenDelivery[] {
  return hooks.map((hook) => ({
    deliveryId: newId(),
    webhookId: hook.webhookId,
    hookId: hook.id,
    attemptCount: 0,
    orderingKey: orderingKeyFor(hook, event),
    event,
  }));
}

function orderingKeyFor({ ordering }: MatchingHook, { orderingKey }: StoredEvent): string | null {
  switch (ordering) {
    case 'NONE':
      return null;
    case 'BY_KEY':
      return orderingKey;
    case 'STRICT':
      return WHOLE_HOOK;
  }
}
