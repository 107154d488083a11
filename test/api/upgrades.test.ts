import { once } from 'node:events';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { WebSocket } from 'ws';
import { ManualClock } from '../support/manual-clock.js';
import { handshakeText, openConnection, requestText } from '../support/raw-request.js';
import { ADMIN_KEY, startTestServer, type TestServer } from '../support/server.js';
import { type WatchedLog, watchLog } from '../support/watched-log.js';

/** What Java's HttpClient and `curl --http2` send with each request. */
const H2C = { Connection: 'Upgrade, HTTP2-Settings', Upgrade: 'h2c', 'HTTP2-Settings': 'AAEAAEAAAAIAAAABAAMAAABkAAQBAAAAAAUAAEAA' };
const JSON_HEADERS = { 'Content-Type': 'application/json', Authorization: `Bearer ${ADMIN_KEY}` };

const clock = new ManualClock();
let server: TestServer;
let watched: WatchedLog;

beforeAll(async () => {
  watched = watchLog();
  server = await startTestServer({ clock, log: watched.log });
});

afterAll(() => server[Symbol.asyncDispose]());

describe('an Upgrade that is no WebSocket', () => {
  it.each([
    ['h2c', H2C],
    ['h2c alone', { Connection: 'Upgrade', Upgrade: 'h2c' }],
    ['TLS', { Connection: 'upgrade', Upgrade: 'TLS/1.0' }],
    ['several', { Connection: 'Upgrade', Upgrade: 'h2c, IRC/6.9' }],
  ])('is ignored (%s), and the connection takes further requests', async (_, headers) => {
    await using connection = await openConnection(server);
    const post = (name: string) =>
      requestText(
        'POST /graphql HTTP/1.1',
        { ...JSON_HEADERS, ...headers },
        JSON.stringify({ query: `mutation { createOrganization(input: { name: "${name}" }) { name } }` }),
      );

    const answers = [await connection.ask(post('First')), await connection.ask(post('Second'))];
    const health = await connection.ask(requestText('GET /health HTTP/1.1', headers));
    const byGet = await connection.ask(requestText('GET /graphql?query=%7B__typename%7D HTTP/1.1', { ...JSON_HEADERS, ...headers }));
    const elsewhere = await connection.ask(requestText('GET /nowhere HTTP/1.1', headers));

    expect(answers.map(({ status, json }) => [status, json.data?.createOrganization.name])).toEqual([
      [200, 'First'],
      [200, 'Second'],
    ]);
    expect(health.status).toBe(200);
    expect(health.json).toMatchObject({ status: 'ok' });
    expect([byGet.status, byGet.json]).toEqual([200, { data: { __typename: 'Query' } }]);
    expect(elsewhere.status).toBe(404);
  });

  it('is ignored before a body that comes in many pieces, long or chunked', async () => {
    await using connection = await openConnection(server);
    const body = JSON.stringify({ query: 'query ($n: String) { __typename @include(if: true) }', variables: { n: 'x'.repeat(2_000_000) } });
    const chunked = requestText('POST /graphql HTTP/1.1', { ...JSON_HEADERS, ...H2C, 'Transfer-Encoding': 'chunked' });
    const chunk = '{"query":"{ __typename }"}';

    const long = await connection.ask(requestText('POST /graphql HTTP/1.1', { ...JSON_HEADERS, ...H2C }, body));
    const inChunks = await connection.ask(`${chunked}${chunk.length.toString(16)}\r\n${chunk}\r\n0\r\n\r\n`);

    expect(long.status).toBe(400);
    expect(long.json.errors?.[0]?.message).toContain('"$n" is never used');
    expect([inChunks.status, inChunks.json]).toEqual([200, { data: { __typename: 'Query' } }]);
  });

  it('is ignored where the key is missing too, which is refused as ever', async () => {
    await using connection = await openConnection(server);

    const { status, json } = await connection.ask(
      requestText('POST /graphql HTTP/1.1', { 'Content-Type': 'application/json', ...H2C }, '{"query":"{ __typename }"}'),
    );

    expect([status, json.errors?.[0]?.extensions.code]).toEqual([401, 'UNAUTHENTICATED']);
  });
});

describe('a request for a WebSocket', () => {
  it('is answered by 101', async () => {
    await using connection = await openConnection(server);

    expect((await connection.ask(handshakeText())).head).toMatch(/^HTTP\/1\.1 101 [^]*\r\nSec-WebSocket-Protocol: graphql-transport-ws/);
  });

  it.each([
    [
      'at another path',
      handshakeText({}, 'GET /other?key=canary HTTP/1.1'),
      404,
      'NOT_FOUND',
      'There is no WebSocket at "/other": expected /graphql.',
    ],
    [
      'by POST',
      handshakeText({ 'Content-Length': '0' }, 'POST /graphql HTTP/1.1'),
      405,
      'BAD_REQUEST',
      'A WebSocket is opened by GET: received POST.',
    ],
    [
      'beside another protocol',
      handshakeText({ Upgrade: 'h2c, websocket' }),
      400,
      'BAD_REQUEST',
      'The header Upgrade: expected websocket and nothing else, received "h2c, websocket".',
    ],
    [
      'in an older version',
      handshakeText({ 'Sec-WebSocket-Version': '7' }),
      426,
      'BAD_REQUEST',
      'The header Sec-WebSocket-Version: expected 13, received "7".',
    ],
    [
      'in no version',
      handshakeText({ 'Sec-WebSocket-Version': null }),
      426,
      'BAD_REQUEST',
      'The header Sec-WebSocket-Version: expected 13, received nothing.',
    ],
    [
      'without its key',
      handshakeText({ 'Sec-WebSocket-Key': null }),
      400,
      'BAD_REQUEST',
      'The header Sec-WebSocket-Key: expected 16 bytes in base64, received nothing.',
    ],
    [
      'with a key that is none',
      handshakeText({ 'Sec-WebSocket-Key': 'short' }),
      400,
      'BAD_REQUEST',
      'The header Sec-WebSocket-Key: expected 16 bytes in base64, received "short".',
    ],
    [
      'with a list of subprotocols that is none',
      handshakeText({ 'Sec-WebSocket-Protocol': ',' }),
      400,
      'BAD_REQUEST',
      'The WebSocket handshake is malformed: Invalid Sec-WebSocket-Protocol header.',
    ],
    [
      'of a foreign page',
      handshakeText({ Origin: 'https://evil.example.com' }),
      403,
      'FORBIDDEN',
      'The header Origin: expected a page of this server ("hooks.example.com") or one of CORS_ORIGINS, received "https://evil.example.com". ' +
        "Behind a reverse proxy, let it pass the client's Host on, or name the proxy in TRUSTED_PROXIES and let it send X-Forwarded-Host.",
    ],
    [
      'whose Upgrade a proxy has dropped',
      handshakeText({ Upgrade: null, Connection: 'close' }, 'GET /graphql HTTP/1.0'),
      426,
      'BAD_REQUEST',
      'A WebSocket handshake needs HTTP/1.1 with "Upgrade: websocket" and "Connection: Upgrade", received HTTP/1.0 with Upgrade nothing and Connection "close". ' +
        'A reverse proxy in front has to pass these two headers on.',
    ],
  ])('%s is refused with the reason in the body and a line in the log', async (_, text, status, code, message) => {
    await using connection = await openConnection(server);
    // What was counted before is over.
    clock.advance(20_000);
    const linesBefore = watched.lines.length;

    const answer = await connection.ask(text);

    expect([answer.status, answer.json]).toEqual([status, { errors: [{ message, extensions: { code } }] }]);
    expect(answer.head).toMatch(/\r\ncontent-type: application\/json/i);
    if (status === 426) expect(answer.head).toMatch(/\r\nupgrade: websocket\r\n/i);
    expect(watched.lines.slice(linesBefore)).toMatchObject([
      { msg: 'upgrade.refused', level: 40, status, reason: message, address: '127.0.0.1' },
    ]);
    expect(JSON.stringify(watched.lines)).not.toContain('canary');
  });

  it('that asks for another subprotocol, or none, is closed with 4406 and the one that is expected', async () => {
    const socket = new WebSocket(`${server.url.replace('http', 'ws')}/graphql`);

    const [code, reason] = (await once(socket, 'close')) as [number, Buffer];

    expect([code, reason.toString()]).toEqual([4406, 'Expected the subprotocol graphql-transport-ws']);
  });

  it('that is refused ends at the server, whether or not its client closes it', async () => {
    await using connection = await openConnection(server);
    const closed = once(connection.socket, 'close');

    await connection.ask(handshakeText({ Origin: 'https://evil.example.com' }));

    await closed;
  });

  it('that is refused after its client is gone does no harm', async () => {
    for (let n = 0; n < 10; n += 1) {
      const { socket } = await openConnection(server);
      socket.write(handshakeText({ Origin: 'https://evil.example.com' }), () => socket.resetAndDestroy());
      await once(socket, 'close');
    }

    expect(await server.gql('{ __typename }')).toEqual({ __typename: 'Query' });
  });

  it('has one line in the log for each kind of refusal, and then their number every ten seconds', async () => {
    clock.advance(20_000);
    const countBefore = watched.lines.length;
    const newLines = () => watched.lines.slice(countBefore).filter(({ level }) => level > 20);

    for (let n = 0; n < 25; n += 1) {
      await using connection = await openConnection(server);
      await connection.ask(handshakeText({ 'Sec-WebSocket-Version': '7' }));
    }
    await using connection = await openConnection(server);
    await connection.ask(handshakeText({ Origin: 'https://evil.example.com' }));
    clock.advance(10_000);

    expect(newLines()).toMatchObject([
      { msg: 'upgrade.refused', fault: 'VERSION', status: 426, address: '127.0.0.1', host: 'hooks.example.com', path: '/graphql' },
      { msg: 'upgrade.refused', fault: 'ORIGIN', status: 403, origin: 'https://evil.example.com' },
      { msg: 'upgrade.refused', failureCount: 24, reason: 'The header Sec-WebSocket-Version: expected 13, received "7".' },
    ]);
  });
});

describe('behind a reverse proxy', () => {
  const page = { Origin: 'https://hooks.example.com' };

  it('with the headers that nginx sends unless it is told otherwise, queries work and a page opens no socket', async () => {
    await using proxied = await openConnection(server);
    await using socket = await openConnection(server);
    const headers = { Host: 'hookgraph', Connection: 'close' };

    const query = await proxied.ask(
      requestText('POST /graphql HTTP/1.0', { ...JSON_HEADERS, ...headers, ...page }, '{"query":"{ __typename }"}'),
    );
    const { status, json } = await socket.ask(handshakeText({ Host: 'hookgraph', ...page }));

    expect([query.status, query.json]).toEqual([200, { data: { __typename: 'Query' } }]);
    expect(status).toBe(403);
    expect(json.errors?.[0]?.message).toContain('expected a page of this server ("hookgraph") or one of CORS_ORIGINS');
  });

  it.each([
    ["that passes the client's Host on", [], { Host: 'hooks.example.com' }, 101],
    ['that is trusted and sends X-Forwarded-Host', ['127.0.0.0/8'], { Host: 'hookgraph', 'X-Forwarded-Host': 'hooks.example.com' }, 101],
    ['after another one', ['127.0.0.0/8'], { Host: 'hookgraph', 'X-Forwarded-Host': 'Hooks.Example.com, inner:8080' }, 101],
    ['that is not trusted', ['10.0.0.0/8'], { Host: 'hookgraph', 'X-Forwarded-Host': 'hooks.example.com' }, 403],
    ['that was asked for another host', ['127.0.0.0/8'], { Host: 'hookgraph', 'X-Forwarded-Host': 'other.example.com' }, 403],
  ])('%s, a page is judged by the host that it asked for', async (_, trustedProxies, headers, status) => {
    await using trusting = await startTestServer({ config: { trustedProxies } });
    await using connection = await openConnection(trusting);

    expect((await connection.ask(handshakeText({ ...page, ...headers }))).status).toBe(status);
  });
});

describe('a server without an API', () => {
  it('says so to whoever asks it for a WebSocket', async () => {
    await using dispatcher = await startTestServer({ config: { role: 'dispatcher' } });
    await using connection = await openConnection(dispatcher);

    const { status, json } = await connection.ask(handshakeText());

    expect(status).toBe(404);
    expect(json.errors?.[0]?.message).toContain('(ROLE=dispatcher): ask one with ROLE=api or ROLE=all');
  });
});
