import { parse, print, visit } from 'graphql';
import { describe, expect, it } from 'vitest';
import { countReads } from '../support/count-reads.js';
import { startCountedLine } from '../support/counted-line.js';
import { makeOrganization, pauseHook, publish } from '../support/platform.js';
import { makeDatabase, onPostgres } from '../support/postgres.js';
import { startTestServer, type TestServer } from '../support/server.js';

const WEBHOOKS = 50;
const HOOKS = 20;
/** The first of each webhook. */
const HELD_HOOKS = 5;

/** As a dashboard asks for it, and with the names of all types, as Apollo's client and urql send it. */
const OVERVIEW = print(
  visit(
    parse(`query Overview($id: ID!) {
      organization(id: $id) {
        id
        name
        streamCursor
        webhooks(first: ${WEBHOOKS}) {
          pageInfo { hasNextPage endCursor }
          edges {
            node {
              id
              name
              authentication { clientId }
              hooks {
                pageInfo { hasNextPage endCursor }
                edges { node { id type method endpoint status heldCount health { status since disabledReason disablesAt } } }
              }
            }
          }
        }
      }
    }`),
    {
      SelectionSet: (set) => ({ ...set, selections: [...set.selections, { kind: 'Field', name: { kind: 'Name', value: '__typename' } }] }),
    },
  ),
);

/** An organization whose webhooks each have some hooks for new orders and many for removed ones; all but the first have a login. */
async function fill(server: TestServer): Promise<{ organizationId: string; hookIds: string[] }> {
  const organizationId = await makeOrganization(server);
  const hookIds: string[] = [];
  for (let webhook = 0; webhook < WEBHOOKS; webhook += 1) {
    const hooks = Array.from({ length: HOOKS }, (_, hook) => ({
      type: hook < HELD_HOOKS ? 'order_created' : 'order_removed',
      method: 'POST',
      endpoint: `http://127.0.0.1:9000/${hook}`,
    }));
    const authentication = {
      grantType: 'CLIENT_CREDENTIALS',
      endpoint: 'http://127.0.0.1:9000/token',
      clientId: `client ${webhook}`,
      clientSecret: 'a secret of a client',
      headerFormat: 'Authorization',
      headerValueFormat: 'Bearer %ACCESS_TOKEN%',
    };
    const { createWebhook } = await server.gql(
      `mutation ($input: CreateWebhookInput!) { createWebhook(input: $input) { hooks(first: ${HELD_HOOKS}) { edges { node { id } } } } }`,
      { input: { organizationId, name: `Webhook ${webhook}`, hooks, authentication: webhook === 0 ? null : authentication } },
    );
    hookIds.push(...createWebhook.hooks.edges.map(({ node }: any) => node.id));
  }
  return { organizationId, hookIds };
}

describe('what a dashboard shows at first', () => {
  it('is answered in one query, by a statement or two for each webhook, however many hooks are held', { timeout: 60_000 }, async () => {
    await using stack = new AsyncDisposableStack();
    const reads = stack.use(countReads());
    const line = onPostgres ? stack.use(await startCountedLine(stack.use(await makeDatabase()).url)) : null;
    // One that dispatches would read the hooks that were paused meanwhile.
    const server = stack.use(await startTestServer(line === null ? {} : { config: { databaseUrl: line.url, role: 'api' } }));
    const { organizationId, hookIds } = await fill(server);
    for (const id of hookIds) await pauseHook(server, id);
    for (let count = 0; count < 3; count += 1) await publish(server, organizationId);
    const readCount = () => line?.readCount ?? reads.count;
    // What is read once for all of them is read by the answer to the first.
    await server.gql(OVERVIEW, { id: organizationId });
    const before = readCount();

    const { organization } = await server.gql(OVERVIEW, { id: organizationId });

    // A page of hooks for each webhook. What is held of those that come at the same time is counted at once: PostgreSQL gives them over
    // several connections, one after the other.
    expect(readCount() - before).toBeLessThan(onPostgres ? 2 * WEBHOOKS + 20 : WEBHOOKS + 10);
    const webhooks = organization.webhooks.edges.map(({ node }: any) => node);
    expect(webhooks.map(({ authentication }: any) => authentication?.clientId ?? null)).toEqual([
      null,
      ...Array.from({ length: WEBHOOKS - 1 }, (_, webhook) => `client ${webhook + 1}`),
    ]);
    const counts = webhooks.map(({ hooks }: any) => hooks.edges.map(({ node }: any) => `${node.health.status} ${node.heldCount}`));
    const ofEach = [...Array<string>(HELD_HOOKS).fill('PAUSED 3'), ...Array<string>(HOOKS - HELD_HOOKS).fill('HEALTHY 0')];
    expect(counts).toEqual(Array.from({ length: WEBHOOKS }, () => ofEach));
  });

  it('says what is held at the moment, also after a mutation in the same operation', async () => {
    await using server = await startTestServer();
    const organizationId = await makeOrganization(server);
    const { createWebhook } = await server.gql(
      'mutation ($input: CreateWebhookInput!) { createWebhook(input: $input) { hooks { edges { node { id } } } } }',
      { input: { organizationId, name: 'One', hooks: [{ type: 'order_created', method: 'POST', endpoint: 'http://127.0.0.1:9000/' }] } },
    );
    const hookId = createWebhook.hooks.edges[0].node.id;
    await pauseHook(server, hookId);

    const answer = await server.gql(
      `mutation ($id: ID!, $organizationId: ID!) {
        none: pauseHook(id: $id) { heldCount }
        publishEvent(input: { organizationId: $organizationId, type: "order_created", payload: 1 }) { duplicate }
        one: pauseHook(id: $id) { heldCount again: heldCount }
        resumed: resumeHook(id: $id) { heldCount }
      }`,
      { id: hookId, organizationId },
    );

    expect(answer).toMatchObject({ none: { heldCount: 0 }, one: { heldCount: 1, again: 1 }, resumed: { heldCount: 0 } });
  });
});
