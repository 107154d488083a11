import { once } from 'node:events';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createHttp, type Health } from '../../src/api/http.js';
import { RequestFailures } from '../../src/api/request-failures.js';
import { TrustedProxies } from '../../src/api/trusted-proxies.js';
import { UpgradeLog } from '../../src/api/upgrade-log.js';
import { createLog } from '../../src/log.js';
import { ManualClock } from '../support/manual-clock.js';
import { makeOrganization } from '../support/platform.js';
import { connectTo, readToEnd } from '../support/raw-request.js';
import { post } from '../support/raw.js';
import { startTestServer, type TestServer } from '../support/server.js';

let server: TestServer;

beforeAll(async () => {
  server = await startTestServer();
});

afterAll(() => server[Symbol.asyncDispose]());

/** The HTTP side alone, not listening. */
function makeHttp(readHealth: () => Promise<Health> = async () => ({ status: 'ok' })) {
  const [clock, proxies] = [new ManualClock(), new TrustedProxies([])];
  const log = createLog('silent');
  return createHttp({
    graphql: null,
    corsOrigins: [],
    proxies,
    upgradeLog: new UpgradeLog({ log, clock, proxies }),
    failures: new RequestFailures({ log, clock }),
    log,
    clock,
    limits: { connections: 10, bodyBytes: 1 },
    readHealth,
  });
}

function head(lines: readonly string[], path = '/graphql'): string {
  return `POST ${path} HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n${lines.map((line) => `${line}\r\n`).join('')}\r\n`;
}

describe('a request without a valid key', () => {
  it.each([
    ['says that it has 16 MiB', ['Content-Length: 16777216']],
    ['does not say how much it has', ['Transfer-Encoding: chunked']],
    ['has a wrong key', ['Authorization: Bearer nobody', 'Content-Length: 16777216']],
    ['waits to be asked for its body', ['Content-Length: 16777216', 'Expect: 100-continue']],
  ])('is refused before a byte of its body has come, and its connection closed, where it %s', async (_, lines) => {
    const socket = await connectTo(server);

    socket.write(head(lines));

    expect(await readToEnd(socket)).toMatch(/^HTTP\/1\.1 401 [^]*connection: close\r\n[^]*"code":"UNAUTHENTICATED"/i);
  });

  it.each(['/nowhere', '/health', '/'])('that has a large body is refused before a byte of it has come, at %s', async (path) => {
    const socket = await connectTo(server);

    socket.write(head(['Content-Length: 16777216'], path));

    expect(await readToEnd(socket)).toMatch(/^HTTP\/1\.1 40[45] [^]*connection: close\r\n/i);
  });

  it('is refused although what it has is no JSON, and keeps its connection where that is little', async () => {
    const socket = await connectTo(server);
    socket.write(head(['Content-Length: 4']) + 'nope' + head(['Content-Length: 2', 'Connection: close']) + '{}');

    const answers = await readToEnd(socket);

    expect(answers.match(/HTTP\/1\.1 401 /g)).toHaveLength(2);
  });
});

describe('a request with a key', () => {
  it('is asked for a body that it holds back', async () => {
    const socket = await connectTo(server);
    const body = '{"query":"{ __typename }"}';
    const lines = [
      'Authorization: Bearer test-admin-key-0123456789',
      `Content-Length: ${body.length}`,
      'Expect: 100-continue',
      'Connection: close',
    ];
    socket.write(head(lines));
    const [first] = (await once(socket, 'data')) as [Buffer];
    expect(first.toString()).toBe('HTTP/1.1 100 Continue\r\n\r\n');

    socket.write(body);

    expect(await readToEnd(socket)).toMatch(/^HTTP\/1\.1 200 [^]*\{"data":\{"__typename":"Query"\}\}/);
  });

  it('may have 16 MiB where the key may publish, and 1 MiB where it may not', async () => {
    const organizationId = await makeOrganization(server);
    const mutation = 'mutation ($input: CreateApiKeyInput!) { createApiKey(input: $input) { key } }';
    const keyWith = async (scopes: string[]) =>
      (await server.gql(mutation, { input: { organizationId, name: 'test', scopes } })).createApiKey.key as string;
    const [reader, publisher] = [await keyWith(['READ', 'MANAGE']), await keyWith(['PUBLISH'])];
    const send = (key: string, length: number) =>
      post(server, `${' '.repeat(length - 26)}{"query":"{ __typename }"}`, { authorization: `Bearer ${key}` });

    expect((await send(reader, 1024 * 1024)).status).toBe(200);
    expect((await send(publisher, 16 * 1024 * 1024)).status).toBe(200);
    expect((await send(reader, 1024 * 1024 + 1)).json.errors).toEqual([
      {
        message: 'The body is larger than 1048576 bytes (1 MiB): only keys with the scope PUBLISH may send more.',
        extensions: { code: 'PAYLOAD_TOO_LARGE' },
      },
    ]);
    expect(await send(publisher, 16 * 1024 * 1024 + 1)).toMatchObject({
      status: 413,
      json: { errors: [{ message: 'The body is larger than 16777216 bytes (16 MiB): publish fewer events in a call.' }] },
    });
  });

  it.each([
    ['numbers', `{"n":1.2345678901234567,"a":[${'0,'.repeat(8_000_000)}0]}`],
    ['empty objects', `[${'{},'.repeat(5_500_000)}{}]`],
  ])('is refused where its body has millions of %s, before it is parsed', async (_, body) => {
    const { status, json } = await post(server, body);

    expect(status).toBe(400);
    expect(json.errors[0].message).toBe('The body has more than 300000 values: publish fewer events in a call.');
  });

  it.each([
    ['comments', `{ __typename } # ${'x'.repeat(16_000_000)}`],
    ['a name', `{ ${'x'.repeat(16_000_000)} }`],
  ])('is refused where its operation has megabytes of %s, in few words', async (_, query) => {
    const { status, text } = await post(server, JSON.stringify({ query }));

    expect(status).toBe(400);
    expect(text).toMatch(
      /The operation has 160\d+ characters: expected at most 65536 characters \(64 KiB\): give what is long as variables\./,
    );
    expect(text.length).toBeLessThan(500);
  });

  it.each([
    ['a field', { query: `{ ${'x'.repeat(60_000)} }` }],
    ['a fragment', { query: `{ ...${'x'.repeat(60_000)} }` }],
    ['a type', { query: `query ($a: ${'x'.repeat(60_000)}) { __typename }` }],
    ['an operation', { query: 'query A { __typename }', operationName: 'x'.repeat(60_000) }],
    [
      'a field of an input',
      {
        query: 'mutation ($i: CreateOrganizationInput!) { createOrganization(input: $i) { id } }',
        variables: { i: { ['x'.repeat(60_000)]: 1 } },
      },
    ],
    [
      'an enum',
      {
        query: 'mutation ($i: CreateApiKeyInput!) { createApiKey(input: $i) { key } }',
        variables: { i: { scopes: ['x'.repeat(60_000)] } },
      },
    ],
    ['a syntax error', { query: `{ "${'x'.repeat(60_000)}" }` }],
  ])('that names something very long is told so with at most 200 characters of it: %s', async (_, body) => {
    const { json } = await post(server, JSON.stringify(body));

    expect(json.errors.length).toBeGreaterThan(0);
    for (const { message } of json.errors) expect(/x{201}/.test(message), message.slice(0, 500)).toBe(false);
    expect(JSON.stringify(json).length).toBeLessThan(2000);
  });
});

it('a connection that sends no head of a request, or half of a request, has a time limit', async () => {
  // Node's own limits, in real time: what they do is Node's to test.
  const { headersTimeout, requestTimeout } = (await makeHttp()).app.server;

  expect({ headersTimeout, requestTimeout }).toEqual({ headersTimeout: 10_000, requestTimeout: 60_000 });
});

it('those who ask for /health at the same moment cost the database one look', async () => {
  let looks = 0;
  const { app } = await makeHttp(async () => {
    looks += 1;
    await new Promise(setImmediate);
    return { status: 'ok' };
  });

  const answers = await Promise.all(Array.from({ length: 100 }, () => app.inject('/health')));

  expect(new Set(answers.map(({ body }) => body))).toEqual(new Set(['{"status":"ok"}']));
  expect(looks).toBeLessThan(5);
  await app.close();
});
