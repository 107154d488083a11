import fc from 'fast-check';
import { once } from 'node:events';
import { connect } from 'node:net';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { calls, operationOf } from '../api/calls.js';
import { fuzz, seed, timeout } from './fuzz.js';
import { hostileText } from './hostile.js';
import { startWorld, type World } from './world.js';

let world: World;

beforeAll(async () => {
  world = await startWorld();
});

afterAll(() => world[Symbol.asyncDispose]());

const operations = Object.keys(calls)
  .filter((name) => !name.startsWith('Subscription.'))
  .map((name) => JSON.stringify({ query: operationOf(name) }));

const visible = hostileText.map((text) => text.replaceAll(/[^\x20-\x7e]/g, '').slice(0, 200));

const body = fc.oneof(
  fc.constantFrom('', '{', '[]', 'nope', '[{},{}]', `{"n":1.2345678901234567,"a":[${'0,'.repeat(50_000)}0]}`, ...operations),
  visible,
);

/** How a body is announced: rightly, by more or less than comes, in chunks that are or are none, in two ways at once, or not at all. */
const framing = fc.constantFrom<(text: string) => { lines: string[]; sent: string }>(
  (text) => ({ lines: [`Content-Length: ${Buffer.byteLength(text)}`], sent: text }),
  (text) => ({ lines: ['Content-Length: 16777216'], sent: text }),
  (text) => ({ lines: ['Content-Length: 1'], sent: text }),
  (text) => ({ lines: ['Content-Length: -1'], sent: text }),
  (text) => ({ lines: ['Transfer-Encoding: chunked'], sent: `${Buffer.byteLength(text).toString(16)}\r\n${text}\r\n0\r\n\r\n` }),
  (text) => ({ lines: ['Transfer-Encoding: chunked'], sent: text }),
  (text) => ({ lines: ['Transfer-Encoding: chunked', 'Content-Length: 3'], sent: text }),
  (text) => ({ lines: [], sent: text }),
);

const header = fc.oneof(
  fc.constantFrom(
    'Apollo-Require-Preflight: true',
    'Accept: text/html',
    'Accept: */*',
    'Accept: text/event-stream',
    'Accept: multipart/mixed; deferSpec=20220824',
    'Content-Type: application/json',
    'Content-Type: text/plain',
    'Content-Encoding: gzip',
    'Expect: 100-continue',
    'Connection: Upgrade',
    'Upgrade: websocket',
    'Upgrade: h2c',
    'HTTP2-Settings: AAMAAABkAAQCAAAAAAIAAAAA',
    'Sec-WebSocket-Version: 13',
    'Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==',
    'Sec-WebSocket-Protocol: graphql-transport-ws',
    'Origin: https://elsewhere.example',
    'X-Forwarded-For: 127.0.0.1',
    'X-Forwarded-For: 203.0.113.7:51234, [2001:db8::7]:443',
    'Access-Control-Request-Method: POST',
    `Authorization: Bearer ${'k'.repeat(43)}`,
    'Authorization: Basic YWRtaW46YWRtaW4=',
  ),
  visible.map((text) => `Authorization: Bearer ${text}`),
  fc.tuple(fc.stringMatching(/^[A-Za-z-]{1,20}$/), visible).map(([name, value]) => `${name}: ${value}`),
);

const target = fc.oneof(
  fc.constantFrom('/graphql', '/graphql?', '/', '//graphql', '/graphql/', '/GRAPHQL', '/health', '*', 'http://x/graphql', '/graphql%00'),
  fc.constantFrom(...operations).map((text) => `/graphql?query=${encodeURIComponent((JSON.parse(text) as { query: string }).query)}`),
  visible.map((text) => `/graphql?query=${encodeURIComponent(text)}`),
);

const request = fc
  .record({
    method: fc.constantFrom('POST', 'GET', 'HEAD', 'OPTIONS', 'PUT', 'QUERY', 'CONNECT', 'PRI'),
    target,
    headers: fc.array(header, { maxLength: 8 }),
    body,
    framing,
  })
  .map(({ method, target: path, headers, body: text, framing: frame }) => {
    const { lines, sent } = frame(text);
    return `${[`${method} ${path} HTTP/1.1`, 'Host: x', ...headers, ...lines].join('\r\n')}\r\n\r\n${sent}`;
  });

/** Sends all of it over one connection, and gives what came until the server closed it. */
async function exchange(text: string): Promise<string> {
  const socket = connect({ port: Number(new URL(world.server.url).port), host: '127.0.0.1' });
  socket.setEncoding('latin1');
  let answers = '';
  socket.on('data', (chunk: string) => (answers += chunk));
  // A server that refuses what is still on its way may reset the connection.
  socket.on('error', () => {});
  const closed = new Promise((resolve) => socket.once('close', resolve));
  await once(socket, 'connect');
  socket.end(text);
  await closed;
  return answers;
}

it(`executes nothing without a key, tells nothing, and goes on answering who has one (FUZZ_SEED=${seed})`, { timeout }, async () => {
  const standing = await world.readConfiguration();

  await fuzz(fc.array(request, { minLength: 1, maxLength: 3 }), async (requests) => {
    const answers = await exchange(requests.join(''));

    expect(answers).not.toContain('{"data":');
    expect(answers).not.toMatch(/HTTP\/1\.1 5\d\d/);
    expect(answers).not.toContain(world.webhookId);
    expect((await world.ask('{ __typename }', {})).status).toBe(200);
  });

  expect(await world.readConfiguration()).toEqual(standing);
});
