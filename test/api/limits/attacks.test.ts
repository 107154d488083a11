import { afterAll, beforeAll, beforeEach, afterEach, describe, expect, it } from 'vitest';
import { countReads } from '../../support/count-reads.js';
import { makeOrganization, makeWebhook, publish } from '../../support/platform.js';
import { onPostgres } from '../../support/postgres.js';
import { post } from '../../support/raw.js';
import { openSocket, type RawSocket } from '../../support/raw-socket.js';
import { type Receiver, startReceiver } from '../../support/receiver.js';
import { ADMIN_KEY, startTestServer, type TestServer } from '../../support/server.js';
import { type Attack, attacks, PAGES } from './attacks.js';

/** The most bytes that a refusal may take. */
const SMALL = 8 * 1024;

let server: TestServer;
let receiver: Receiver;
let deliveryId: string;
let eventId: string;
let reads: ReturnType<typeof countReads>;

beforeAll(async () => {
  [server, receiver] = await Promise.all([startTestServer(), startReceiver()]);
  const organizationId = await makeOrganization(server);
  await makeWebhook(server, { organizationId, endpoint: receiver.url });
  eventId = await publish(server, organizationId);
  await receiver.next();
  const { event } = await server.gql('query ($id: ID!) { event(id: $id) { deliveries { edges { node { id } } } } }', { id: eventId });
  deliveryId = event.deliveries.edges[0].node.id;
});

afterAll(() => Promise.all([server[Symbol.asyncDispose](), receiver.close()]));

beforeEach(() => {
  reads = countReads();
});

afterEach(() => reads[Symbol.dispose]());

async function openAsAdmin(): Promise<RawSocket> {
  const socket = await openSocket(server);
  socket.send({ type: 'connection_init', payload: { Authorization: `Bearer ${ADMIN_KEY}` } });
  await socket.next();
  return socket;
}

/** The errors by which an attack is answered, over HTTP and over a socket, with the bytes that they took. */
const transports: Record<string, (attack: Attack) => Promise<{ errors: any[] | undefined; text: string }>> = {
  HTTP: async ({ fields, fragments = '', declared = '', variables = {} }) => {
    const query = `query ($id: ID!${declared}) { delivery(id: $id) { ${fields} } } ${fragments}`;
    const { status, json, text } = await post(server, JSON.stringify({ query, variables: { ...variables, id: deliveryId } }));
    if (json.errors !== undefined) expect(status).toBe(400);
    return { errors: json.errors, text };
  },
  WebSocket: async ({ fields, fragments = '', declared = '', variables = {} }) => {
    const query = `subscription ($id: ID!${declared}) { eventProgress(eventId: $id) { delivery { ${fields} } } } ${fragments}`;
    await using socket = await openAsAdmin();
    socket.send({ id: '1', type: 'subscribe', payload: { query, variables: { ...variables, id: eventId } } });
    const answer = await socket.next();
    return { errors: answer.type === 'error' ? answer.payload : answer.payload.errors, text: JSON.stringify(answer) };
  },
};

describe.each(Object.entries(transports))('over %s', (_, send) => {
  it.each(Object.entries(attacks))('is refused early, by a code and in few bytes: %s', async (__, attack) => {
    const { errors, text } = await send(attack);

    expect(new Set(errors!.map(({ extensions }) => extensions.code))).toEqual(new Set([attack.code ?? 'QUERY_TOO_COSTLY']));
    expect(text.length).toBeLessThan(SMALL);
    if (!onPostgres) expect(reads.count).toBe(0);
  });

  it.each<[string, Attack]>([
    ['a few fields', { fields: 'id status' }],
    ['a page of each', { fields: PAGES('first: 20') }],
    ['a page of each that a variable sizes', { fields: PAGES('first: $first'), declared: ', $first: Int!', variables: { first: 20 } }],
    ['aliases', { fields: Array.from({ length: 50 }, (__, n) => `a${n}: id`).join(' ') }],
    ['fragments', { fields: '...A ...A', fragments: 'fragment A on Delivery { ...B ...B } fragment B on Delivery { hook { endpoint } }' }],
  ])('is answered: %s', async (__, asked) => {
    const { errors } = await send(asked);

    expect(errors).toBeUndefined();
    if (!onPostgres) expect(reads.count).toBeGreaterThan(0);
  });
});

describe('what a variable has', () => {
  it('is told of in few bytes where very much of it is wrong', async () => {
    const input = { organizationId: 'x', name: 'x', scopes: Array(100_000).fill('NONE') };
    const query = 'mutation ($input: CreateApiKeyInput!) { createApiKey(input: $input) { key } }';

    const { status, json, text } = await post(server, JSON.stringify({ query, variables: { input } }));

    expect(status).toBe(400);
    expect(json.errors[0].extensions.code).toBe('BAD_USER_INPUT');
    expect(text.length).toBeLessThan(SMALL);
  });

  it('is told of in few bytes over the socket too', async () => {
    const query = 'subscription ($o: ID!, $types: [String!]) { deliveryAttempts(organizationId: $o, types: $types) { cursor } }';
    await using socket = await openAsAdmin();

    socket.send({ id: '1', type: 'subscribe', payload: { query, variables: { o: 'x', types: Array(20_000).fill(1) } } });

    const answer = await socket.next();
    expect(JSON.stringify(answer).length).toBeLessThan(SMALL);
    expect(JSON.stringify(answer)).toContain('GRAPHQL_VALIDATION_FAILED');
  });
});

describe('the schema', () => {
  it.each([
    [
      'in each other',
      '{ __schema { types { fields { type { fields { type { fields { type { fields { name } } } } } } } } } }',
      'GRAPHQL_VALIDATION_FAILED',
    ],
    [
      'again and again',
      `{ ${Array.from({ length: 15 }, (_, n) => `a${n}: __schema { types { fields { name args { name type { name } } type { name } } } }`).join(' ')} }`,
      'QUERY_TOO_COSTLY',
    ],
  ])('is not given %s', async (_, query, code) => {
    const { status, json, text } = await post(server, JSON.stringify({ query }));

    expect(status).toBe(400);
    expect(json.errors.map(({ extensions }: any) => extensions.code)).toEqual([code]);
    expect(text.length).toBeLessThan(SMALL);
  });
});
