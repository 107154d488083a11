import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { makeOrganization, makeWebhook, publish, type MadeWebhook } from '../support/platform.js';
import { openSocket, type RawSocket } from '../support/raw-socket.js';
import { type Receiver, startReceiver } from '../support/receiver.js';
import { ADMIN_KEY, startTestServer, type TestServer } from '../support/server.js';
import { cursorOf } from '../support/test-ring.js';

const EXPECTED = expect.stringContaining(
  'a cursor that this organization was given: that of an earlier notice, or its streamCursor',
) as string;

const NOBODY = '019b796d-0000-7000-8000-000000000000';

let server: TestServer;
let receiver: Receiver;
let organizationId: string;
let webhook: MadeWebhook;
let eventId: string;
let foreign: { webhookId: string; hookId: string; eventId: string };

beforeAll(async () => {
  [server, receiver] = await Promise.all([startTestServer(), startReceiver()]);
  organizationId = await makeOrganization(server);
  webhook = await makeWebhook(server, { organizationId, endpoint: receiver.url });
  eventId = await publish(server, organizationId);
  const other = await makeOrganization(server);
  const otherWebhook = await makeWebhook(server, { organizationId: other, endpoint: receiver.url });
  foreign = { webhookId: otherWebhook.id, hookId: otherWebhook.hookIds.order_created!, eventId: await publish(server, other) };
});

afterAll(() => Promise.all([server[Symbol.asyncDispose](), receiver.close()]));

async function openAsAdmin(): Promise<RawSocket> {
  const socket = await openSocket(server);
  socket.send({ type: 'connection_init', payload: { Authorization: `Bearer ${ADMIN_KEY}` } });
  expect(await socket.next()).toMatchObject({ type: 'connection_ack' });
  return socket;
}

/** Subscribes on a socket of its own and gives the first message that is no ping. */
async function firstAnswer(query: string, variables: Record<string, unknown> = {}, rest: object = {}): Promise<any> {
  await using socket = await openAsAdmin();
  socket.send({ id: '1', type: 'subscribe', payload: { query, variables, ...rest } });
  return await socket.next();
}

/** The errors of an answer, in whichever message they come. */
function errorsOf({ type, payload }: any): any[] {
  return type === 'error' ? payload : payload.errors;
}

describe('the key of a socket', () => {
  it.each([
    ['no parameters', undefined, 'No Authorization was given'],
    ['no key', {}, 'No Authorization was given'],
    ['a wrong key', { Authorization: 'Bearer wrong-key-0123456789' }, 'The key belongs to nobody'],
    ['another scheme', { Authorization: `Basic ${ADMIN_KEY}` }, 'The Authorization is not "Bearer <key>"'],
    ['the bare key', { Authorization: ADMIN_KEY }, 'The Authorization is not "Bearer <key>"'],
    ['a list', { Authorization: [`Bearer ${ADMIN_KEY}`] }, 'The Authorization is not "Bearer <key>"'],
    ['an object', { Authorization: { toString: 1 } }, 'The Authorization is not "Bearer <key>"'],
    ['null', { Authorization: null }, 'No Authorization was given'],
  ])('is refused with 4403 when there is %s', async (_, payload, reason) => {
    await using socket = await openSocket(server);

    socket.send({ type: 'connection_init', payload });

    expect(await socket.closed).toBe(4403);
    expect(await socket.closeReason).toBe(reason);
  });

  it('is tried by one address so often and no more, which is the one that a trusted proxy tells', async () => {
    await using proxied = await startTestServer({ config: { trustedProxies: ['127.0.0.1/32'] } });
    const tryFrom = async (address: string): Promise<[number, string]> => {
      await using socket = await openSocket(proxied, { 'x-forwarded-for': address });
      socket.send({ type: 'connection_init', payload: { Authorization: 'Bearer wrong-key-0123456789' } });
      return [await socket.closed, await socket.closeReason];
    };

    for (let n = 0; n < 20; n += 1) await tryFrom('203.0.113.7');

    expect(await tryFrom('203.0.113.7')).toEqual([1013, 'Too many wrong keys came from this address']);
    expect(await tryFrom('203.0.113.8')).toEqual([4403, 'The key belongs to nobody']);
  });

  it('is taken under its name in lower case too', async () => {
    await using socket = await openSocket(server);

    socket.send({ type: 'connection_init', payload: { authorization: `Bearer ${ADMIN_KEY}` } });

    expect(await socket.next()).toMatchObject({ type: 'connection_ack' });
  });

  it('is asked for before a subscription', async () => {
    await using socket = await openSocket(server);

    socket.send({ id: '1', type: 'subscribe', payload: { query: 'subscription { eventProgress(eventId: "x") { cursor } }' } });

    expect(await socket.closed).toBe(4401);
  });
});

describe('over the socket', () => {
  it.each([
    [
      'a query',
      '{ __typename }',
      'Over WebSocket, expected a subscription, received a query: queries and mutations are served over HTTP at /graphql.',
    ],
    [
      'introspection',
      '{ __schema { types { name } } }',
      'Over WebSocket, expected a subscription, received a query: queries and mutations are served over HTTP at /graphql.',
    ],
    [
      'a mutation',
      'mutation { createOrganization(input: { name: "By socket" }) { id } }',
      'Over WebSocket, expected a subscription, received a mutation: queries and mutations are served over HTTP at /graphql.',
    ],
    ['no operation', 'fragment F on Query { __typename }', undefined],
    [
      'two operations without a name',
      'subscription A { eventProgress(eventId: "x") { cursor } } query B { __typename }',
      'Expected one operation, or the name of one of them as operationName.',
    ],
  ])('%s is refused in words', async (_, query, message) => {
    const answer = await firstAnswer(query);

    expect(answer).toMatchObject({ id: '1', type: 'error' });
    if (message !== undefined) expect(answer.payload).toMatchObject([{ message, extensions: { code: 'BAD_USER_INPUT' } }]);
    expect(JSON.stringify(await server.gql('{ organizations { edges { node { name } } } }'))).not.toContain('By socket');
  });

  it.each([
    ['a syntax error', 'subscription { nope', {}, /^Syntax Error/, 'GRAPHQL_PARSE_FAILED'],
    ['nothing', ' ', {}, /^Syntax Error/, 'GRAPHQL_PARSE_FAILED'],
    ['an unknown field', 'subscription { nope }', {}, /^Cannot query field "nope"/, 'GRAPHQL_VALIDATION_FAILED'],
    [
      'two subscriptions in one',
      'subscription { a: eventProgress(eventId: "x") { cursor } b: eventProgress(eventId: "x") { cursor } }',
      {},
      /must select only one top level field/,
      'GRAPHQL_VALIDATION_FAILED',
    ],
    [
      'an unknown operation name',
      'subscription A { eventProgress(eventId: "x") { cursor } }',
      { operationName: 'B' },
      /^Expected one operation/,
      'BAD_USER_INPUT',
    ],
  ])('%s is a GraphQL error, and the socket stays open', async (_, query, rest, message, code) => {
    await using socket = await openAsAdmin();

    socket.send({ id: '1', type: 'subscribe', payload: { query, ...rest } });

    const answer = await socket.next();
    expect(answer).toMatchObject({ id: '1', type: 'error' });
    expect(answer.payload[0].message).toMatch(message);
    expect(answer.payload[0].extensions.code).toBe(code);
    socket.send({ type: 'ping' });
    expect(await socket.next()).toEqual({ type: 'pong' });
  });

  it.each([
    ['a variable too few', {}, 'Variable "$id" of required type "ID!" was not provided.'],
    ['a variable of the wrong type', { id: { canary: 1 } }, 'Variable "$id" got invalid value; ID cannot represent value.'],
  ])('%s is a GraphQL error without the value', async (_, variables, message) => {
    const answer = await firstAnswer('subscription ($id: ID!) { eventProgress(eventId: $id) { cursor } }', variables);

    expect(errorsOf(answer)).toMatchObject([{ message, extensions: { code: 'BAD_USER_INPUT' } }]);
    expect(JSON.stringify(answer)).not.toContain('canary');
  });

  it('a query that is nested too deeply is a GraphQL error', async () => {
    const answer = await firstAnswer(`subscription { eventProgress(eventId: ${'['.repeat(60_000)}) { cursor } }`);

    expect(answer).toMatchObject({ id: '1', type: 'error' });
  });

  it('a message that is none closes the socket by the protocol, and the server goes on', async () => {
    await using socket = await openAsAdmin();

    socket.send('no JSON');

    expect(await socket.closed).toBe(4400);
    expect(await server.gql('{ __typename }')).toEqual({ __typename: 'Query' });
  });

  it('an id that is in use closes the socket by the protocol', async () => {
    await using socket = await openAsAdmin();
    const payload = { query: 'subscription ($o: ID!) { hookHealth(organizationId: $o) { cursor } }', variables: { o: organizationId } };

    for (let n = 0; n < 2; n += 1) socket.send({ id: 'the same', type: 'subscribe', payload });

    expect(await socket.closed).toBe(4409);
  });

  it('a key that is shown twice closes the socket by the protocol', async () => {
    await using socket = await openAsAdmin();

    socket.send({ type: 'connection_init', payload: { Authorization: `Bearer ${ADMIN_KEY}` } });

    expect(await socket.closed).toBe(4429);
  });

  it('a message over 64 KiB closes the socket, and the server goes on', async () => {
    await using socket = await openAsAdmin();

    socket.send({
      id: '1',
      type: 'subscribe',
      payload: { query: `subscription { eventProgress(eventId: "${'x'.repeat(70_000)}") { cursor } }` },
    });

    expect(await socket.closed).toBe(1009);
    expect(await server.gql('{ __typename }')).toEqual({ __typename: 'Query' });
  });
});

describe.each(['deliveryAttempts', 'deliveryResults'])('%s', (name) => {
  const query = `subscription ($o: ID!, $webhookId: ID, $hookId: ID, $eventId: ID, $types: [String!], $after: String) {
    ${name}(organizationId: $o, webhookId: $webhookId, hookId: $hookId, eventId: $eventId, types: $types, after: $after) { cursor }
  }`;

  it('is refused for an organization that is not there', async () => {
    const answer = await firstAnswer(query, { o: NOBODY });

    expect(errorsOf(answer)).toMatchObject([
      { message: `There is no organization with the id "${NOBODY}".`, path: [name], extensions: { code: 'NOT_FOUND' } },
    ]);
  });

  it.each([
    ['webhook', 'webhookId'],
    ['hook', 'hookId'],
    ['event', 'eventId'],
  ] as const)("answers for another organization's %s as for one that is not there", async (noun, key) => {
    const [unknown, ofAnother] = [
      await firstAnswer(query, { o: organizationId, [key]: NOBODY }),
      await firstAnswer(query, { o: organizationId, [key]: foreign[key] }),
    ];

    expect(errorsOf(unknown)).toMatchObject([
      { message: `There is no ${noun} with the id "${NOBODY}".`, extensions: { code: 'NOT_FOUND' } },
    ]);
    expect(JSON.stringify(ofAnother)).toBe(JSON.stringify(unknown).replaceAll(NOBODY, foreign[key]));
  });

  it('brings what was, for ids that are its own', async () => {
    const answer = await firstAnswer(query, {
      o: organizationId,
      webhookId: webhook.id,
      hookId: webhook.hookIds.order_created,
      eventId,
      types: ['order_created'],
      after: cursorOf('change', 0, organizationId),
    });

    expect(answer).toMatchObject({ type: 'next', payload: { data: { [name]: { cursor: expect.any(String) as string } } } });
  });

  it.each([
    '',
    'x',
    '0',
    'change:1',
    ...['change:', 'change:-1', 'change:1.5', 'change:x', 'change:1 ', 'change:9999999999999999', '[]'].map((text) =>
      Buffer.from(text).toString('base64url'),
    ),
  ])('refuses the cursor %j', async (after) => {
    const answer = await firstAnswer(query, { o: organizationId, after });

    expect(errorsOf(answer)).toMatchObject([
      {
        extensions: {
          code: 'BAD_USER_INPUT',
          faults: [{ path: 'after', received: JSON.stringify(after), expected: EXPECTED }],
        },
      },
    ]);
  });

  it('refuses a cursor beyond the log, which comes from another database', async () => {
    const answer = await firstAnswer(query, { o: organizationId, after: cursorOf('change', 1000000, organizationId) });

    const [error] = errorsOf(answer);
    expect(error.extensions).toMatchObject({ code: 'BAD_USER_INPUT', faults: [{ path: 'after' }] });
    expect(error.message).toContain('lies beyond all that has happened');
  });
});

describe('eventProgress', () => {
  it('is refused for an event that is not there', async () => {
    const answer = await firstAnswer('subscription ($id: ID!) { eventProgress(eventId: $id) { cursor } }', { id: NOBODY });

    expect(errorsOf(answer)).toMatchObject([{ message: `There is no event with the id "${NOBODY}".`, extensions: { code: 'NOT_FOUND' } }]);
  });
});
