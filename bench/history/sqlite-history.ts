import { join } from 'node:path';
import BetterSqlite from 'better-sqlite3';
import { MARKS } from '../../src/database/lists/new-rows.js';
import { ownerLists } from '../../src/database/lists/owner-lists.js';
import { OUTCOME, REQUEST, TIMING } from './attempt-texts.js';
import { FILLING } from '../load/publish.js';
import type { HistoryHook, HistorySpan, HistoryWriter } from './history-writer.js';

/** In the memory of this process, in KiB: index pages that rows of many hooks go to are written back once, not again and again. */
const CACHE_KIB = 256 * 1024;

/** Opens the file of a data folder for writing much: nothing is durable before `settle`, and nobody else may open it. */
export async function openSqliteHistory(dataDir: string): Promise<HistoryWriter> {
  const database = new BetterSqlite(join(dataDir, 'hookgraph.sqlite'), { fileMustExist: true });
  for (const pragma of ['journal_mode = memory', 'synchronous = off', 'locking_mode = exclusive', `cache_size = -${CACHE_KIB}`])
    database.pragma(pragma);
  // What refers to what is laid right by how it is made.
  database.pragma('foreign_keys = off');
  database.exec(`
    create temp table dealt (n integer primary key, organization_id text, webhook_id text, hook_id text, type text);
    create temp table planned (i integer primary key, n integer, at integer, head text, tail text);`);
  let hookCount = 0;
  const plan = database.prepare<HistorySpan & { hookCount: number }>(PLAN);
  const inserts = [EVENTS, DELIVERIES, ATTEMPTS, CHANGES, ...LISTS].map((statement) => database.prepare(statement));
  const lastChange = database.prepare<[], number>('select coalesce(max(sequence), 0) from delivery_changes').pluck();
  const listChanges = database.prepare<[number]>(CHANGE_LIST);
  const marks = MOVE_MARKS.map((statement) => database.prepare(statement));
  const lay = database.transaction((span: HistorySpan) => {
    plan.run({ ...span, hookCount });
    const before = lastChange.get()!;
    for (const insert of inserts) insert.run();
    listChanges.run(before);
    database.exec('delete from planned');
  });

  return {
    async readHooks() {
      return database
        .prepare<[], HistoryHook>(
          `select organization_id as organizationId, webhook_id as webhookId, id as hookId, type from hooks where status <> 'REMOVED' order by id`,
        )
        .all();
    },
    async addHooks(hooks, createdAt) {
      const statements = ADD_HOOK.map((statement) => database.prepare<HistoryHook & { createdAt: number }>(statement));
      for (const hook of hooks) for (const statement of statements) statement.run({ ...hook, createdAt });
    },
    async readLastEventId(below) {
      const row = database.prepare<[string], { id: string }>('select id from events where id < ? order by id desc limit 1').get(below);
      return row?.id ?? null;
    },
    async deal(hooks) {
      hookCount = hooks.length;
      const insert = database.prepare<HistoryHook & { n: number }>(
        'insert into dealt values (:n, :organizationId, :webhookId, :hookId, :type)',
      );
      hooks.forEach((hook, n) => insert.run({ ...hook, n }));
    },
    async lay(span) {
      lay(span);
    },
    async settle() {
      for (const mark of marks) mark.run();
      database.pragma('synchronous = full');
      // The server asks for the same at its start, and to change it writes to the file, which makes all of it durable.
      database.pragma('journal_mode = wal');
    },
    async [Symbol.asyncDispose]() {
      database.close();
    },
  };
}

/** Ids of the same event differ in the digit between these two: 8 for the event, 9 for its delivery, a for the attempt. */
const PLAN = `
  with recursive counted (i) as (select :from union all select i + 1 from counted where i + 1 < :from + :count),
  timed as materialized (select i, cast(:startAt + i * :stepMs as integer) as at, lower(hex(randomblob(8))) as random from counted)
  insert into planned
  select i, i % :hookCount, at, printf('%08x-%04x-7%03x-', at >> 16, at & 65535, i & 4095),
    substr(random, 1, 3) || '-' || substr(random, 4, 12) from timed`;

const EVENTS = `
  insert into events (id, organization_id, type, payload, created_at)
  select head || '8' || tail, organization_id, type, '{"number":' || i || ',"order":"${FILLING}"}', at
  from planned join dealt using (n) order by i`;

const DELIVERIES = `
  insert into deliveries
    (id, organization_id, webhook_id, hook_id, event_id, status, attempt_count, next_attempt_at, created_at, updated_at)
  select head || '9' || tail, organization_id, webhook_id, hook_id, head || '8' || tail, 'SUCCEEDED', 1, null, at, at + 60
  from planned join dealt using (n) order by i`;

const ATTEMPTS = `
  insert into attempts (id, delivery_id, number, started_at, duration_ms, timing, request, outcome)
  select head || 'a' || tail, head || '9' || tail, 1, at, 60.25, '${TIMING}', '${REQUEST}', '${OUTCOME}' from planned order by i`;

const CHANGES = `
  insert into delivery_changes
    (organization_id, webhook_id, hook_id, event_id, delivery_id, type, status, attempt_id, changed_at)
  select organization_id, webhook_id, hook_id, head || '8' || tail, head || '9' || tail, type, 'SUCCEEDED', head || 'a' || tail, at + 60
  from planned join dealt using (n) order by i`;

const LISTS = [
  `insert into event_list select organization_id, head || '8' || tail from planned join dealt using (n) order by 1, 2`,
  ...['organization_id', 'webhook_id', 'hook_id'].map(
    (owner) => `insert into delivery_list select ${owner}, head || '9' || tail from planned join dealt using (n) order by 1, 2`,
  ),
];

const CHANGE_LIST = `
  insert into delivery_change_list select organization_id, sequence from delivery_changes where sequence > ? order by 1, 2`;

/** All of it is listed, as a server would have done by now. */
const MOVE_MARKS = ownerLists.map(
  ({ table, list, key }) => `
    insert or replace into ${MARKS} (list, last_row, last_key)
    select '${list}', rowid, ${key} from ${table} order by rowid desc limit 1`,
);

const ADD_HOOK = [
  `insert into organizations (id, name, created_at) values (:organizationId, 'Customer of the past', :createdAt)`,
  `insert into webhooks (id, organization_id, name, description, signing_secret, created_at, updated_at)
    values (:webhookId, :organizationId, 'Orders', '', 'whsec_aGlzdG9yeS1vZi10aGUtYmVuY2htYXJr', :createdAt, :createdAt)`,
  `insert into hooks (id, organization_id, webhook_id, type, method, endpoint, status, position, created_at)
    values (:hookId, :organizationId, :webhookId, :type, 'POST', 'https://hooks.example.com/', 'ACTIVE', 0, :createdAt)`,
];
