import { sql } from 'kysely';
import { toBooleanColumn } from '../database/boolean-column.js';
import { RowStatement } from '../database/row-statement.js';
import { type Premise, StatementPair } from '../database/statement-pair.js';
import type { WriteTransaction } from '../database/writes.js';
import { AFTER_ANOTHER } from '../entities/delivery.js';
import type { IdSource } from '../ids.js';
import type { OpenDelivery } from '../send/attempt.js';
import type { StoredPayloads } from '../seal/stored-payloads.js';
import type { StoredEvent } from './owe-deliveries.js';
import { putInLine } from './put-in-line.js';

const insertEvents = new RowStatement(
  {
    id: 'uuid',
    organization_id: 'uuid',
    type: 'text',
    payload: 'text',
    ordering_key: 'text',
    is_test: 'boolean',
    created_at: 'bigint',
  },
  (rows) => sql`insert into events (id, organization_id, type, payload, ordering_key, is_test, created_at) ${rows}`,
);

const insertDeliveries = new RowStatement(
  {
    id: 'uuid',
    organization_id: 'uuid',
    webhook_id: 'uuid',
    hook_id: 'uuid',
    event_id: 'uuid',
    status: 'text',
    attempt_count: 'integer',
    next_attempt_at: 'bigint',
    ordering_key: 'text',
    created_at: 'bigint',
    updated_at: 'bigint',
  },
  (rows) => sql`
    insert into deliveries (
      id, organization_id, webhook_id, hook_id, event_id, status, attempt_count, next_attempt_at, ordering_key, created_at, updated_at
    ) ${rows}`,
);

const insertBoth = new StatementPair(insertEvents, insertDeliveries);

/** Events with the deliveries they owe. */
export interface Owed {
  events: readonly StoredEvent[];
  deliveries: readonly OpenDelivery[];
}

export interface InsertOwedParts {
  newId: IdSource;
  payloads: StoredPayloads;
}

/**
 * Writes events and the deliveries they owe. Answers with those that are due: the others wait for one before them.
 * Where there is a premise, nothing is written but by it.
 */
export async function insertOwed(
  tx: WriteTransaction,
  { events, deliveries: planned }: Owed,
  { newId, payloads }: InsertOwedParts,
  premise?: Premise,
): Promise<readonly OpenDelivery[]> {
  const toStore = await payloads.beginWriting(tx.db);
  const eventRows = events.map((event) => ({
    id: event.id,
    organization_id: event.organizationId,
    type: event.type,
    payload: toStore(event),
    ordering_key: event.orderingKey,
    is_test: toBooleanColumn(event.isTest),
    created_at: event.createdAt,
  }));
  const { deliveries, due } = await putInLine(tx, planned, newId);
  const deliveryRows = deliveries.map((delivery) => ({
    id: delivery.deliveryId,
    organization_id: delivery.event.organizationId,
    webhook_id: delivery.webhookId,
    hook_id: delivery.hookId,
    event_id: delivery.event.id,
    status: 'PENDING',
    attempt_count: 0,
    next_attempt_at: due.has(delivery) ? delivery.event.createdAt : AFTER_ANOTHER,
    ordering_key: delivery.orderingKey,
    created_at: delivery.event.createdAt,
    updated_at: delivery.event.createdAt,
  }));
  await insertBoth.run(tx.db, eventRows, deliveryRows, premise);
  return due.size === deliveries.length ? deliveries : deliveries.filter((delivery) => due.has(delivery));
}
