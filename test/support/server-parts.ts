import { sql } from 'kysely';
import pg from 'pg';
import type { Orm, Tables } from '../../src/database/connect.js';
import { openPostgresUrl } from '../../src/database/open-postgres.js';
import { type WriteMany, Writes } from '../../src/database/writes.js';
import { AFTER_ANOTHER } from '../../src/entities/delivery.js';
import type { HealthColumns } from '../../src/entities/hook-health.js';
import type { Ordering } from '../../src/entities/hook.js';
import { createIdSource, type IdSource } from '../../src/ids.js';
import { createLog } from '../../src/log.js';
import { publishOperationalBy } from '../../src/publish/publish-operational.js';
import { type PublishedEvent, Publisher } from '../../src/publish/publisher.js';
import { systemRandom } from '../../src/random.js';
import type { AttemptToRecord } from '../../src/record/record-attempts.js';
import { Recorder } from '../../src/record/recorder.js';
import type { OpenDelivery } from '../../src/send/attempt.js';
import { EVERYTHING } from '../../src/reach.js';
import { ManualClock } from './manual-clock.js';
import { makeDatabase, maintain } from './postgres.js';
import { makeReport } from './attempt-report.js';
import { makeSchemaChecks } from './schema-checks.js';
import { plainPayloads, sealedSecret } from './test-ring.js';
import { JsonInput } from '../../src/json/json-input.js';

/** The parts of a server that write, on a database that it shares with others. */
export interface ServerParts {
  readonly orm: Orm;
  readonly writes: Writes;
  readonly clock: ManualClock;
  readonly newId: IdSource;
  readonly publisher: Publisher;
  readonly recorder: Recorder;
  /** What it was told of new deliveries, by their ids. */
  readonly woken: string[];
  /** A query builder outside of any transaction. */
  readonly db: () => Tables;
  /**
   * Holds the commit of what is asked for in the same step of the event loop: `reached` when all of it but the commit is
   * done, which comes once it is let go.
   */
  hold(): { reached: Promise<void>; letGo(): void };
}

export interface SeveralServers extends AsyncDisposable {
  readonly url: string;
  readonly servers: readonly ServerParts[];
  readonly organizationId: string;
  /** Makes a hook of the organization for a type of its own; answers with its id, which is the type's name. */
  makeHook(ordering?: Ordering): Promise<string>;
  /** Resolves when so many transactions wait for others. */
  untilWaiting(count: number): Promise<void>;
  /** Begins a transaction past the servers. */
  beginOther(statement: string): Promise<OtherTransaction>;
}

export interface OtherTransaction extends AsyncDisposable {
  commit(): Promise<void>;
}

/** What holds a transaction. */
interface Hold {
  reach(): void;
  gate: Promise<void>;
}

const feed = { append() {} };

/** Opens servers on one new database, each with a clock that is ahead of the first's by so much. */
export async function openServers(aheadMs: readonly number[]): Promise<SeveralServers> {
  const stack = new AsyncDisposableStack();
  const { url } = stack.use(await makeDatabase());
  // Two that wait for each other are told so at once.
  await maintain(`alter database "${new URL(url).pathname.slice(1)}" set deadlock_timeout = '20ms'`);
  const servers: ServerParts[] = [];
  for (const ahead of aheadMs) servers.push(await openParts(stack, url, ahead));
  const db = servers[0]!.db;
  const { newId } = servers[0]!;
  const organizationId = newId();
  const webhookId = newId();
  const made = { organization_id: organizationId, created_at: 0 };
  await db().insertInto('organizations').values({ id: organizationId, name: 'o', created_at: 0 }).execute();
  const signing_secret = sealedSecret(organizationId, webhookId);
  const webhook = { ...made, id: webhookId, name: 'w', description: '', signing_secret, updated_at: 0, deleted_at: null };
  await db().insertInto('webhooks').values(webhook).execute();

  return {
    url,
    servers,
    organizationId,
    async makeHook(ordering = 'NONE') {
      const id = newId();
      const type = { ...made, id: newId(), name: id, description: '', version: 1, schema: null, example: null, updated_at: 0 };
      await db().insertInto('event_types').values(type).execute();
      const hook = { ...made, id, webhook_id: webhookId, type: id, method: 'POST' as const, endpoint: 'http://127.0.0.1/', position: 0 };
      await db()
        .insertInto('hooks')
        .values({ ...hook, status: 'ACTIVE', ordering })
        .execute();
      return id;
    },
    untilWaiting: (count) => untilWaiting(db(), count),
    async beginOther(statement) {
      const client = new pg.Client({ connectionString: url });
      // The database goes before it where a test fails.
      client.on('error', () => {});
      await client.connect();
      await client.query('begin');
      await client.query(statement);
      return {
        commit: async () => void (await client.query('commit')),
        [Symbol.asyncDispose]: () => client.end(),
      };
    },
    [Symbol.asyncDispose]: () => stack.disposeAsync(),
  };
}

/** Resolves when so many transactions of a database wait for others. */
export async function untilWaiting(db: Tables, count: number): Promise<void> {
  for (;;) {
    const { rows } = await sql<{ count: number }>`
      select count(*) as count from pg_stat_activity
      where datname = current_database() and wait_event_type = 'Lock'`.execute(db);
    if (rows[0]!.count >= count) return;
  }
}

async function openParts(stack: AsyncDisposableStack, url: string, aheadMs: number): Promise<ServerParts> {
  const clock = new ManualClock();
  clock.advance(aheadMs);
  const settings = { databasePoolSize: 3, databaseStatementTimeoutMs: 10_000, databaseNotifications: 'listen', dataDir: '' } as const;
  const orm = await openPostgresUrl(url, settings);
  stack.defer(() => orm.close());
  const writes = new Writes(orm, clock, createLog('silent'));
  stack.defer(() => writes.close());
  const newId = createIdSource(clock, systemRandom);
  const woken: string[] = [];
  const wake = (deliveries: readonly OpenDelivery[]) => void woken.push(...deliveries.map(({ deliveryId }) => deliveryId));
  const publisher = new Publisher({ writes, clock, newId, payloads: plainPayloads, schemas: stack.use(makeSchemaChecks()), wake });
  const publishOperational = publishOperationalBy({ newId, payloads: plainPayloads, wake });
  const recorder = new Recorder({
    writes,
    clock,
    newId,
    publishOperational,
    serverId: null,
    feed,
    healthFeed: feed,
    random: systemRandom,
    retryScheduleMs: [1000],
    disableAfterMs: 1_000_000,
  });
  // The last lane: the others of its batch have written when its turn comes.
  const write: WriteMany<Hold, void> = async (_, held) => {
    for (const { reach, gate } of held) {
      reach();
      await gate;
    }
    return held.map(() => undefined);
  };
  const holding = [
    writes.lane(write),
    writes.laneBeside<Hold, void>(async (tx, held) => ({ orderedHookIds: [], write: () => write(tx, held) })),
  ];
  return {
    orm,
    writes,
    clock,
    newId,
    publisher,
    recorder,
    woken,
    db: () => orm.em.fork().getKysely(),
    hold() {
      const gate = Promise.withResolvers<void>();
      const reached = holding.map((hold) => new Promise<void>((reach) => void hold({ reach, gate: gate.promise })));
      return { reached: Promise.all(reached).then(() => {}), letGo: gate.resolve };
    },
  };
}

/** Publishes an event to a hook of `makeHook`, and names it by its payload. */
export async function publishTo(
  { publisher }: ServerParts,
  { organizationId }: Pick<SeveralServers, 'organizationId'>,
  hookId: string,
  { name = 'e', key = null, idempotencyKey = null }: { name?: string; key?: string | null; idempotencyKey?: string | null } = {},
): Promise<PublishedEvent> {
  return publisher.publishEvent(
    { id: organizationId, reach: EVERYTHING },
    { type: hookId, payload: new JsonInput({ name }), orderingKey: key, idempotencyKey },
  );
}

/** A delivery as the table has it, in the order of ids. */
export interface DeliveryRow extends OpenDelivery {
  name: string;
  status: string;
  nextAttemptAt: number | null;
  state: 'DUE' | 'WAITING' | 'FINAL';
}

/** All deliveries of a hook. */
export async function readRows({ db }: ServerParts, hookId: string): Promise<DeliveryRow[]> {
  const rows = await db()
    .selectFrom('deliveries as d')
    .innerJoin('events as e', 'e.id', 'd.event_id')
    .where('d.hook_id', '=', hookId)
    .orderBy('d.id')
    .select(['d.id', 'd.webhook_id', 'd.status', 'd.attempt_count', 'd.next_attempt_at', 'd.ordering_key'])
    .select(['e.id as event_id', 'e.organization_id', 'e.type', 'e.payload', 'e.created_at'])
    .execute();
  return rows.map((row) => ({
    deliveryId: row.id,
    webhookId: row.webhook_id,
    hookId,
    attemptCount: row.attempt_count,
    orderingKey: row.ordering_key,
    event: {
      id: row.event_id,
      organizationId: row.organization_id,
      type: row.type,
      payload: row.payload,
      isTest: false,
      createdAt: row.created_at,
    },
    name: JSON.parse(row.payload).name,
    status: row.status,
    nextAttemptAt: row.next_attempt_at,
    state: row.next_attempt_at === null ? 'FINAL' : row.next_attempt_at === AFTER_ANOTHER ? 'WAITING' : 'DUE',
  }));
}

/** The states of a hook's deliveries, by the names of their events. */
export async function readStates(server: ServerParts, hookId: string): Promise<Record<string, DeliveryRow['state']>> {
  return Object.fromEntries((await readRows(server, hookId)).map(({ name, state }) => [name, state]));
}

const health: HealthColumns = { status: 'ACTIVE', statusChangedAt: 0, disabledReason: null, failingSince: null, warningCount: 0 };

/** An attempt of a delivery that the receiver answered with a status, as it is to be recorded. */
export function attemptOf({ recorder, clock }: ServerParts, delivery: OpenDelivery, status = 200): AttemptToRecord {
  const outcome = { kind: 'RESPONSE_RECEIVED' as const, status, headers: [], body: '', bodyTruncated: false };
  return recorder.judge(delivery, makeReport(outcome, clock.now()), health, 0);
}
