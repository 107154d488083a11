import { connect, type Socket } from 'node:net';
import { once } from 'node:events';
import { describe, expect, it } from 'vitest';
import { makeOrganization, publish } from '../../support/platform.js';
import { post } from '../../support/raw.js';
import { ADMIN_KEY, startTestServer, type TestServer } from '../../support/server.js';

const PUBLISH = 'mutation ($o: ID!) { publishEvent(input: { organizationId: $o, type: "order_created", payload: 1 }) { event { id } } }';

/** Opens a connection and says nothing yet. */
async function openConnection({ url }: TestServer): Promise<Socket> {
  const socket = connect(Number(new URL(url).port), '127.0.0.1');
  socket.on('error', () => {});
  await once(socket, 'connect');
  return socket;
}

/** All that comes until the server closes the connection. */
async function readToEnd(socket: Socket): Promise<string> {
  let text = '';
  for await (const chunk of socket) text += String(chunk);
  return text;
}

function beginRequest(length: number): string {
  return `POST /graphql HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer ${ADMIN_KEY}\r\nContent-Type: application/json\r\nContent-Length: ${length}\r\n\r\n`;
}

describe('more publishes than the server can write', () => {
  it('are refused at once, told when to come back, and nothing of them is there', async () => {
    await using server = await startTestServer({ config: { waitingEventsLimit: 1 } });
    const organizationId = await makeOrganization(server);

    const answers = await Promise.all(
      Array.from({ length: 50 }, () => post(server, JSON.stringify({ query: PUBLISH, variables: { o: organizationId } }))),
    );

    const taken = answers.filter(({ status }) => status === 200);
    const refused = answers.filter(({ status }) => status === 503);
    expect(taken.length).toBeGreaterThan(0);
    expect(refused.length).toBe(50 - taken.length);
    for (const { headers, json } of refused) {
      expect(headers.get('retry-after')).toBe('1');
      expect(json.errors).toMatchObject([{ path: ['publishEvent'], extensions: { code: 'OVERLOADED', retryAfterMs: 1000 } }]);
    }
    expect(refused.length).toBeGreaterThan(0);
    const { organization } = await server.gql(
      'query ($id: ID!) { organization(id: $id) { events(first: 100) { edges { node { id } } } } }',
      {
        id: organizationId,
      },
    );
    expect(organization.events.edges.length).toBe(taken.length);
  });

  it('are taken again when those before them are written, and one call by itself is, however much it has', async () => {
    await using server = await startTestServer({ config: { waitingEventsLimit: 1 } });
    const organizationId = await makeOrganization(server);
    await Promise.all(Array.from({ length: 20 }, () => server.ask(PUBLISH, { o: organizationId })));

    expect(await publish(server, organizationId)).toBeTypeOf('string');
    const events = Array.from({ length: 3 }, () => ({ type: 'order_created', payload: 1 }));
    const mutation = 'mutation ($input: PublishEventsInput!) { publishEvents(input: $input) { duplicate } }';
    expect((await server.gql(mutation, { input: { organizationId, events } })).publishEvents).toHaveLength(3);
  });
});

describe('more bodies than the server can hold', () => {
  it.each([
    ['says how long it is', 'Content-Length: 1000'],
    ['does not say how long it is', 'Transfer-Encoding: chunked'],
  ])('are refused before they are read, where one %s', async (_, length) => {
    await using server = await startTestServer({ config: { bodiesLimitMib: 1 } });
    const slow = await openConnection(server);
    slow.write(beginRequest(1024 * 1024));
    await until(async () => (await post(server, JSON.stringify({ query: '{ __typename }' }))).status === 503);
    const next = await openConnection(server);

    next.write(beginRequest(1000).replace('Content-Length: 1000', length));

    const text = await readToEnd(next);
    expect(text).toMatch(/^HTTP\/1\.1 503 /);
    expect(text).toMatch(/\r\nretry-after: 1\r\n/i);
    expect(text).toContain('"code":"OVERLOADED","retryAfterMs":1000');
    expect((await fetch(`${server.url}/health`)).status).toBe(200);

    slow.destroy();
    await until(async () => (await post(server, JSON.stringify({ query: '{ __typename }' }))).status === 200);
  });
});

describe('more connections than the server can have', () => {
  it('are told so, over HTTP and as WebSockets, and there is room when one ends', async () => {
    await using server = await startTestServer({ config: { connectionLimit: 2 } });
    const held = [await openConnection(server), await openConnection(server)];
    const [request, upgrade] = [await openConnection(server), await openConnection(server)];

    request.write(beginRequest(2) + '{}');
    upgrade.write(
      'GET /graphql HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n',
    );

    expect(await readToEnd(request)).toMatch(/^HTTP\/1\.1 503 [^]*retry-after: 1\r\n[^]*"code":"OVERLOADED"/i);
    expect(await readToEnd(upgrade)).toMatch(/^HTTP\/1\.1 503 [^]*Retry-After: 5\r\n/);

    for (const socket of held) socket.destroy();
    await until(async () => (await fetch(`${server.url}/health`)).status === 200);
  });

  it('are closed without a word where there are very many', async () => {
    await using server = await startTestServer({ config: { connectionLimit: 1 } });
    const all = await Promise.all(Array.from({ length: 120 }, () => openConnection(server)));

    const closed = await Promise.race(all.map((socket) => once(socket, 'close').then(() => true)));

    expect(closed).toBe(true);
    for (const socket of all) socket.destroy();
    await until(async () => (await fetch(`${server.url}/health`).catch(() => undefined))?.status === 200);
  });
});

/** Asks again and again until it is so: what a connection has done is known to the server a moment later. */
async function until(isSo: () => Promise<boolean>): Promise<void> {
  while (!(await isSo())) await new Promise(setImmediate);
}
