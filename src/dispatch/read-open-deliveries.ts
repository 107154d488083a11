import type { Tables } from '../database/connect.js';
import type { OpenDelivery } from '../send/attempt.js';

/** An open delivery of the table with the time it is due. */
export interface TabledDelivery extends OpenDelivery {
  dueAt: number;
}

/** A hook's first open deliveries by the time they are due, among them those on the wire. */
export async function readOpenDeliveries(db: Tables, hookId: string, limit: number): Promise<TabledDelivery[]> {
  const rows = await db
    .selectFrom('deliveries as d')
    .innerJoin('events as e', 'e.id', 'd.event_id')
    .where('d.hook_id', '=', hookId)
    .where('d.next_attempt_at', 'is not', null)
    .orderBy('d.next_attempt_at')
    .orderBy('d.id')
    .limit(limit)
    .select([
      'd.id',
      'd.webhook_id',
      'd.hook_id',
      'd.attempt_count',
      'd.next_attempt_at',
      'e.id as event_id',
      'e.organization_id',
      'e.type',
      'e.payload',
      'e.created_at',
    ])
    .execute();
  return rows.map((row) => ({
    deliveryId: row.id,
    webhookId: row.webhook_id,
    hookId: row.hook_id,
    attemptCount: row.attempt_count,
    dueAt: row.next_attempt_at!,
    event: { id: row.event_id, organizationId: row.organization_id, type: row.type, payload: row.payload, createdAt: row.created_at },
  }));
}

/** The hooks that have open deliveries, each with the time the first is due. One look into the index for each hook. */
export async function readHooksWithOpenDeliveries(db: Tables): Promise<Array<{ hookId: string; dueAt: number }>> {
  const rows = await db
    .selectFrom('hooks as h')
    .select((eb) => [
      'h.id',
      eb
        .selectFrom('deliveries as d')
        .whereRef('d.hook_id', '=', 'h.id')
        .where('d.next_attempt_at', 'is not', null)
        .select((inner) => inner.fn.min('d.next_attempt_at').as('due_at'))
        .as('due_at'),
    ])
    .execute();
  return rows.flatMap((row) => (row.due_at === null ? [] : [{ hookId: row.id, dueAt: row.due_at }]));
}
