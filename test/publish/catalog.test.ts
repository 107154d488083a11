import type { KyselyPlugin } from 'kysely';
import { beforeEach, describe, expect, it, onTestFinished } from 'vitest';
import { type Catalog, KeptCatalog, readingCatalog, type TopicFacts } from '../../src/publish/catalog.js';
import { openTestDatabase, type TestDatabase } from '../support/database.js';
import { idOf } from '../support/ids.js';
import { makeOrganization, makeWebhook, publish, readDeliveries } from '../support/platform.js';
import { insertHooks, newId } from '../support/rows.js';
import { startTestServer } from '../support/server.js';
import { askForUpdate } from '../support/webhooks.js';

let database: TestDatabase;
let organizationId: string;
let readCount: number;

beforeEach(async () => {
  database = await openTestDatabase();
  onTestFinished(() => database[Symbol.asyncDispose]());
  await insertHooks(database.db(), [{ id: idOf('h') }]);
  ({ organization_id: organizationId } = await database.db().selectFrom('hooks').select('organization_id').executeTakeFirstOrThrow());
  readCount = 0;
});

const countReads: KyselyPlugin = {
  transformQuery({ node }) {
    readCount += 1;
    return node;
  },
  transformResult: async ({ result }) => result,
};

/** What the catalog has of these types, and how many reads it took. */
async function ask(catalog: Catalog, ...types: string[]): Promise<{ facts: TopicFacts[]; reads: number }> {
  const before = readCount;
  const tx = { db: database.db().withPlugin(countReads), afterCommit() {} };
  const facts = await catalog.read(
    tx,
    types.map((type) => ({ organizationId, type })),
  );
  return { facts: [...facts.values()], reads: readCount - before };
}

describe('a catalog that is kept', () => {
  it('reads a topic once, until it is told to forget', async () => {
    const { type } = await database.db().selectFrom('hooks').select('type').executeTakeFirstOrThrow();
    const entry = { organization_id: organizationId, name: type, description: '', version: 1, created_at: 0, updated_at: 0 };
    await database
      .db()
      .insertInto('event_types')
      .values({ id: newId(), ...entry })
      .execute();
    const catalog = new KeptCatalog();

    const [first, second] = [await ask(catalog, type), await ask(catalog, type)];
    catalog.forget();
    const third = await ask(catalog, type);

    expect([first.reads, second.reads, third.reads]).toEqual([3, 0, 3]);
    expect(second.facts).toEqual(first.facts);
    expect(third.facts).toEqual(first.facts);
    expect(first.facts).toMatchObject([{ isOrganizationKnown: true, hooks: [{ id: idOf('h') }] }]);
  });

  it('keeps nothing of a type that is in no catalog, nor of an organization that is not there', async () => {
    const catalog = new KeptCatalog();

    const [first, second] = [await ask(catalog, 'made_up'), await ask(catalog, 'made_up')];
    organizationId = newId();
    const [third, fourth] = [await ask(catalog, 'made_up'), await ask(catalog, 'made_up')];

    expect([first.reads, second.reads, third.reads, fourth.reads]).toEqual([3, 3, 3, 3]);
    expect([first.facts[0]!.isOrganizationKnown, third.facts[0]!.isOrganizationKnown]).toEqual([true, false]);
    expect([first.facts[0]!.entry, third.facts[0]!.entry]).toEqual([undefined, undefined]);
  });
});

it('a catalog of a database that others change too reads each time', async () => {
  expect([(await ask(readingCatalog, 't')).reads, (await ask(readingCatalog, 't')).reads]).toEqual([3, 3]);
});

it('what is changed holds for the next publish: a hook that is added, one that is removed, and a schema', async () => {
  await using server = await startTestServer();
  const organization = await makeOrganization(server);
  const endpoint = 'http://127.0.0.1:9/';
  const owed = async () => {
    const id = await publish(server, organization);
    return (await readDeliveries(server, organization)).filter(({ event }) => event.id === id).length;
  };
  const counts = [await owed()];
  const webhook = await makeWebhook(server, { organizationId: organization, endpoint });
  counts.push(await owed());
  await makeWebhook(server, { organizationId: organization, endpoint });
  counts.push(await owed());
  await askForUpdate(server, webhook.id, { hooks: [{ type: 'order_updated', method: 'POST', endpoint }] });
  counts.push(await owed());
  expect(counts).toEqual([0, 1, 2, 1]);

  await server.gql('mutation ($input: RegisterEventTypeInput!) { registerEventType(input: $input) { id } }', {
    input: { organizationId: organization, name: 'order_created', schema: { type: 'string' } },
  });
  const { errors } = await server.ask(
    'mutation ($id: ID!) { publishEvent(input: { organizationId: $id, type: "order_created", payload: 1 }) { duplicate } }',
    { id: organization },
  );
  expect(errors).toMatchObject([{ extensions: { code: 'BAD_USER_INPUT' } }]);
});
