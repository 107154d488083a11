import type { WriteTransaction } from '../database/writes.js';
import type { IdSource } from '../ids.js';
import type { OperationalEvent } from '../operational-types.js';
import type { OpenDelivery } from '../send/attempt.js';
import type { StoredPayloads } from '../seal/stored-payloads.js';
import { insertOwed } from './insert-owed.js';
import { oweDeliveries, type StoredEvent } from './owe-deliveries.js';
import { readMatchingHooks } from './read-catalog.js';

export interface PublishOperationalOptions {
  newId: IdSource;
  payloads: StoredPayloads;
  /** Told of new deliveries right after their commit. */
  wake: (deliveries: readonly OpenDelivery[]) => void;
}

/**
 * Publishes the server's own events within the transaction that writes what they tell of. One for which no hook waits is
 * not stored: a million deliveries that fail would leave a million events that nobody asked for.
 */
export function publishOperationalBy({ newId, payloads, wake }: PublishOperationalOptions) {
  return async (tx: WriteTransaction, drafts: readonly OperationalEvent[]): Promise<void> => {
    const hooks = await readMatchingHooks(
      tx,
      [...new Set(drafts.map(({ organizationId }) => organizationId))],
      [...new Set(drafts.map(({ type }) => type))],
    );
    const events: StoredEvent[] = [];
    const deliveries: OpenDelivery[] = [];
    for (const { organizationId, type, payload, publishedAt } of drafts) {
      const waiting = hooks.get(`${organizationId} ${type}`);
      if (waiting === undefined) continue;
      const text = JSON.stringify(payload);
      const event = { id: newId(), organizationId, type, payload: text, orderingKey: null, isTest: false, createdAt: publishedAt };
      events.push(event);
      deliveries.push(...oweDeliveries(event, waiting, newId));
    }
    if (events.length === 0) return;
    const due = await insertOwed(tx, { events, deliveries }, { newId, payloads });
    tx.afterCommit(() => wake(due));
  };
}
