import { type KyselyPlugin, sql } from 'kysely';
import { beforeEach, describe, expect, it, onTestFinished } from 'vitest';
import { renewCatalog } from '../../src/configure/renew-catalog.js';
import type { Tables } from '../../src/database/connect.js';
import { inTransaction } from '../../src/database/in-transaction.js';
import { RunAgainError, runUntilAlone } from '../../src/database/run-again.js';
import { createIdSource } from '../../src/ids.js';
import { type Catalog, KeptCatalog, type TopicFacts, topicName } from '../../src/publish/catalog.js';
import { type EventDraft, type PublishedEvent, Publisher } from '../../src/publish/publisher.js';
import { SharedCatalog } from '../../src/publish/shared-catalog.js';
import { systemRandom } from '../../src/random.js';
import { EVERYTHING } from '../../src/reach.js';
import type { OpenDelivery } from '../../src/send/attempt.js';
import { countQueries } from '../support/count-queries.js';
import { openTestDatabase, type TestDatabase } from '../support/database.js';
import { idOf } from '../support/ids.js';
import { ManualClock } from '../support/manual-clock.js';
import { makeOrganization, makeWebhook, publish, readDeliveries } from '../support/platform.js';
import { insertEventType, insertHooks, newId } from '../support/rows.js';
import { makeDatabase, onPostgres } from '../support/postgres.js';
import { startTestServer, type TestServer } from '../support/server.js';
import { makeSchemaChecks } from '../support/schema-checks.js';
import { plainPayloads } from '../support/test-ring.js';
import { askForUpdate } from '../support/webhooks.js';
import { JsonInput } from '../../src/json/json-input.js';

let database: TestDatabase;
let organizationId: string;
let counted: ReturnType<typeof countQueries>;

beforeEach(async () => {
  database = await openTestDatabase();
  onTestFinished(() => database[Symbol.asyncDispose]());
  await insertHooks(database.db(), [{ id: idOf('h') }]);
  ({ organization_id: organizationId } = await database.db().selectFrom('hooks').select('organization_id').executeTakeFirstOrThrow());
  counted = countQueries();
});

/** What the catalog has of these types, with its premise asked, and how many reads it took. */
async function ask(catalog: Catalog, ...types: string[]): Promise<{ facts: TopicFacts[]; reads: number }> {
  const before = counted.count;
  const tx = { db: database.db().withPlugin(counted), afterCommit() {} };
  const facts = await runUntilAlone(async () => {
    const { topics, premise } = await catalog.read(
      tx,
      types.map((type) => ({ organizationId, type })),
    );
    await premise?.check(tx.db);
    return [...topics.values()];
  });
  return { facts, reads: counted.count - before };
}

/** Puts a type, the hook's unless said otherwise, into its organization's catalog. */
async function addType(type = 't'): Promise<string> {
  await insertEventType(database.db(), { organizationId, name: type });
  return type;
}

/** Changes the catalog, or the hooks, as another server does: in one transaction with another version. */
async function change(work: (db: Tables) => Promise<unknown>): Promise<void> {
  await inTransaction(database.orm, async (em, db) => {
    await work(db);
    await renewCatalog(em, newId, organizationId);
  });
}

const removeHooks = (db: Tables) => db.updateTable('hooks').set({ status: 'REMOVED' }).execute();

describe('a catalog that is kept', () => {
  it('reads a topic once, until it is told to forget', async () => {
    const type = await addType();
    const catalog = new KeptCatalog();

    const [first, second] = [await ask(catalog, type), await ask(catalog, type)];
    catalog.forget();
    const third = await ask(catalog, type);

    expect([first.reads, second.reads, third.reads]).toEqual([3, 0, 3]);
    expect(second.facts).toEqual(first.facts);
    expect(third.facts).toEqual(first.facts);
    expect(first.facts).toMatchObject([{ isOrganizationKnown: true, hooks: [{ id: idOf('h') }] }]);
  });
});

describe('a catalog of a database that others change too', () => {
  it('reads a topic once, and from then on whether its organization still has the version', async () => {
    const type = await addType();
    const catalog = new SharedCatalog();

    const [first, second] = [await ask(catalog, type), await ask(catalog, type)];
    await change(removeHooks);
    const [third, fourth] = [await ask(catalog, type), await ask(catalog, type)];

    expect([first.reads, second.reads, third.reads, fourth.reads]).toEqual([3, 1, 4, 1]);
    expect(first.facts).toMatchObject([{ isOrganizationKnown: true, hooks: [{ id: idOf('h') }] }]);
    expect(second.facts).toEqual(first.facts);
    expect(third.facts).toMatchObject([{ isOrganizationKnown: true, hooks: [] }]);
    expect(fourth.facts).toEqual(third.facts);
  });

  it('assumes nothing of a topic beside one that it has to read, nor of one whose organization is known to have changed', async () => {
    const [kept, other, third] = [await addType(), await addType('other'), await addType('third')];
    const catalog = new SharedCatalog();
    await ask(catalog, kept);
    await ask(catalog, third);

    await change(removeHooks);
    const mixed = await ask(catalog, kept, other);
    const known = await ask(catalog, third);

    expect([mixed.reads, known.reads]).toEqual([3, 3]);
    expect(mixed.facts).toMatchObject([{ hooks: [] }, { hooks: [] }]);
  });

  it('reads anew what one organization has where it has changed, and not what others have', async () => {
    const type = await addType();
    const changed = { organizationId, type };
    organizationId = idOf('p');
    const same = { organizationId, type };
    await insertHooks(database.db(), [{ id: idOf('i'), organizationId }]);
    await addType();
    ({ organizationId } = changed);
    const catalog = new SharedCatalog();
    const tx = { db: database.db(), afterCommit() {} };
    const read = () => catalog.read(tx, [same, changed]);
    await read();

    await change((db) => db.updateTable('hooks').set({ status: 'REMOVED' }).where('organization_id', '=', organizationId).execute());
    const assumed = await read();
    await expect(assumed.premise!.check(tx.db)).rejects.toThrow(RunAgainError);
    const now = await read();

    expect(now.premise).toBeUndefined();
    expect(now.topics.get(topicName(changed))).toMatchObject({ hooks: [] });
    expect(now.topics.get(topicName(same))).toMatchObject({ hooks: [{ id: idOf('i') }] });
    expect(now.topics.get(topicName(same))).toBe(assumed.topics.get(topicName(same)));
  });

  it('reads again what changed while it was read', async () => {
    const type = await addType();
    const catalog = new SharedCatalog();
    const em = database.orm.em.fork();
    const changing: KyselyPlugin = {
      transformQuery: ({ node }) => node,
      async transformResult({ result }) {
        // After the version, and before the rest.
        if (counted.count === 1) await renewCatalog(em, newId, organizationId);
        return result;
      },
    };
    const tx = { db: database.db().withPlugin(counted).withPlugin(changing), afterCommit() {} };

    await catalog.read(tx, [{ organizationId, type }]);

    expect((await ask(catalog, type)).reads).toBe(4);
    expect((await ask(catalog, type)).reads).toBe(1);
  });
});

it.each([
  ['of the only server', () => new KeptCatalog(), [3, 3, 3, 3]],
  [
    'of a database that others change too, which looks for nothing of an organization that is not there',
    () => new SharedCatalog(),
    [3, 3, 1, 1],
  ],
])('keeps nothing of what is not there: a catalog %s', async (_, makeCatalog, reads) => {
  const catalog = makeCatalog();

  const [first, second] = [await ask(catalog, 'made_up'), await ask(catalog, 'made_up')];
  organizationId = newId();
  const [third, fourth] = [await ask(catalog, 'made_up'), await ask(catalog, 'made_up')];

  expect([first.reads, second.reads, third.reads, fourth.reads]).toEqual(reads);
  expect([first.facts[0]!.isOrganizationKnown, third.facts[0]!.isOrganizationKnown]).toEqual([true, false]);
  expect([first.facts[0]!.entry, third.facts[0]!.entry]).toEqual([undefined, undefined]);
});

describe('a publish by what is kept of an organization that another server has changed meanwhile', () => {
  const schemaOf = (schema: unknown) => (db: Tables) =>
    db
      .updateTable('event_types')
      .set({ schema: sql`${JSON.stringify(schema)}`, version: sql`version + 1` })
      .execute();

  /** One of several servers, which knows the types `t`, that a hook waits for, and `unheard`, that none does. */
  async function startPublisher() {
    await addType();
    await addType('unheard');
    const clock = new ManualClock();
    const woken: OpenDelivery[] = [];
    const wake = (deliveries: readonly OpenDelivery[]) => void woken.push(...deliveries);
    const schemas = makeSchemaChecks();
    onTestFinished(() => schemas.close());
    const publisher = new Publisher({
      writes: database.writes,
      clock,
      newId: createIdSource(clock, systemRandom),
      payloads: plainPayloads,
      schemas,
      wake,
    });
    const organization = { id: organizationId, reach: EVERYTHING };
    const publishMany = (...drafts: EventDraft[]) => publisher.publishEvents(organization, drafts);
    await publishMany({ type: 't', payload: new JsonInput(1), idempotencyKey: 'known' }, { type: 'unheard', payload: new JsonInput(1) });
    await publishMany({ type: 'unheard', payload: new JsonInput(1) });
    return {
      publish: async (draft: Partial<EventDraft> = {}) => (await publishMany({ type: 't', payload: new JsonInput(1), ...draft }))[0]!,
      publishMany,
      woken,
      /** The hooks that an event is owed to. */
      async owedTo({ event }: PublishedEvent) {
        const rows = await database
          .db()
          .selectFrom('deliveries')
          .where('event_id', '=', event.id)
          .select('hook_id')
          .orderBy('hook_id')
          .execute();
        return rows.map((row) => row.hook_id);
      },
      countEvents: async () => (await database.db().selectFrom('events').select('id').execute()).length,
    };
  }

  it.each([
    { type: 't', hooks: [idOf('h'), idOf('i')] },
    { type: 'unheard', hooks: [idOf('i')] },
  ])('owes a delivery of $type to a hook that was added, and wakes for it once', async ({ type, hooks }) => {
    const { publish: publishOne, owedTo, woken } = await startPublisher();
    const before = woken.length;

    await change((db) => insertHooks(db, [{ id: idOf('i'), type }]));
    const published = await publishOne({ type });

    expect(await owedTo(published)).toEqual(hooks);
    expect(
      woken
        .slice(before)
        .map(({ hookId }) => hookId)
        .toSorted(),
    ).toEqual(hooks);
  });

  it('owes nothing to a hook that was removed', async () => {
    const { publish: publishOne, owedTo } = await startPublisher();

    await change(removeHooks);

    expect(await owedTo(await publishOne())).toEqual([]);
  });

  it('beside a type that was not kept owes what both are owed now', async () => {
    const { publishMany, owedTo } = await startPublisher();
    await addType('new');

    await change((db) =>
      insertHooks(db, [
        { id: idOf('i'), type: 't' },
        { id: idOf('j'), type: 'new' },
      ]),
    );
    const [known, fresh] = await publishMany({ type: 't', payload: new JsonInput(1) }, { type: 'new', payload: new JsonInput(1) });

    expect([await owedTo(known!), await owedTo(fresh!)]).toEqual([[idOf('h'), idOf('i')], [idOf('j')]]);
  });

  it.each(['t', 'unheard'])('is refused by the schema that %s has now, and stores nothing', async (type) => {
    const { publish: publishOne, countEvents } = await startPublisher();
    const before = await countEvents();

    await change(schemaOf({ type: 'string' }));

    await expect(publishOne({ type })).rejects.toMatchObject({ code: 'BAD_USER_INPUT' });
    expect(await countEvents()).toBe(before);
  });

  it('is not refused by the schema of before, alone or beside one that is not', async () => {
    const { publish: publishOne } = await startPublisher();
    await change(schemaOf({ type: 'string' }));
    await publishOne({ payload: new JsonInput('text') });

    await change(schemaOf({ type: 'number' }));
    await publishOne();
    await change(schemaOf(null));
    await Promise.all([publishOne(), publishOne({ payload: new JsonInput('text') })]);
  });

  it('is refused where its type is gone, be it one that was published before', async () => {
    const { publish: publishOne } = await startPublisher();
    expect(await publishOne({ idempotencyKey: 'known' })).toMatchObject({ duplicate: true });

    await change((db) => db.deleteFrom('event_types').where('name', '=', 't').execute());

    await expect(publishOne({ idempotencyKey: 'known' })).rejects.toMatchObject({ code: 'BAD_USER_INPUT' });
    await expect(publishOne()).rejects.toMatchObject({ code: 'BAD_USER_INPUT' });
  });
});

/** What changes, the organization's, at one server, and what is published, at the same or at another one. */
async function changeAndPublish(changing: TestServer, publishing: TestServer): Promise<void> {
  const organization = await makeOrganization(changing);
  const endpoint = 'http://127.0.0.1:2/';
  const owed = async () => {
    const id = await publish(publishing, organization);
    return (await readDeliveries(publishing, organization)).filter(({ event }) => event.id === id).length;
  };
  const counts = [await owed()];
  const webhook = await makeWebhook(changing, { organizationId: organization, endpoint });
  counts.push(await owed());
  const { id } = await makeWebhook(changing, { organizationId: organization, endpoint });
  counts.push(await owed());
  await askForUpdate(changing, webhook.id, { hooks: [{ type: 'order_updated', method: 'POST', endpoint }] });
  counts.push(await owed());
  await changing.gql('mutation ($id: ID!) { deleteWebhook(id: $id) }', { id });
  counts.push(await owed());
  expect(counts).toEqual([0, 1, 2, 1, 0]);

  await changing.gql('mutation ($input: RegisterEventTypeInput!) { registerEventType(input: $input) { id } }', {
    input: { organizationId: organization, name: 'order_created', schema: { type: 'string' } },
  });
  const { errors } = await publishing.ask(
    'mutation ($id: ID!) { publishEvent(input: { organizationId: $id, type: "order_created", payload: 1 }) { duplicate } }',
    { id: organization },
  );
  expect(errors).toMatchObject([{ extensions: { code: 'BAD_USER_INPUT' } }]);
}

describe('what is changed holds for the next publish, be it hooks that are added or removed, a webhook that is deleted, or a schema', () => {
  it('at the same server', async () => {
    await using server = await startTestServer();

    await changeAndPublish(server, server);
  });

  it.runIf(onPostgres)('at another one', async () => {
    await using shared = await makeDatabase();
    await using first = await startTestServer({ config: { databaseUrl: shared.url } });
    await using second = await startTestServer({ config: { databaseUrl: shared.url, role: 'api' } });

    await changeAndPublish(first, second);
  });
});
