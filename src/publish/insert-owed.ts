import { sql } from 'kysely';
import { toBooleanColumn } from '../database/boolean-column.js';
import { rowList } from '../database/row-list.js';
import { slices } from '../database/slices.js';
import type { WriteTransaction } from '../database/writes.js';
import { AFTER_ANOTHER } from '../entities/delivery.js';
import type { OpenDelivery } from '../send/attempt.js';
import type { StoredEvent } from './owe-deliveries.js';

/** Rows for one insert; a delivery binds eleven values. */
const ROWS_LIMIT = 1000;

/** Events with the deliveries they owe. */
export interface Owed {
  events: readonly StoredEvent[];
  deliveries: readonly OpenDelivery[];
}

/** Writes events and the deliveries they owe. Answers with those that are due: the others wait for one before them. */
export async function insertOwed(tx: WriteTransaction, { events, deliveries }: Owed): Promise<readonly OpenDelivery[]> {
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

  const due = await firstInLine(tx, deliveries);
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

/** Those that wait for none: without a key, or the first of their key where the table has no open one. */
async function firstInLine({ db }: WriteTransaction, deliveries: readonly OpenDelivery[]): Promise<Set<OpenDelivery>> {
  const ordered = deliveries.filter(({ orderingKey }) => orderingKey !== null);
  if (ordered.length === 0) return new Set(deliveries);

  const taken = new Set<string>();
  const lines = new Map(ordered.map((delivery) => [lineOf(delivery), delivery]));
  for (const slice of slices([...lines.values()], ROWS_LIMIT)) {
    const asked = rowList(
      db,
      { hook_id: 'uuid', ordering_key: 'text' },
      slice.map(({ hookId, orderingKey }) => ({ hook_id: hookId, ordering_key: orderingKey })),
    );
    const { rows } = await sql<{ hookId: string; orderingKey: string }>`
      with lines (hook_id, ordering_key) as (${asked})
      select lines.hook_id as "hookId", lines.ordering_key as "orderingKey" from lines
      where exists (
        select 1 from deliveries as d
        where d.hook_id = lines.hook_id and d.ordering_key = lines.ordering_key and d.next_attempt_at < ${AFTER_ANOTHER}
      )`.execute(db);
    for (const row of rows) taken.add(lineOf(row));
  }
  return new Set(
    deliveries.filter((delivery) => {
      if (delivery.orderingKey === null) return true;
      const line = lineOf(delivery);
      const isFirst = !taken.has(line);
      taken.add(line);
      return isFirst;
    }),
  );
}

/** One name for a line; ids have no spaces. */
function lineOf({ hookId, orderingKey }: { hookId: string; orderingKey: string | null }): string {
  return `${hookId} ${orderingKey}`;
}
