import { fromBooleanColumn } from '../database/boolean-column.js';
import type { Tables } from '../database/connect.js';
import { AFTER_ANOTHER } from '../entities/delivery.js';
import type { OpenDelivery } from '../send/attempt.js';
import type { BacklogKind } from './backlog.js';

/** An open delivery of the table with the time it is due. */
export interface TabledDelivery extends OpenDelivery {
  dueAt: number;
}

/**
 * A hook's first open deliveries of one kind by the time they are due, among them those on the wire. Those that wait for
 * another are not among them.
 */
export async function readOpenDeliveries(db: Tables, hookId: string, kind: BacklogKind, limit: number): Promise<TabledDelivery[]> {
  const rows = await db
    .selectFrom('deliveries as d')
    .innerJoin('events as e', 'e.id', 'd.event_id')
    .where('d.hook_id', '=', hookId)
    .where('d.status', '=', kind)
    .where('d.next_attempt_at', 'is not', null)
    .where('d.next_attempt_at', '<', AFTER_ANOTHER)
    .orderBy('d.next_attempt_at')
    .orderBy('d.id')
    .limit(limit)
    .select(['d.id', 'd.webhook_id', 'd.hook_id', 'd.attempt_count', 'd.next_attempt_at', 'd.ordering_key'])
    .select(['e.id as event_id', 'e.organization_id', 'e.type', 'e.payload', 'e.is_test', 'e.created_at'])
    .execute();
  return rows.map((row) => ({
    deliveryId: row.id,
    webhookId: row.webhook_id,
    hookId: row.hook_id,
    attemptCount: row.attempt_count,
    orderingKey: row.ordering_key,
    // A first attempt is due when it is published. A clock that was set back since would have it wait for that time again.
    dueAt: kind === 'PENDING' ? 0 : row.next_attempt_at!,
    event: {
      id: row.event_id,
      organizationId: row.organization_id,
      type: row.type,
      payload: row.payload,
      isTest: fromBooleanColumn(row.is_test),
      createdAt: row.created_at,
    },
  }));
}

/** A hook that has open deliveries of a kind, with the time the first is due. */
export interface HookWithBacklog {
  hookId: string;
  kind: BacklogKind;
  dueAt: number;
}

/** The hooks with open deliveries, but those that are paused or disabled. Two looks into the index for each hook. */
export async function readHooksWithOpenDeliveries(db: Tables): Promise<HookWithBacklog[]> {
  const rows = await db
    .selectFrom('hooks as h')
    .where('h.status', '=', 'ACTIVE')
    .select(['h.id'])
    .select((eb) => {
      const firstDueAt = (kind: BacklogKind) =>
        eb
          .selectFrom('deliveries as d')
          .whereRef('d.hook_id', '=', 'h.id')
          .where('d.status', '=', kind)
          .where('d.next_attempt_at', 'is not', null)
          .where('d.next_attempt_at', '<', AFTER_ANOTHER)
          .select((inner) => inner.fn.min('d.next_attempt_at').as('due_at'));
      return [firstDueAt('PENDING').as('pending_at'), firstDueAt('RETRYING').as('retrying_at')];
    })
    .execute();
  return rows.flatMap(({ id, pending_at: pendingAt, retrying_at: retryingAt }): HookWithBacklog[] => [
    ...(pendingAt === null ? [] : [{ hookId: id, kind: 'PENDING' as const, dueAt: 0 }]),
    ...(retryingAt === null ? [] : [{ hookId: id, kind: 'RETRYING' as const, dueAt: retryingAt }]),
  ]);
}
