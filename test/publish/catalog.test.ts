import type { KyselyPlugin } from 'kysely';
import { beforeEach, describe, expect, it, onTestFinished } from 'vitest';
import { renewCatalog } from '../../src/configure/renew-catalog.js';
import { type Catalog, KeptCatalog, type TopicFacts } from '../../src/publish/catalog.js';
import { SharedCatalog } from '../../src/publish/shared-catalog.js';
import { countQueries } from '../support/count-queries.js';
import { openTestDatabase, type TestDatabase } from '../support/database.js';
import { idOf } from '../support/ids.js';
import { makeOrganization, makeWebhook, publish, readDeliveries } from '../support/platform.js';
import { insertHooks, newId } from '../support/rows.js';
import { makeDatabase, onPostgres } from '../support/postgres.js';
import { startTestServer, type TestServer } from '../support/server.js';
import { askForUpdate } from '../support/webhooks.js';

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

/** What the catalog has of these types, and how many reads it took. */
async function ask(catalog: Catalog, ...types: string[]): Promise<{ facts: TopicFacts[]; reads: number }> {
  const before = counted.count;
  const tx = { db: database.db().withPlugin(counted), afterCommit() {} };
  const facts = await catalog.read(
    tx,
    types.map((type) => ({ organizationId, type })),
  );
  return { facts: [...facts.values()], reads: counted.count - before };
}

/** Puts the type of the hook into its organization's catalog. */
async function addType(): Promise<string> {
  const { type } = await database.db().selectFrom('hooks').select('type').executeTakeFirstOrThrow();
  const entry = { organization_id: organizationId, name: type, description: '', version: 1, created_at: 0, updated_at: 0 };
  await database
    .db()
    .insertInto('event_types')
    .values({ id: newId(), ...entry })
    .execute();
  return type;
}

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
  it('reads a topic once, and from then on whether its organization has another version', async () => {
    const type = await addType();
    const catalog = new SharedCatalog();

    const [first, second] = [await ask(catalog, type), await ask(catalog, type)];
    await database.db().updateTable('hooks').set({ status: 'REMOVED' }).execute();
    await renewCatalog(database.orm.em.fork(), newId, organizationId);
    const [third, fourth] = [await ask(catalog, type), await ask(catalog, type)];

    expect([first.reads, second.reads, third.reads, fourth.reads]).toEqual([3, 1, 3, 1]);
    expect(first.facts).toMatchObject([{ isOrganizationKnown: true, hooks: [{ id: idOf('h') }] }]);
    expect(second.facts).toEqual(first.facts);
    expect(third.facts).toMatchObject([{ isOrganizationKnown: true, hooks: [] }]);
    expect(fourth.facts).toEqual(third.facts);
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

    expect((await ask(catalog, type)).reads).toBe(3);
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
