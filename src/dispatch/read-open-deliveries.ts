import { type RawBuilder, sql } from 'kysely';
import { fromBooleanColumn } from '../database/boolean-column.js';
import type { Tables } from '../database/connect.js';
import { AFTER_ANOTHER } from '../entities/delivery.js';
import type { StoredPayloads } from '../seal/stored-payloads.js';
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
export async function readOpenDeliveries(
  db: Tables,
  payloads: StoredPayloads,
  { hookId, kind, limit }: { hookId: string; kind: BacklogKind; limit: number },
): Promise<TabledDelivery[]> {
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
      payload: payloads.open({ id: row.event_id, organizationId: row.organization_id, payload: row.payload }),
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

/**
 * The hooks with open deliveries, but those that are paused or disabled. The index is asked for one hook after the other,
 * three looks for each that has open deliveries: neither hooks without nor the deliveries themselves are gone through.
 */
export async function readHooksWithOpenDeliveries(db: Tables): Promise<HookWithBacklog[]> {
  const firstDueAt = (kind: BacklogKind) => sql<number | null>`(
    select min(d.next_attempt_at) from deliveries as d
    where d.hook_id = h.id and d.status = ${kind} and d.next_attempt_at is not null and d.next_attempt_at < ${AFTER_ANOTHER}
  )`;
  const { rows } = await sql<{ id: string; pendingAt: number | null; retryingAt: number | null }>`
    with recursive open (hook_id) as (
      select ${nextHook(sql`'00000000-0000-0000-0000-000000000000'`)}
      union all
      select ${nextHook(sql`open.hook_id`)} from open where open.hook_id is not null
    )
    select h.id, ${firstDueAt('PENDING')} as "pendingAt", ${firstDueAt('RETRYING')} as "retryingAt"
    from open inner join hooks as h on h.id = open.hook_id
    where h.status = 'ACTIVE'`.execute(db);
  return rows.flatMap(({ id, pendingAt, retryingAt }): HookWithBacklog[] => [
    ...(pendingAt === null ? [] : [{ hookId: id, kind: 'PENDING' as const, dueAt: 0 }]),
    ...(retryingAt === null ? [] : [{ hookId: id, kind: 'RETRYING' as const, dueAt: retryingAt }]),
  ]);
}

/** The next hook with open deliveries after one, in the order of ids; null where there is none. */
function nextHook(after: RawBuilder<unknown>) {
  return sql`(
    select d.hook_id from deliveries as d
    where d.next_attempt_at is not null and d.hook_id > ${after} order by d.hook_id limit 1
  )`;
}
