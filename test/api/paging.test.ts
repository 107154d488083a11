import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { exampleWith, importDocument } from '../support/documents.js';
import { makeOrganization, makeWebhook, publishMany } from '../support/platform.js';
import { type Receiver, startReceiver } from '../support/receiver.js';
import { startTestServer, type TestServer } from '../support/server.js';

let server: TestServer;
let receiver: Receiver;
let organizationId: string;
let webhookId: string;
let hookId: string;

beforeAll(async () => {
  [server, receiver] = await Promise.all([startTestServer(), startReceiver()]);
  organizationId = await makeOrganization(server);
  const webhook = await makeWebhook(server, { organizationId, endpoint: receiver.url, types: ['order_created', 'order_updated'] });
  webhookId = webhook.id;
  hookId = webhook.hookIds.order_created!;
  await publishMany(server, organizationId, 5);
  await receiver.requests(5);
});

afterAll(() => Promise.all([server[Symbol.asyncDispose](), receiver.close()]));

const encoded = (value: unknown) => Buffer.from(JSON.stringify(value)).toString('base64url');

interface Page {
  edges: Array<{ cursor: string; node: any }>;
  pageInfo: { hasNextPage: boolean; hasPreviousPage: boolean; startCursor: string | null; endCursor: string | null };
}

const PAGE = '{ edges { cursor node { id } } pageInfo { hasNextPage hasPreviousPage startCursor endCursor } }';

// Each list, by where it stands: a query around `%`, and how to find it in the answer.
const lists: Array<[string, string, (data: any) => Page]> = [
  ['organizations', '%', (data) => data.list],
  ['webhooks', 'organization(id: $organizationId) { % }', (data) => data.organization.list],
  ['eventTypes', 'organization(id: $organizationId) { % }', (data) => data.organization.list],
  ['events', 'organization(id: $organizationId) { % }', (data) => data.organization.list],
  ['deliveries', 'organization(id: $organizationId) { % }', (data) => data.organization.list],
  ['deliveries', 'webhook(id: $webhookId) { % }', (data) => data.webhook.list],
  ['hooks', 'webhook(id: $webhookId) { % }', (data) => data.webhook.list],
];

function ask(around: string, name: string, args: { first?: unknown; after?: unknown }) {
  const query = `query ($organizationId: ID!, $webhookId: ID!, $first: Int, $after: String) {
    used: organization(id: $organizationId) { id } alsoUsed: webhook(id: $webhookId) { id }
    ${around.replace('%', `list: ${name}(first: $first, after: $after) ${PAGE}`)}
  }`;
  return server.ask(query, { organizationId, webhookId, ...args });
}

describe.each(lists)('the list %s of %s', (name, around, pageOf) => {
  async function page(args: { first?: unknown; after?: unknown }): Promise<Page> {
    const { data, errors } = await ask(around, name, args);
    expect(errors).toBeUndefined();
    return pageOf(data);
  }

  it('comes in pages that join to the whole', async () => {
    const whole = await page({ first: 100 });
    const joined: Page['edges'] = [];
    let after: string | null = null;

    for (;;) {
      const { edges, pageInfo } = await page({ first: 2, after });
      joined.push(...edges);
      expect(pageInfo.startCursor).toBe(edges[0]?.cursor ?? null);
      expect(pageInfo.endCursor).toBe(edges.at(-1)?.cursor ?? null);
      expect(pageInfo.hasPreviousPage).toBe(after !== null);
      after = pageInfo.endCursor;
      if (!pageInfo.hasNextPage) break;
    }

    expect(joined).toEqual(whole.edges);
    expect(whole.pageInfo.hasNextPage).toBe(false);
  });

  it('has nothing after its last node', async () => {
    const whole = await page({ first: 100 });

    const rest = await page({ first: 2, after: whole.pageInfo.endCursor });

    expect(rest).toEqual({
      edges: [],
      pageInfo: { hasNextPage: false, hasPreviousPage: expect.any(Boolean) as boolean, startCursor: null, endCursor: null },
    });
  });

  it.each([0, -1, 101, 2 ** 31 - 1])('refuses a first of %i', async (first) => {
    const { errors } = await ask(around, name, { first });

    expect(errors![0]!.extensions).toEqual({
      code: 'BAD_USER_INPUT',
      faults: [{ path: 'first', received: String(first), expected: 'a whole number from 1 to 100' }],
    });
  });

  it.each([null, 1.5, '3', 2 ** 31, [1]])('refuses a first of %j', async (first) => {
    const { errors } = await ask(around, name, { first });

    expect(errors![0]!.extensions.code).toMatch(/^(?:BAD_USER_INPUT|GRAPHQL_VALIDATION_FAILED)$/);
  });

  it.each([
    '',
    'x',
    '%%%',
    '019b796d-0000-7000-8000-000000000000',
    encoded(null),
    encoded({}),
    encoded('x'),
    encoded(5),
    encoded([]),
    encoded([{}]),
    encoded([{ $ne: null }]),
    encoded([null]),
    encoded([null, null]),
    encoded([['x']]),
    encoded([1, 2, 3]),
    encoded([true]),
    `${encoded(['x'])}=`,
  ])('refuses the cursor %j', async (after) => {
    const { errors } = await ask(around, name, { first: 2, after });

    expect(errors![0]!.extensions).toEqual({
      code: 'BAD_USER_INPUT',
      faults: [{ path: 'after', received: JSON.stringify(after), expected: 'a cursor of an earlier page' }],
    });
  });

  it('gives twenty nodes at most when nothing is said', async () => {
    const { edges } = await page({});

    expect(edges.length).toBeGreaterThan(0);
    expect(edges.length).toBeLessThanOrEqual(20);
  });
});

it('gives twenty of twenty-five when nothing is said', async () => {
  const organization = await makeOrganization(server);
  await publishMany(server, organization, 25);

  const { organization: found } = await server.gql(`query ($id: ID!) { organization(id: $id) { events ${PAGE} } }`, { id: organization });

  expect(found.events.edges).toHaveLength(20);
  expect(found.events.pageInfo.hasNextPage).toBe(true);
});

it('pages through the attempts of a delivery and the deliveries of a hook and of an event', async () => {
  const { organization } = await server.gql(
    `query ($id: ID!) {
      organization(id: $id) {
        deliveries(first: 1) {
          edges { node { attempts(first: 1) { edges { cursor } pageInfo { hasNextPage } } event { deliveries(first: 1) { edges { cursor } } } hook { id deliveries(first: 2) ${PAGE} } } }
        }
      }
    }`,
    { id: organizationId },
  );

  const [{ node }] = organization.deliveries.edges;
  expect(node.attempts).toEqual({ edges: [{ cursor: expect.any(String) as string }], pageInfo: { hasNextPage: false } });
  expect(node.event.deliveries.edges).toHaveLength(1);
  expect(node.hook).toMatchObject({ id: hookId, deliveries: { pageInfo: { hasNextPage: true } } });
  expect(node.hook.deliveries.edges).toHaveLength(2);
});

describe('while new rows come', () => {
  it('a list with the newest first repeats none and skips none', async () => {
    const organization = await makeOrganization(server);
    const before = await publishMany(server, organization, 6);
    const query = `query ($id: ID!, $after: String) { organization(id: $id) { events(first: 2, after: $after) ${PAGE} } }`;
    const seen: string[] = [];
    let after: string | null = null;

    for (let pageCount = 0; pageCount < 3; pageCount += 1) {
      const { organization: found }: any = await server.gql(query, { id: organization, after });
      seen.push(...found.events.edges.map(({ node }: any) => node.id));
      after = found.events.pageInfo.endCursor;
      await publishMany(server, organization, 3);
    }

    expect(seen).toEqual(before.toReversed());
  });

  it('a list with the oldest first brings them at its end', async () => {
    const organization = await makeOrganization(server);
    const make = async () => (await makeWebhook(server, { organizationId: organization, endpoint: receiver.url })).id;
    const before = [await make(), await make(), await make()];
    const query = `query ($id: ID!, $after: String) { organization(id: $id) { webhooks(first: 2, after: $after) ${PAGE} } }`;
    const { organization: first } = await server.gql(query, { id: organization });
    const added = await make();

    const { organization: second } = await server.gql(query, { id: organization, after: first.webhooks.pageInfo.endCursor });

    expect([...first.webhooks.edges, ...second.webhooks.edges].map(({ node }: any) => node.id)).toEqual([...before, added]);
  });
});

it('gives hooks in the order of the document', async () => {
  const document = exampleWith((changed) => (changed.hooks = changed.hooks.toReversed()));
  const { data } = await importDocument(server, organizationId, document);

  const { webhook } = await server.gql(
    'query ($id: ID!) { webhook(id: $id) { hooks(first: 4) { edges { node { type } } pageInfo { endCursor } } } }',
    { id: data!.importWebhook.id },
  );
  const { webhook: rest } = await server.gql(
    'query ($id: ID!, $after: String) { webhook(id: $id) { hooks(after: $after) { edges { node { type } } } } }',
    {
      id: data!.importWebhook.id,
      after: webhook.hooks.pageInfo.endCursor,
    },
  );

  const types = [...webhook.hooks.edges, ...rest.hooks.edges].map(({ node }: any) => node.type);
  expect(types).toEqual(document.hooks.map(({ type }: any) => type));
});

it.each(['organization', 'webhook', 'event', 'delivery'])('answers with null for a %s that is not there', async (name) => {
  for (const id of ['', 'nobody', '019b796d-0000-7000-8000-000000000000', "' or 1=1 --", '\u0000', '😀']) {
    expect(await server.gql(`query ($id: ID!) { ${name}(id: $id) { id } }`, { id })).toEqual({ [name]: null });
  }
});

it('answers with null for an id of another kind', async () => {
  const { webhook, event, delivery } = await server.gql(
    'query ($id: ID!) { webhook(id: $id) { id } event(id: $id) { id } delivery(id: $id) { id } }',
    {
      id: organizationId,
    },
  );

  expect([webhook, event, delivery]).toEqual([null, null, null]);
});
