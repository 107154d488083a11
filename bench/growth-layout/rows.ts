import { sql } from 'kysely';
import type { Tables } from '../../src/database/connect.js';
import { OUTCOME, REQUEST, TIMING } from '../history/attempt-texts.js';
import { DAY_MS, startOf } from './days.js';

const ORGANIZATION_COUNT = 500;
const HOOKS_OF_EACH = 3;

/** Deliveries of a batch, as a busy server commits them together. */
export const BATCH = 500;

/** Each fails once in ten times at first, and is attempted again. */
const RETRY_SHARE = 0.1;

/** A UUIDv7 of an instant, in SQL. */
const idAt = (instant: string) => sql.raw(`uuidv7(make_interval(secs => (${instant}) / 1000.0 - extract(epoch from clock_timestamp())))`);

/** Organizations with their hooks, and a table that numbers the hooks. */
export async function createHooks(db: Tables): Promise<void> {
  const hooks = sql.raw(`generate_series(0, ${ORGANIZATION_COUNT * HOOKS_OF_EACH - 1}) as n`);
  await sql`create table numbered as select n, case when n % ${sql.lit(HOOKS_OF_EACH)} = 0 then uuidv7() end as organization_id,
    uuidv7() as hook_id, 'order_' || n % ${sql.lit(HOOKS_OF_EACH)} as type from ${hooks}`.execute(db);
  await sql`update numbered as u set organization_id = o.organization_id from numbered as o
    where o.n = u.n - u.n % ${sql.lit(HOOKS_OF_EACH)}`.execute(db);
  await sql`insert into organizations (id, name, created_at) select distinct organization_id, 'o', 0 from numbered`.execute(db);
  await sql`insert into webhooks (id, organization_id, name, description, signing_secret, created_at, updated_at)
    select distinct organization_id, organization_id, 'w', '', 's', 0, 0 from numbered`.execute(db);
  await sql`insert into hooks (id, organization_id, webhook_id, type, method, endpoint, status, position, ordering, created_at)
    select hook_id, organization_id, organization_id, type, 'POST', 'https://hooks.example.com/', 'ACTIVE', 0, 'NONE', 0 from numbered`.execute(
    db,
  );
  await sql`analyze numbered`.execute(db);
}

export interface Span {
  day: number;
  /** Which deliveries of the day, of `dayCount`, spread evenly over it. */
  from: number;
  count: number;
  dayCount: number;
}

/** Events and their deliveries, as a publish writes them: few organizations have much of them, many a little. */
export async function publish(db: Tables, { day, from, count, dayCount }: Span): Promise<void> {
  const at = sql.raw(`(${startOf(day)} + (${from} + i) * ${DAY_MS}::bigint / ${dayCount})`);
  await sql`
    with planned as materialized (
      select i, ${at} as at, floor(power(random(), 2) * ${sql.lit(ORGANIZATION_COUNT * HOOKS_OF_EACH)})::int as n
      from generate_series(0, ${sql.lit(count - 1)}) as i
    ), named as materialized (
      select at, organization_id, hook_id, type, ${idAt('at')} as event_id, ${idAt('at')} as id
      from planned join numbered using (n) order by i
    ), events as (
      insert into events (id, organization_id, type, payload, created_at)
      select event_id, organization_id, type, rpad('{"order":"' || event_id || '","lines":"', 498, md5(event_id::text)) || '"}', at from named
    )
    insert into deliveries
      (id, organization_id, webhook_id, hook_id, event_id, status, attempt_count, next_attempt_at, created_at, updated_at)
    select id, organization_id, organization_id, hook_id, event_id, 'PENDING', 0, at, at, at from named`.execute(db);
}

/** Attempts at all that is open, as a record writes them, until nothing is. */
export async function deliver(db: Tables): Promise<void> {
  await record(db, 'PENDING');
  await record(db, 'RETRYING');
}

async function record(db: Tables, from: 'PENDING' | 'RETRYING'): Promise<void> {
  const isRetry = sql.raw(from === 'PENDING' ? `random() < ${RETRY_SHARE}` : 'false');
  await sql`
    with judged as materialized (
      select d.id, ${isRetry} as fails, d.next_attempt_at as at, ${idAt('d.next_attempt_at')} as attempt_id from deliveries as d
      where d.next_attempt_at is not null and d.hook_id in (select hook_id from numbered) and d.status = ${sql.lit(from)} order by d.id
    ), moved as (
      update deliveries as d set status = case when fails then 'RETRYING' else 'SUCCEEDED' end, attempt_count = attempt_count + 1,
        next_attempt_at = case when fails then next_attempt_at + 5000 end, updated_at = next_attempt_at + 60
      from judged where d.id = judged.id returning d.*, judged.attempt_id, judged.at
    ), attempted as (
      insert into attempts (id, delivery_id, number, started_at, duration_ms, timing, request, outcome)
      select attempt_id, id, attempt_count, at, 60.25, ${TIMING}::json, ${REQUEST}::json, ${OUTCOME}::json from moved order by id
    )
    insert into delivery_changes
      (organization_id, webhook_id, hook_id, event_id, delivery_id, type, status, attempt_id, changed_at)
    select organization_id, webhook_id, hook_id, event_id, id, 'order_0', status, attempt_id, updated_at from moved order by id`.execute(
    db,
  );
}
