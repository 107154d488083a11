import { CompiledQuery, type KyselyPlugin } from 'kysely';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { countOpen } from '../../src/api/count-open.js';
import { readNewestPage } from '../../src/api/newest-page.js';
import { readPage } from '../../src/api/paging.js';
import type { EntityManager, Tables } from '../../src/database/connect.js';
import type { Writes, WriteTransaction } from '../../src/database/writes.js';
import { readHookToServe } from '../../src/dispatch/hook-to-serve.js';
import { readHooksWithOpenDeliveries, readOpenDeliveries } from '../../src/dispatch/read-open-deliveries.js';
import { Attempt } from '../../src/entities/attempt.js';
import { AuditRecord } from '../../src/entities/audit-record.js';
import { Delivery } from '../../src/entities/delivery.js';
import { Event } from '../../src/entities/event.js';
import { SharedCatalog } from '../../src/publish/shared-catalog.js';
import { writePublishes } from '../../src/publish/write-publishes.js';
import { Cancellation } from '../../src/record/cancellation.js';
import { expireNextAudit } from '../../src/record/expire-audit.js';
import { expireNextKeys } from '../../src/record/expire-keys.js';
import { recordAttempts } from '../../src/record/record-attempts.js';
import { releaseUnordered } from '../../src/record/release-unordered.js';
import { FIRST_PLACE, retireNextEvents } from '../../src/record/retire-events.js';
import { followEvent } from '../../src/watch/event-progress.js';
import { healthLog } from '../../src/watch/health-log.js';
import { readChanges } from '../../src/watch/read-changes.js';
import { EVERYTHING } from '../../src/reach.js';
import { openTestDatabase, type TestDatabase } from '../support/database.js';
import { ManualClock } from '../support/manual-clock.js';
import { onPostgres } from '../support/postgres.js';
import { explain, type Scan } from '../support/postgres-plans.js';
import { newId } from '../support/rows.js';
import { plainPayloads, sealedSecret, testRing } from '../support/test-ring.js';
import { fillTables, idAt, sentAttempt, TABLES_THAT_GROW } from './filled-tables.js';

let database: TestDatabase;

/** How PostgreSQL reads what each statement that `work` runs reads, with the values bound: on them hangs what a partial index is good for. */
async function scansOf(work: (db: Tables, em: EntityManager) => Promise<unknown>): Promise<Scan[]> {
  const statements: CompiledQuery[] = [];
  const db = database.db();
  const note: KyselyPlugin = {
    transformQuery({ node, queryId }) {
      statements.push(db.getExecutor().compileQuery(node, queryId));
      return node;
    },
    transformResult: async ({ result }) => result,
  };
  const em = database.orm.em.fork();
  // The entity manager writes its values into the statement, but tells of the two apart.
  database.orm.config.getLogger().logQuery = ({ query, params }) => {
    statements.push(CompiledQuery.raw(em.getPlatform().formatQuery(query!, params ?? [])));
  };
  const noted = db.withPlugin(note);
  // A text that was made before is made into no query any more.
  noted.executeQuery = (query, options) => {
    if ('sql' in query) statements.push(query);
    return db.executeQuery(query, options);
  };
  await work(noted, em);
  expect(statements).not.toEqual([]);
  return (await Promise.all(statements.map((statement) => explain(db, statement)))).flat();
}

/** What reads a table that grows from its beginning to its end, or an index of it. */
const wholeReads = (scans: readonly Scan[]) => scans.filter(({ table, condition }) => TABLES_THAT_GROW.has(table) && condition === null);

const transactionOf = (db: Tables): WriteTransaction => ({ db, afterCommit() {} });

/** Writes whose transactions are never begun: their statements are what is asked for. */
function writesOf(db: Tables): Writes {
  return { upkeep: (work: (em: unknown, tx: WriteTransaction) => unknown) => work(undefined, transactionOf(db)) } as unknown as Writes;
}

const emOf = (db: Tables) => ({ getKysely: () => db }) as unknown as EntityManager;
const organizationId = idAt('organizations', 1);
const hookId = idAt('hooks', 1);
const page = { first: 50 };
const feed = { append() {}, forget() {} };

interface Case {
  statement: string;
  work: (db: Tables, em: EntityManager) => Promise<unknown>;
  uses: string[];
  /** An index that is small whatever the table has grown to, and may be read as a whole. */
  small?: string;
}

/** Beyond all entries. */
const FAR = 1_000_000_000;

/** What plans the publish of an event, of one of several servers. */
function publisherOf(db: Tables) {
  const plan = writePublishes({
    newId,
    payloads: plainPayloads,
    catalog: new SharedCatalog(),
    wake() {},
  });
  return (keys: { idempotencyKey?: string; orderingKey?: string } = {}) => {
    const event = { id: newId(), path: 'input', type: 't', payloadText: '1', idempotencyKey: null, orderingKey: null, ...keys };
    return plan(transactionOf(db), [{ organization: { id: organizationId, reach: EVERYTHING }, publishedAt: 1, events: [event] }]);
  };
}

const publishing: Case[] = [
  {
    statement: 'a publish with keys',
    work: async (db) => (await publisherOf(db)({ idempotencyKey: 'key', orderingKey: 'k' })).write(),
    uses: ['idempotency_keys_pkey', 'events_pkey', 'deliveries_head_unique'],
  },
  {
    statement: 'a publish by what is kept of its organization',
    async work(db) {
      const plan = publisherOf(db);
      await plan();
      await (await plan()).write();
    },
    uses: [],
  },
];

const dispatching: Case[] = [
  { statement: 'a look for hooks with open deliveries', work: readHooksWithOpenDeliveries, uses: ['deliveries_open_index'] },
  {
    statement: "a page of a hook's open deliveries",
    work: (db) => readOpenDeliveries(db, plainPayloads, { hookId, kind: 'RETRYING', limit: 64 }),
    uses: ['deliveries_open_index', 'events_pkey'],
  },
  { statement: 'a read of a hook', work: (db) => readHookToServe(db, testRing, hookId), uses: [] },
];

async function record(db: Tables, serverId: string | null): Promise<void> {
  const plan = recordAttempts({ feed, healthFeed: feed, publishOperational: async () => {}, serverId });
  const planned = await plan(transactionOf(db), [sentAttempt()]);
  await planned.write();
}

const recording: Case[] = [
  {
    statement: 'a record of attempts',
    work: (db) => record(db, null),
    uses: ['deliveries_pkey', 'deliveries_head_unique', 'deliveries_order_index'],
  },
  {
    statement: 'a record of attempts by one of several servers',
    work: (db) => record(db, newId()),
    uses: [],
  },
  {
    statement: 'a cancelling of what removed hooks have open',
    work: (db) => new Cancellation(writesOf(db), feed, new ManualClock()).cancelDeliveriesOfRemovedHooks(),
    uses: ['deliveries_open_index'],
  },
  {
    statement: 'a release of what has no order any more',
    work: (db) =>
      releaseUnordered(
        writesOf(db),
        async () => {},
        () => 0,
      ),
    uses: ['deliveries_order_index'],
    // Open deliveries of hooks with an order alone: PostgreSQL reads all of them where that is less than a look for each hook.
    small: 'deliveries_order_index',
  },
  { statement: 'an expiry of keys', work: (db) => expireNextKeys(transactionOf(db), 20), uses: ['idempotency_keys_created_at_index'] },
  { statement: 'an expiry of the audit log', work: (db) => expireNextAudit(transactionOf(db), 20), uses: ['audit_records_pkey'] },
  {
    statement: 'a retirement of events',
    async work(db) {
      const rule = { publishedBeforeAt: 20, changedBeforeAt: FAR };
      // The log, the attempts, the deliveries, the events.
      for (let step = 0; step < 4; step += 1) await retireNextEvents(transactionOf(db), FIRST_PLACE, rule);
    },
    uses: [
      'events_pkey',
      'deliveries_event_id_index',
      'delivery_changes_event_id_sequence_index',
      'delivery_changes_pkey',
      'attempts_delivery_id_number_index',
      'attempts_pkey',
      'idempotency_keys_event_id_index',
    ],
  },
];

const watching: Case[] = [
  {
    statement: 'a page of the log of an organization',
    work: (db) => readChanges(emOf(db), { organizationId, kind: 'ATTEMPTS' }, { after: 10_000, upTo: FAR }),
    uses: ['delivery_changes_organization_id_sequence_index', 'attempts_pkey'],
  },
  {
    statement: 'a page of the log of a hook by types',
    work: (db) => readChanges(emOf(db), { organizationId, hookId, types: ['t'], kind: 'RESULTS' }, { after: 10_000, upTo: FAR }),
    uses: ['delivery_changes_organization_id_sequence_index'],
  },
  {
    statement: 'the progress of an event',
    async work(db) {
      const eventId = idAt('events', 9000);
      await followEvent({ followAll() {} } as never, emOf(db), { id: eventId, organizationId });
      await readChanges(emOf(db), { organizationId, eventId, kind: 'ALL' }, { after: 0, upTo: FAR });
    },
    uses: ['deliveries_event_id_index', 'delivery_changes_event_id_sequence_index'],
  },
  {
    statement: "a page of the log of hooks' health",
    work: (db) => healthLog.readSpan(emOf(db), { organizationId }, { after: 0, upTo: FAR }),
    uses: [],
  },
];

const dashboard: Case[] = [
  {
    statement: "a page of an organization's deliveries",
    work: (_, em) => readNewestPage(em, Delivery, ['organizationId', organizationId], page),
    uses: ['deliveries_organization_id_id_index'],
  },
  {
    statement: "a page of an organization's events",
    work: (_, em) => readNewestPage(em, Event, ['organizationId', organizationId], page),
    uses: ['events_organization_id_id_index'],
  },
  {
    statement: "a page of an organization's audit log",
    work: (_, em) => readNewestPage(em, AuditRecord, ['organizationId', organizationId], page),
    uses: ['audit_records_organization_id_id_index'],
  },
  {
    statement: "a page of a webhook's deliveries",
    work: (_, em) => readNewestPage(em, Delivery, ['webhookId', idAt('webhooks', 1)], page),
    uses: ['deliveries_webhook_id_id_index'],
  },
  {
    statement: "a page of a hook's deliveries, and the one after it",
    async work(_, em) {
      const { pageInfo } = await readNewestPage(em, Delivery, ['hookId', hookId], page);
      await readNewestPage(em, Delivery, ['hookId', hookId], { ...page, after: pageInfo.endCursor! });
    },
    uses: ['deliveries_hook_id_id_index'],
  },
  {
    statement: "a page of an event's deliveries",
    work: (_, em) => readPage(em, Delivery, { eventId: idAt('events', 9000) }, { id: 'asc' }, page),
    uses: ['deliveries_event_id_index'],
  },
  {
    statement: "a page of a delivery's attempts",
    work: (_, em) => readPage(em, Attempt, { deliveryId: idAt('deliveries', 9000) }, { number: 'asc', id: 'asc' }, page),
    uses: ['attempts_delivery_id_number_index'],
  },
  {
    statement: 'the count of what a hook holds',
    work: (db) => countOpen(emOf(db), [hookId, idAt('hooks', 2)]),
    uses: ['deliveries_open_index'],
  },
];

describe.runIf(onPostgres)('on PostgreSQL', () => {
  beforeAll(async () => {
    database = await openTestDatabase();
    await fillTables(database.db());
    const webhookId = idAt('webhooks', 1);
    const signing_secret = sealedSecret(organizationId, webhookId);
    await database.db().updateTable('webhooks').set({ signing_secret }).where('id', '=', webhookId).execute();
  }, 60_000);

  afterAll(() => database[Symbol.asyncDispose]());

  it.each([...publishing, ...dispatching, ...recording, ...watching, ...dashboard])(
    '$statement reads by an index what it needs of tables that grow',
    async ({ work, uses, small }) => {
      const scans = await scansOf(work);

      expect(wholeReads(scans).filter(({ index }) => index === null || index !== small)).toEqual([]);
      expect([...new Set(scans.map(({ index }) => index))]).toEqual(expect.arrayContaining(uses));
    },
  );

  it.each([
    { by: 'a column without an index', column: 'updated_at' as const },
    { by: 'a column that an index has, but not first', column: 'status' as const },
  ])('a statement that asks by $by is seen to read all of it', async ({ column }) => {
    const scans = await scansOf((db) =>
      db
        .selectFrom('deliveries')
        .select('id')
        .where(column, '=', '1' as never)
        .execute(),
    );

    expect(wholeReads(scans)).toEqual([{ node: 'Seq Scan', table: 'deliveries', index: null, condition: null }]);
  });

  it('a statement that goes through an index from end to end is seen to do so', async () => {
    const scans = await scansOf((db) => db.selectFrom('deliveries').select('id').orderBy('id').limit(1).offset(15_000).execute());

    expect(wholeReads(scans)).toMatchObject([{ index: 'deliveries_pkey' }]);
  });
});
