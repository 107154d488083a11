import { toBooleanColumn } from '../database/boolean-column.js';
import { slices } from '../database/slices.js';
import type { WriteTransaction } from '../database/writes.js';
import { AFTER_ANOTHER } from '../entities/delivery.js';
import type { IdSource } from '../ids.js';
import type { OpenDelivery } from '../send/attempt.js';
import type { StoredEvent } from './owe-deliveries.js';
import { putInLine } from './put-in-line.js';

/** Rows for one insert; a delivery binds eleven values. */
const ROWS_LIMIT = 1000;

/** Events with the deliveries they owe. */
export interface Owed {
  events: readonly StoredEvent[];
  deliveries: readonly OpenDelivery[];
}

/** Writes events and the deliveries they owe. Answers with those that are due: the others wait for one before them. */
export async function insertOwed(
  tx: WriteTransaction,
  { events, deliveries: planned }: Owed,
  ids: IdSource,
): Promise<readonly OpenDelivery[]> {
  const eventRows = events.map((event) => ({
    id: event.id,
    organization_id: event.organizationId,
    type: event.type,
    payload: event.payload,
    ordering_key: event.orderingKey,
    is_test: toBooleanColumn(event.isTest),
    created_at: event.createdAt,
  }));
  for (const rows of slices(eventRows, ROWS_LIMIT)) await tx.db.insertInto('events').values(rows).execute();

  const { deliveries, due } = await putInLine(tx, planned, ids);
  const deliveryRows = deliveries.map((delivery) => ({
    id: delivery.deliveryId,
    organization_id: delivery.event.organizationId,
    webhook_id: delivery.webhookId,
    hook_id: delivery.hookId,
    event_id: delivery.event.id,
    status: 'PENDING' as const,
    attempt_count: 0,
    next_attempt_at: due.has(delivery) ? delivery.event.createdAt : AFTER_ANOTHER,
    ordering_key: delivery.orderingKey,
    created_at: delivery.event.createdAt,
    updated_at: delivery.event.createdAt,
  }));
  for (const rows of slices(deliveryRows, ROWS_LIMIT)) await tx.db.insertInto('deliveries').values(rows).execute();
  return due.size === deliveries.length ? deliveries : deliveries.filter((delivery) => due.has(delivery));
}
