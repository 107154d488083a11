import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Notices } from '../support/notices.js';
import { ATTEMPTS, HEALTH, makeOrganization, makeWebhook, publishMany, RESULTS } from '../support/platform.js';
import { type Receiver, startReceiver } from '../support/receiver.js';
import { startTestServer, type TestServer } from '../support/server.js';

const EXPECTED = expect.stringContaining(
  'a cursor that this organization was given: that of an earlier notice, or its streamCursor',
) as string;

const LISTS = ['webhooks', 'events', 'deliveries', 'eventTypes'];

let server: TestServer;
let receiver: Receiver;
/** Two tenants, each with as much as the other. */
let tenants: string[];

beforeAll(async () => {
  [server, receiver] = await Promise.all([startTestServer(), startReceiver()]);
  tenants = [await makeOrganization(server), await makeOrganization(server)];
  for (const organizationId of tenants) await makeWebhook(server, { organizationId, endpoint: receiver.url });
  for (const organizationId of tenants) await publishMany(server, organizationId, 5);
});

afterAll(() => Promise.all([server[Symbol.asyncDispose](), receiver.close()]));

function page(organizationId: string, list: string, after: string | null, key?: string) {
  return (key === undefined ? server : server.as(key)).gql(
    `query ($id: ID!, $after: String) { organization(id: $id) { ${list}(first: 100, after: $after) { edges { cursor node { id } } } } }`,
    { id: organizationId, after },
  );
}

async function makeKey(organizationId: string): Promise<string> {
  const { createApiKey } = await server.gql('mutation ($input: CreateApiKeyInput!) { createApiKey(input: $input) { key } }', {
    input: { organizationId, name: 'Reader', scopes: ['READ'] },
  });
  return createApiKey.key;
}

describe("another tenant's cursor", () => {
  it.each(LISTS)('brings nothing of theirs in the list of %s', async (list) => {
    const [one, other] = tenants as [string, string];
    const key = await makeKey(one);
    const own = new Set((await page(one, list, null)).organization[list].edges.map(({ node }: any) => node.id));
    const foreign: string[] = (await page(other, list, null)).organization[list].edges.map(({ cursor }: any) => cursor);

    for (const cursor of foreign) {
      const { edges } = (await page(one, list, cursor, key)).organization[list];

      expect(edges.filter(({ node }: any) => !own.has(node.id))).toEqual([]);
    }
    expect(foreign.length).toBeGreaterThan(0);
  });

  it.each([
    ['deliveryAttempts', ATTEMPTS],
    ['deliveryResults', RESULTS],
    ['hookHealth', HEALTH],
  ])('is refused by the stream %s, to a key of one tenant and to the admin, and nothing says whose it is', async (_, query) => {
    const [one, other] = tenants as [string, string];
    const key = await makeKey(one);
    const { organization } = await server.gql('query ($id: ID!) { organization(id: $id) { streamCursor } }', { id: other });

    for (const caller of [server.as(key), server]) {
      const notices = await caller.subscribe(query, { organizationId: one, after: organization.streamCursor });

      const faults = [{ path: 'after', received: JSON.stringify(organization.streamCursor), expected: EXPECTED }];
      expect(await refusalOf(notices)).toMatchObject([{ extensions: { code: 'BAD_USER_INPUT', faults } }]);
    }
  });
});

/** The errors by which a subscription was refused. */
async function refusalOf(notices: Notices<unknown>): Promise<unknown> {
  const failure = await notices.next().then(
    () => undefined,
    (error: Error) => error,
  );
  return JSON.parse(failure!.message);
}
