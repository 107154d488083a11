import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ATTEMPTS, makeOrganization, makeWebhook, publishMany } from '../support/platform.js';
import { type Receiver, startReceiver } from '../support/receiver.js';
import { startTestServer, type TestServer } from '../support/server.js';

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

  it('brings nothing of theirs in the stream', async () => {
    const [one, other] = tenants as [string, string];
    const key = await makeKey(one);
    const before = await server.gql('query ($id: ID!) { organization(id: $id) { streamCursor } }', { id: other });

    await publishMany(server, other, 3);
    await publishMany(server, one, 1, 100);
    const attempts = await server.as(key).subscribe(ATTEMPTS, { organizationId: one, after: before.organization.streamCursor });

    // The only notice after the cursor is of its own event, although theirs came before it.
    let payload = (await attempts.next()).deliveryAttempts.attempt.delivery.event.payload;
    while (payload.n < 100) payload = (await attempts.next()).deliveryAttempts.attempt.delivery.event.payload;
    expect(payload).toEqual({ n: 100 });
  });
});
