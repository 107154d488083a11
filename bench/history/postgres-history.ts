import pg from 'pg';
import { OUTCOME, REQUEST, TIMING } from './attempt-texts.js';
import { FILLING } from '../load/publish.js';
import type { HistoryHook, HistoryWriter } from './history-writer.js';

/** Opens a database for writing much, as its owner, who may let go of what refers to what. */
export async function openPostgresHistory(url: string): Promise<HistoryWriter> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  await client.query(`set synchronous_commit = off`);
  // What refers to what is laid right by how it is made.
  await client.query(`set session_replication_role = replica`);
  await client.query('create temp table dealt (n int primary key, "organizationId" uuid, "webhookId" uuid, "hookId" uuid, type text)');
  let hookCount = 0;

  return {
    async readHooks() {
      const { rows } = await client.query<HistoryHook>(
        `select organization_id as "organizationId", webhook_id as "webhookId", id as "hookId", type from hooks where status <> 'REMOVED' order by id`,
      );
      return rows;
    },
    async addHooks(hooks, createdAt) {
      for (const statement of ADD_HOOKS) await client.query(statement, [JSON.stringify(hooks), createdAt]);
    },
    async readLastEventId(below) {
      const { rows } = await client.query<{ id: string }>('select id from events where id < $1 order by id desc limit 1', [below]);
      return rows[0]?.id ?? null;
    },
    async deal(hooks) {
      hookCount = hooks.length;
      const numbered = JSON.stringify(hooks.map((hook, n) => ({ ...hook, n })));
      await client.query('insert into dealt select * from json_populate_recordset(null::dealt, $1)', [numbered]);
      await client.query('analyze dealt');
    },
    async lay({ from, count, startAt, stepMs }) {
      await client.query(LAY, [from, from + count - 1, startAt, stepMs, hookCount]);
    },
    async settle() {
      // What its own vacuum would have done in time: the facts for the planner, and the marks for scans of indexes alone.
      await client.query('vacuum (analyze) events, deliveries, attempts, delivery_changes');
      await client.query('checkpoint');
    },
    [Symbol.asyncDispose]: () => client.end(),
  };
}

/** Ids of the same event differ in the digit between its time and its random part: 8 for the event, 9 for its delivery, a for the attempt. */
const LAY = `
  with timed as materialized (
    select i, i % $5::bigint as n, floor($3::float8 + i * $4::float8)::bigint as at, substr(md5(random()::text || i), 1, 15) as tail
    from generate_series($1::bigint, $2::bigint) as i
  ), planned as materialized (
    select i, at, dealt.*, (head || '8' || tail)::uuid as event_id, (head || '9' || tail)::uuid as id, (head || 'a' || tail)::uuid as attempt_id
    from (select *, lpad(to_hex(at), 12, '0') || '7' || lpad(to_hex(i & 4095), 3, '0') as head from timed) as t
    join dealt on dealt.n = t.n order by i
  ), events as (
    insert into events (id, organization_id, type, payload, created_at)
    select event_id, "organizationId", type, '{"number":' || i || ',"order":"${FILLING}"}', at from planned
  ), deliveries as (
    insert into deliveries
      (id, organization_id, webhook_id, hook_id, event_id, status, attempt_count, next_attempt_at, created_at, updated_at)
    select id, "organizationId", "webhookId", "hookId", event_id, 'SUCCEEDED', 1, null, at, at + 60 from planned
  ), attempts as (
    insert into attempts (id, delivery_id, number, started_at, duration_ms, timing, request, outcome)
    select attempt_id, id, 1, at, 60.25, '${TIMING}', '${REQUEST}', '${OUTCOME}' from planned
  )
  insert into delivery_changes
    (organization_id, webhook_id, hook_id, event_id, delivery_id, type, status, attempt_id, changed_at)
  select "organizationId", "webhookId", "hookId", event_id, id, type, 'SUCCEEDED', attempt_id, at + 60 from planned`;

const given = 'from json_populate_recordset(null::dealt, $1)';

const ADD_HOOKS = [
  `insert into organizations (id, name, created_at) select "organizationId", 'Customer of the past', $2 ${given}`,
  `insert into webhooks (id, organization_id, name, description, signing_secret, created_at, updated_at)
    select "webhookId", "organizationId", 'Orders', '', 'whsec_aGlzdG9yeS1vZi10aGUtYmVuY2htYXJr', $2, $2 ${given}`,
  `insert into hooks (id, organization_id, webhook_id, type, method, endpoint, status, position, created_at)
    select "hookId", "organizationId", "webhookId", type, 'POST', 'https://hooks.example.com/', 'ACTIVE', 0, $2 ${given}`,
];
