import { gzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { makeOrganization, makeWebhook, publish } from '../support/platform.js';
import { beginOtherWrite } from '../support/database.js';
import { ManualClock } from '../support/manual-clock.js';
import { onPostgres } from '../support/postgres.js';
import { post, read } from '../support/raw.js';
import { startReceiver } from '../support/receiver.js';
import { ADMIN_KEY, startTestServer, type TestServer } from '../support/server.js';

const TYPENAME = JSON.stringify({ query: '{ __typename }' });

let server: TestServer;

beforeAll(async () => {
  server = await startTestServer({ config: { corsOrigins: ['https://dashboard.example.com'] } });
});

afterAll(() => server[Symbol.asyncDispose]());

describe('the key', () => {
  it.each(['Bearer', 'bearer', 'BEARER'])('is taken by the scheme %s', async (scheme) => {
    const { status, json } = await post(server, TYPENAME, { authorization: `${scheme} ${ADMIN_KEY}` });

    expect(status).toBe(200);
    expect(json).toEqual({ data: { __typename: 'Query' } });
  });

  it.each([
    ['is of another scheme', `Basic ${ADMIN_KEY}`, 'one of another form'],
    ['comes without a scheme', ADMIN_KEY, 'one of another form'],
    ['is wrong', 'Bearer wrong-key-0123456789', 'one that belongs to nobody'],
    ['is the beginning of the right one', `Bearer ${ADMIN_KEY.slice(0, -1)}`, 'one that belongs to nobody'],
    ['is longer than the right one', `Bearer ${ADMIN_KEY}x`, 'one that belongs to nobody'],
    ['is in other letters', `Bearer ${ADMIN_KEY.toUpperCase()}`, 'one that belongs to nobody'],
    ['is empty', 'Bearer ', 'one of another form'],
    ['comes twice', `Bearer ${ADMIN_KEY}, Bearer ${ADMIN_KEY}`, 'one of another form'],
  ])('is refused when it %s', async (_, authorization, received) => {
    const { status, headers, json, text } = await post(server, TYPENAME, { authorization });

    expect(status).toBe(401);
    expect(headers.get('www-authenticate')).toBe('Bearer');
    expect(json.errors).toMatchObject([
      {
        message: `Expected the header "Authorization: Bearer <key>" with a valid key, received ${received}.`,
        extensions: { code: 'UNAUTHENTICATED' },
      },
    ]);
    expect(text).not.toContain(ADMIN_KEY);
  });

  it('is asked for when there is none', async () => {
    const response = await fetch(`${server.url}/graphql`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: TYPENAME,
    });

    const { status, json } = await read(response);
    expect(status).toBe(401);
    expect(json.errors[0].message).toContain('received no Authorization header');
  });

  it.each([
    ['a broken query', '{ nope'],
    ['an unknown field', '{ nope }'],
    ['introspection', '{ __schema { types { name } } }'],
  ])('is asked for before anything is said of %s', async (_, query) => {
    const { status, json } = await post(server, JSON.stringify({ query }), { authorization: 'Bearer nobody' });

    expect(status).toBe(401);
    expect(json.errors.map(({ extensions }: any) => extensions.code)).toEqual(['UNAUTHENTICATED']);
  });
});

describe('a request that is not well formed', () => {
  it.each([
    ['a syntax error', JSON.stringify({ query: '{ nope' }), 'GRAPHQL_PARSE_FAILED'],
    ['an unknown field', JSON.stringify({ query: '{ nope }' }), 'GRAPHQL_VALIDATION_FAILED'],
    ['an unknown operation name', JSON.stringify({ query: 'query A { __typename }', operationName: 'B' }), 'OPERATION_RESOLUTION_FAILURE'],
    [
      'two operations and no name',
      JSON.stringify({ query: 'query A { __typename } query B { __typename }' }),
      'OPERATION_RESOLUTION_FAILURE',
    ],
    [
      'a variable of the wrong type',
      JSON.stringify({ query: 'query ($f: Int) { organizations(first: $f) { edges { cursor } } }', variables: { f: 'x' } }),
      'BAD_USER_INPUT',
    ],
    ['a variable too few', JSON.stringify({ query: 'query ($id: ID!) { event(id: $id) { id } }' }), 'BAD_USER_INPUT'],
    ['variables that are a list', JSON.stringify({ query: '{ __typename }', variables: [1] }), 'BAD_REQUEST'],
    ['a query that is a number', JSON.stringify({ query: 5 }), 'BAD_REQUEST'],
    ['no query', '{}', 'BAD_REQUEST'],
    ['null', 'null', 'BAD_REQUEST'],
    ['text in JSON', '"{ __typename }"', 'BAD_REQUEST'],
    ['several operations in a batch', `[${TYPENAME},${TYPENAME}]`, 'BAD_REQUEST'],
    ['no JSON', '{"query":', 'BAD_USER_INPUT'],
    ['nothing', '', 'BAD_USER_INPUT'],
  ])('is told so: %s', async (_, body, code) => {
    const { status, json, text } = await post(server, body);

    expect(status).toBe(400);
    expect(json.data).toBeUndefined();
    expect(json.errors).toMatchObject([{ message: expect.any(String) as string, extensions: { code } }]);
    expect(text).not.toMatch(/stacktrace|node_modules|\.js/);
  });

  it('is no query on disk: persisted queries are not served', async () => {
    const { json } = await post(server, JSON.stringify({ extensions: { persistedQuery: { version: 1, sha256Hash: 'x' } } }));

    expect(json.errors).toMatchObject([{ message: 'PersistedQueryNotSupported' }]);
  });

  it('repeats nothing of a body that is no JSON, which may hold a secret', async () => {
    const { json } = await post(server, '{"client_secret": canary-secret}');

    expect(json.errors[0].message).toBe("The body is no JSON: Unexpected token 'c'.");
  });

  it('says where a body stops to be JSON, where the engine knows', async () => {
    const { json } = await post(server, '{"query":"{ __typename }",}');

    expect(json.errors[0].message).toMatch(/^The body is no JSON: .* at position 26/);
  });

  it('has bytes that are no UTF-8, which would silently become others', async () => {
    const body = new Uint8Array([...new TextEncoder().encode('{"query":"{ __typename }","x":"'), 0xff, 0x22, 0x7d]);

    const { status, json } = await post(server, body);

    expect(status).toBe(400);
    expect(json.errors[0].message).toBe('The body has bytes that are no UTF-8.');
  });

  it('may begin with a byte order mark', async () => {
    const { json } = await post(server, `\ufeff${TYPENAME}`);

    expect(json).toEqual({ data: { __typename: 'Query' } });
  });

  it('is compressed, which is not served', async () => {
    const { status } = await post(server, new Uint8Array(gzipSync(TYPENAME)), { 'content-encoding': 'gzip' });

    expect(status).toBe(400);
  });

  it('has a content type that is not served', async () => {
    const { status, json } = await post(server, 'query={__typename}', { 'content-type': 'application/x-www-form-urlencoded' });

    expect(status).toBe(415);
    expect(json.errors).toEqual([
      {
        message: 'The header Content-Type: expected application/json, received "application/x-www-form-urlencoded".',
        extensions: { code: 'BAD_USER_INPUT' },
      },
    ]);
  });

  it('is at another path', async () => {
    const { status, json } = await read(await fetch(`${server.url}/nope?x=1`));

    expect(status).toBe(404);
    const message = 'There is nothing at "/nope?x=1": expected /graphql or /health.';
    expect(json).toEqual({ errors: [{ message, extensions: { code: 'NOT_FOUND' } }] });
  });

  it.each(['PUT', 'DELETE', 'PATCH'])('comes by another method: %s', async (method) => {
    const { status, headers, json } = await read(await fetch(`${server.url}/graphql`, { method }));

    expect(status).toBe(405);
    expect(headers.get('allow')).toBe('GET, POST');
    const message = `/graphql takes POST, and GET for queries: received ${method}.`;
    expect(json).toEqual({ errors: [{ message, extensions: { code: 'BAD_REQUEST' } }] });
  });

  it.each([
    ['{}', 'The body has no operation: expected a JSON object with a "query".'],
    ['5', 'The body has no operation: expected a JSON object with a "query".'],
    ['[]', 'The body is a list: expected one operation, a JSON object with a "query".'],
  ])('is told what is expected: %s', async (body, message) => {
    const { json } = await post(server, body);

    expect(json.errors).toEqual([{ message, extensions: { code: 'BAD_REQUEST' } }]);
  });
});

describe('a body with a number that a double does not hold', () => {
  const CONFIGURATION = 'mutation ($o: ID!, $c: JSON!) { importWebhook(organizationId: $o, configuration: $c) { id } }';
  const EVENT_TYPE = 'mutation ($i: RegisterEventTypeInput!) { registerEventType(input: $i) { name } }';

  it.each([
    [
      'configuration',
      `{"query":${JSON.stringify(CONFIGURATION)},"variables":{"o":"x","c":{"hooks":[{"inFlightLimit":12345678901234567890}]}}}`,
    ],
    [
      'input.schema',
      `{"query":${JSON.stringify(EVENT_TYPE)},"variables":{"i":{"organizationId":"x","name":"n","schema":{"maximum":12345678901234567890}}}}`,
    ],
    [
      'input.example',
      `{"query":${JSON.stringify(EVENT_TYPE)},"variables":{"i":{"organizationId":"x","name":"n","example":[12345678901234567890]}}}`,
    ],
  ])('is refused where the server itself goes by the value: %s', async (path, body) => {
    const { json } = await post(server, body);

    expect(json.errors).toMatchObject([
      {
        message: `${path}: expected numbers that a double holds exactly, or strings, received the number 12345678901234567890`,
        extensions: { code: 'BAD_USER_INPUT', faults: [{ path }] },
      },
    ]);
  });
});

describe('a body with a key twice in one object', () => {
  it('is refused, and told where', async () => {
    const { status, json } = await post(server, '{"query":"{ __typename }","variables":{"input":{"payload":{"a":{"b":1,"c":2,"b":3}}}}}');

    expect(status).toBe(400);
    expect(json.errors[0]).toEqual({
      message: 'The body has the key variables.input.payload.a.b twice: expected each key of an object once.',
      extensions: { code: 'BAD_USER_INPUT' },
    });
  });
});

describe('a request that a page of another site could make a browser send', () => {
  it.each([
    [
      'POST as text',
      { method: 'POST', headers: { 'content-type': 'text/plain' }, body: TYPENAME },
      415,
      'The header Content-Type: expected application/json, received "text/plain".',
    ],
  ])('is refused: %s', async (_, init, expectedStatus, message) => {
    const response = await fetch(`${server.url}/graphql?query=%7B__typename%7D`, {
      ...init,
      headers: { ...init.headers, authorization: `Bearer ${ADMIN_KEY}` },
    });

    const { status, json } = await read(response);
    expect(status).toBe(expectedStatus);
    expect(json.errors[0].message).toContain(message);
  });

  it('is refused: GET', async () => {
    const { status, json } = await read(await fetch(`${server.url}/graphql?query=%7B__typename%7D`));

    expect(status).toBe(401);
    expect(json.errors[0].message).toContain('received no Authorization header');
  });

  it.each([[{}], [{ 'apollo-require-preflight': 'yes' }]])(
    'is taken with the key, which such a page does not have: %j',
    async (headers) => {
      const response = await fetch(`${server.url}/graphql?query=%7B__typename%7D`, {
        headers: { authorization: `Bearer ${ADMIN_KEY}`, ...headers },
      });

      expect(await response.json()).toEqual({ data: { __typename: 'Query' } });
    },
  );

  it('does not change anything by GET', async () => {
    const query = encodeURIComponent('mutation { createOrganization(input: { name: "By GET" }) { id } }');

    const { status } = await fetch(`${server.url}/graphql?query=${query}`, {
      headers: { authorization: `Bearer ${ADMIN_KEY}`, 'apollo-require-preflight': 'yes' },
    });

    expect(status).toBe(405);
    expect(JSON.stringify(await server.gql('{ organizations { edges { node { name } } } }'))).not.toContain('By GET');
  });
});

describe('a subscription over HTTP', () => {
  it('is refused, and told where it is served', async () => {
    const { status, json } = await post(
      server,
      JSON.stringify({ query: 'subscription { deliveryAttempts(organizationId: "x") { cursor } }' }),
    );

    expect(status).toBe(400);
    expect(json).toEqual({
      errors: [
        {
          message: 'Subscriptions are served over WebSocket at /graphql, by the protocol graphql-transport-ws.',
          extensions: { code: 'BAD_USER_INPUT' },
        },
      ],
    });
  });

  it('is refused beside a query too, when it is the one that is asked for', async () => {
    const query = 'query A { __typename } subscription B { deliveryAttempts(organizationId: "x") { cursor } }';

    expect((await post(server, JSON.stringify({ query, operationName: 'B' }))).status).toBe(400);
    expect((await post(server, JSON.stringify({ query, operationName: 'A' }))).status).toBe(200);
  });
});

describe('/health', () => {
  it('says that all is well, to anybody', async () => {
    const response = await fetch(`${server.url}/health`);

    expect(response.status).toBe(200);
    const standing = onPostgres ? { role: 'all', shardCount: 128, dispatcherCount: 1 } : {};
    expect(await response.json()).toEqual({ status: 'ok', ...standing });
  });

  it('says that the server is stopping while it stops', async () => {
    await using stopping = await startTestServer();
    await using receiver = await startReceiver();
    const { promise: released, resolve: release } = Promise.withResolvers<void>();
    receiver.answerWith(({ response }) => void released.then(() => response.end('ok')));
    const organizationId = await makeOrganization(stopping);
    await makeWebhook(stopping, { organizationId, endpoint: receiver.url });
    await publish(stopping, organizationId);
    await receiver.next();

    const stopped = stopping.stop();

    const response = await fetch(`${stopping.url}/health`);
    expect(response.status).toBe(503);
    expect(await response.json()).toEqual({ status: 'stopping' });
    release();
    await stopped;
  });
});

// The lock is SQLite's: on PostgreSQL others write at the same time.
describe.skipIf(onPostgres)('/health of a server whose database refuses writes', () => {
  it('says since when and why, and no more', async () => {
    const clock = new ManualClock();
    await using failing = await startTestServer({ clock });
    using other = beginOtherWrite(failing);
    await failing.ask('mutation { createOrganization(input: { name: "x" }) { id } }');
    clock.advance(500);

    const response = await fetch(`${failing.url}/health`);
    other.commit();

    expect(response.status).toBe(503);
    expect(await response.json()).toEqual({
      status: 'failing',
      problems: ['The database cannot be written since 2026-01-01T12:00:00.000Z (locked by another program).'],
    });
  });
});

describe('pages of other origins', () => {
  async function askFrom(url: string, origin: string) {
    const preflight = await fetch(`${url}/graphql`, {
      method: 'OPTIONS',
      headers: { origin, 'access-control-request-method': 'POST', 'access-control-request-headers': 'authorization,content-type' },
    });
    const actual = await post({ url }, TYPENAME, { origin });
    return { preflight: preflight.headers, actual: actual.headers };
  }

  it('may call the API from an origin on the list', async () => {
    const { preflight, actual } = await askFrom(server.url, 'https://dashboard.example.com');

    expect(preflight.get('access-control-allow-origin')).toBe('https://dashboard.example.com');
    expect(preflight.get('access-control-allow-headers')).toContain('authorization');
    expect(preflight.get('access-control-allow-credentials')).toBeNull();
    expect(actual.get('access-control-allow-origin')).toBe('https://dashboard.example.com');
    expect(actual.get('vary')).toContain('Origin');
  });

  it.each(['https://evil.example', 'http://dashboard.example.com', 'https://dashboard.example.com.evil.example', 'null'])(
    'may not from %s',
    async (origin) => {
      const { preflight, actual } = await askFrom(server.url, origin);

      expect(preflight.get('access-control-allow-origin')).not.toBe(origin);
      expect(actual.get('access-control-allow-origin')).not.toBe(origin);
      expect(actual.get('access-control-allow-origin')).not.toBe('*');
    },
  );

  it('may from everywhere when the setting says *', async () => {
    await using open = await startTestServer({ config: { corsOrigins: '*' } });

    const { preflight, actual } = await askFrom(open.url, 'https://anything.example');

    expect(preflight.get('access-control-allow-origin')).toBe('*');
    expect(actual.get('access-control-allow-origin')).toBe('*');
  });

  it('may from nowhere unless a setting says so', async () => {
    await using closed = await startTestServer();

    const { preflight, actual } = await askFrom(closed.url, 'https://dashboard.example.com');

    expect(preflight.get('access-control-allow-origin')).toBeNull();
    expect(actual.get('access-control-allow-origin')).toBeNull();
  });
});
