import { sql } from 'kysely';
import type { Tables } from '../../src/database/connect.js';
import { AFTER_ANOTHER } from '../../src/entities/delivery.js';
import type { AttemptToRecord } from '../../src/record/record-attempts.js';
import { makeReport } from '../support/attempt-report.js';
import { newId } from '../support/rows.js';

/** Those that have a row for each event or change, or more. */
export const TABLES_THAT_GROW = new Set(['events', 'idempotency_keys', 'deliveries', 'attempts', 'delivery_changes', 'audit_records']);

/** So many that another way than by an index costs more, and so few that `analyze` looks at all of them: what it finds is no chance. */
const ROW_COUNT = 20_000;
const HOOK_COUNT = 200;

const TABLES = ['organizations', 'webhooks', 'hooks', 'events', 'deliveries', 'attempts', 'audit_records'] as const;
type Table = (typeof TABLES)[number];

/** The id of the nth row of a table, from 1. It begins with its time, as ids do: n milliseconds since the epoch. */
export function idAt(table: Table, n: number): string {
  const hex = n.toString(16).padStart(12, '0');
  return `${hex.slice(0, 8)}-${hex.slice(8)}-7000-8000-00000000000${TABLES.indexOf(table)}`;
}

/** `idAt` in SQL. */
function idIn(table: Table, n: string) {
  const hex = `lpad(to_hex(${n}), 12, '0')`;
  return sql.raw(`(substr(${hex}, 1, 8) || '-' || substr(${hex}, 9) || '-7000-8000-00000000000${TABLES.indexOf(table)}')::uuid`);
}

/**
 * Fills a PostgreSQL database as one is after a while: an event, a key, a delivery, an attempt and an entry in the log for each n.
 * Of a hundred deliveries five are open, of which two wait for another. The last hook is removed; every second one has an order.
 */
export async function fillTables(db: Tables): Promise<void> {
  // From 0 to 100, the same for the deliveries of all hooks that were made at the same time.
  const age = `n / ${HOOK_COUNT}`;
  const hook = `(n % ${HOOK_COUNT} + 1)::int`;
  const organizationId = idIn('organizations', hook);
  const webhookId = idIn('webhooks', hook);
  const hookId = idIn('hooks', hook);
  const hooks = sql.raw(`generate_series(0, ${HOOK_COUNT - 1}) as n`);
  const rows = sql.raw(`generate_series(1, ${ROW_COUNT}) as n`);
  const waits = sql.raw(`${age} % 100 >= 98`);
  const nextAttemptAt = sql.raw(`case when ${age} % 100 >= 98 then ${AFTER_ANOTHER} when ${age} % 100 >= 95 then n end`);
  const key = sql.raw(`case when ${age} % 100 >= 95 then 'key ' || ${age} end`);

  await sql`insert into organizations (id, name, created_at) select ${organizationId}, 'o', 0 from ${hooks}`.execute(db);
  await sql`insert into event_types (id, organization_id, name, description, version, created_at, updated_at)
    select gen_random_uuid(), ${organizationId}, 't', '', 1, 0, 0 from ${hooks}`.execute(db);
  await sql`insert into webhooks (id, organization_id, name, description, signing_secret, created_at, updated_at)
    select ${webhookId}, ${organizationId}, 'w', '', 's', 0, 0 from ${hooks}`.execute(db);
  await sql`insert into hooks (id, organization_id, webhook_id, type, method, endpoint, status, position, ordering, created_at)
    select ${hookId}, ${organizationId}, ${webhookId}, 't', 'POST', 'http://127.0.0.1/',
      case when n = ${sql.raw(String(HOOK_COUNT - 1))} then 'REMOVED' else 'ACTIVE' end, 0,
      case when n % 2 = 0 then 'BY_KEY' else 'NONE' end, 0 from ${hooks}`.execute(db);
  await sql`insert into events (id, organization_id, type, payload, created_at)
    select ${idIn('events', 'n')}, ${organizationId}, 't', '{}', n from ${rows}`.execute(db);
  await sql`insert into idempotency_keys (organization_id, key, event_id, created_at)
    select ${organizationId}, 'key ' || n, ${idIn('events', 'n')}, n from ${rows}`.execute(db);
  await sql`insert into deliveries
      (id, organization_id, webhook_id, hook_id, event_id, status, attempt_count, next_attempt_at, ordering_key, created_at, updated_at)
    select ${idIn('deliveries', 'n')}, ${organizationId}, ${webhookId}, ${hookId}, ${idIn('events', 'n')},
      case when ${sql.raw(age)} % 100 < 95 then 'SUCCEEDED' when n % 3 = 0 and not ${waits} then 'RETRYING' else 'PENDING' end,
      1, ${nextAttemptAt}, ${key}, n, n from ${rows}`.execute(db);
  await sql`insert into attempts (id, delivery_id, number, started_at, duration_ms, timing, request, outcome)
    select ${idIn('attempts', 'n')}, ${idIn('deliveries', 'n')}, 1, n, 1, '{}', '{}', '{}' from ${rows}`.execute(db);
  await sql`insert into delivery_changes
      (organization_id, webhook_id, hook_id, event_id, delivery_id, type, status, attempt_id, changed_at)
    select ${organizationId}, ${webhookId}, ${hookId}, ${idIn('events', 'n')}, ${idIn('deliveries', 'n')}, 't', 'SUCCEEDED',
      ${idIn('attempts', 'n')}, n from ${rows}`.execute(db);
  await sql`insert into audit_records (id, organization_id, changed_at, action, actor, subject)
    select ${idIn('audit_records', 'n')}, ${organizationId}, n, 'WEBHOOK_UPDATED', '{}', '{}' from ${rows}`.execute(db);
  await sql`analyze`.execute(db);
}

/** An attempt at an open delivery of a hook with an order, to be recorded: it succeeded, and so the next of its key is released. */
export function sentAttempt(): AttemptToRecord {
  const event = {
    id: idAt('events', 19_000),
    organizationId: idAt('organizations', 1),
    type: 't',
    payload: '{}',
    isTest: false,
    createdAt: 0,
  };
  const delivery = { deliveryId: idAt('deliveries', 19_000), webhookId: idAt('webhooks', 1), hookId: idAt('hooks', 1) };
  const outcome = { kind: 'RESPONSE_RECEIVED' as const, status: 200, headers: [], body: '', bodyTruncated: false };
  return {
    id: newId(),
    epoch: 0,
    delivery: { ...delivery, attemptCount: 1, orderingKey: 'key 95', event },
    number: 2,
    report: makeReport(outcome, 1),
    endedAt: 2,
    next: { status: 'SUCCEEDED', nextAttemptAt: null },
    health: null,
    askedWaitMs: null,
  };
}
