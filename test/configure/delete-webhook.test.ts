import { afterAll, beforeAll, beforeEach, expect, it } from 'vitest';
import { ATTEMPTS, makeOrganization, makeWebhook, publish, RESULTS, type MadeWebhook } from '../support/platform.js';
import { readRows } from '../support/read-rows.js';
import { type Receiver, startReceiver } from '../support/receiver.js';
import { startTestServer, type TestServer } from '../support/server.js';
import { authenticationInput, readWebhook } from '../support/webhooks.js';

const DELETE = 'mutation ($id: ID!) { deleteWebhook(id: $id) }';
const NOTHING = '019b796d-0000-7000-8000-000000000000';

let server: TestServer;
let receiver: Receiver;
let organizationId: string;
let webhook: MadeWebhook;

beforeAll(async () => {
  [server, receiver] = await Promise.all([startTestServer(), startReceiver()]);
  receiver.answerWith({ status: 500 });
});

afterAll(() => Promise.all([server[Symbol.asyncDispose](), receiver.close()]));

beforeEach(async () => {
  organizationId = await makeOrganization(server);
  webhook = await makeWebhook(server, { organizationId, endpoint: receiver.url });
});

async function publishAndFail(): Promise<string> {
  const attempts = await server.subscribe(ATTEMPTS, { organizationId });
  await publish(server, organizationId);
  const { deliveryAttempts } = await attempts.next();
  await attempts.end();
  return deliveryAttempts.attempt.delivery.id;
}

it('answers with the id, and the webhook is there no more', async () => {
  const { deleteWebhook } = await server.gql(DELETE, { id: webhook.id });

  expect(deleteWebhook).toBe(webhook.id);
  expect(await readWebhook(server, webhook.id)).toBeNull();
  const { organization } = await server.gql('query ($id: ID!) { organization(id: $id) { webhooks { edges { cursor } } } }', {
    id: organizationId,
  });
  expect(organization.webhooks.edges).toEqual([]);
});

it('ends open deliveries as cancelled before it answers, and the stream tells so', async () => {
  const results = await server.subscribe(RESULTS, { organizationId });
  const deliveryId = await publishAndFail();

  await server.gql(DELETE, { id: webhook.id });

  const { delivery } = await server.gql('query ($id: ID!) { delivery(id: $id) { status nextAttemptAt } }', { id: deliveryId });
  expect(delivery).toEqual({ status: 'CANCELLED', nextAttemptAt: null });
  expect(await results.next()).toMatchObject({ deliveryResults: { delivery: { id: deliveryId, status: 'CANCELLED', attemptCount: 1 } } });
});

it('keeps the record: the delivery tells its attempts, its hook and its webhook', async () => {
  const deliveryId = await publishAndFail();

  await server.gql(DELETE, { id: webhook.id });

  const { delivery } = await server.gql(
    `query ($id: ID!) {
      delivery(id: $id) {
        attempts { edges { node { number outcome { __typename } } } }
        event { type payload }
        hook { id status webhook { id name deletedAt signingSecret authentication { version } configuration organization { id } deliveries { edges { node { id } } } } }
      }
    }`,
    { id: deliveryId },
  );
  expect(delivery).toEqual({
    attempts: { edges: [{ node: { number: 1, outcome: { __typename: 'ResponseReceived' } } }] },
    event: { type: 'order_created', payload: { n: 1 } },
    hook: {
      id: webhook.hookIds.order_created,
      status: 'REMOVED',
      webhook: {
        id: webhook.id,
        name: 'Orders',
        deletedAt: '2026-01-01T12:00:00.000Z',
        signingSecret: null,
        authentication: null,
        configuration: { name: 'Orders', description: '', hooks: [], authentication: null },
        organization: { id: organizationId },
        deliveries: { edges: [{ node: { id: deliveryId } }] },
      },
    },
  });
});

it('leaves other webhooks and their deliveries as they are', async () => {
  const other = await makeWebhook(server, { organizationId, endpoint: receiver.url });
  const attempts = await server.subscribe(ATTEMPTS, { organizationId });
  const eventId = await publish(server, organizationId);
  await attempts.take(2);

  await server.gql(DELETE, { id: webhook.id });

  const { event } = await server.gql('query ($id: ID!) { event(id: $id) { deliveries { edges { node { status hook { id } } } } } }', {
    id: eventId,
  });
  const byHook = Object.fromEntries(event.deliveries.edges.map(({ node }: any) => [node.hook.id, node.status]));
  expect(byHook).toEqual({ [webhook.hookIds.order_created!]: 'CANCELLED', [other.hookIds.order_created!]: 'RETRYING' });
});

it('owes nothing for events published afterwards', async () => {
  await server.gql(DELETE, { id: webhook.id });

  const eventId = await publish(server, organizationId);

  const { event } = await server.gql('query ($id: ID!) { event(id: $id) { deliveries { edges { cursor } } } }', { id: eventId });
  expect(event.deliveries.edges).toEqual([]);
});

it('cancels more deliveries than one transaction takes', async () => {
  const results = await server.subscribe(
    'subscription ($organizationId: ID!) { deliveryResults(organizationId: $organizationId) { delivery { status } } }',
    { organizationId },
  );
  await Promise.all(
    [1000, 200].map((length) =>
      server.gql('mutation ($input: PublishEventsInput!) { publishEvents(input: $input) { duplicate } }', {
        input: { organizationId, events: Array.from({ length }, (_, n) => ({ type: 'order_created', payload: n })) },
      }),
    ),
  );

  await server.gql(DELETE, { id: webhook.id });

  const told = await results.take(1200);
  expect(new Set(told.map(({ deliveryResults }) => deliveryResults.delivery.status))).toEqual(new Set(['CANCELLED']));
});

it.each(['again', 'for a webhook that was never there'])('is refused %s', async (when) => {
  await server.gql(DELETE, { id: webhook.id });
  const id = when === 'again' ? webhook.id : NOTHING;

  const { errors } = await server.ask(DELETE, { id });

  expect(errors).toMatchObject([{ message: `There is no webhook with the id "${id}".`, extensions: { code: 'NOT_FOUND' } }]);
});

it('leaves no secret of the webhook behind in the database', async () => {
  const made = await makeWebhook(server, {
    organizationId,
    endpoint: receiver.url,
    authentication: { ...authenticationInput, clientSecret: 'canary-client-secret' },
  });

  await server.gql(DELETE, { id: made.id });

  const rows = await readTables(server);
  expect(rows).toContain(made.id);
  expect(rows).not.toContain('canary-client-secret');
  expect(rows).not.toContain(made.signingSecret);
});

async function readTables(of: TestServer): Promise<string> {
  const tables = ['webhooks', 'authentications', 'hooks'];
  return JSON.stringify(await Promise.all(tables.map((table) => readRows(of, `select * from ${table}`))));
}
