import type { Socket } from 'node:net';
import { once } from 'node:events';
import { describe, expect, it } from 'vitest';
import { ManualClock } from '../../support/manual-clock.js';
import { makeOrganization, publish } from '../../support/platform.js';
import { connectTo, readToEnd } from '../../support/raw-request.js';
import { post } from '../../support/raw.js';
import { ADMIN_KEY, startTestServer, type TestServer } from '../../support/server.js';

const TYPENAME = JSON.stringify({ query: '{ __typename }' });
const PUBLISH = 'mutation ($o: ID!) { publishEvent(input: { organizationId: $o, type: "order_created", payload: 1 }) { event { id } } }';

function beginRequest(length: number, key = ADMIN_KEY): string {
  return `POST /graphql HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer ${key}\r\nContent-Type: application/json\r\nContent-Length: ${length}\r\n\r\n`;
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

  it('have no status of their own where something else of the operation was done', async () => {
    await using server = await startTestServer({ config: { waitingEventsLimit: 1 } });
    const organizationId = await makeOrganization(server);
    const fields = 'mutation ($o: ID!) { __typename make: createOrganization(input: { name: "Next" }) { id } PUBLISH }';
    const query = fields.replace('PUBLISH', PUBLISH.slice(PUBLISH.indexOf('publishEvent'), PUBLISH.lastIndexOf('}')));
    const [one, both] = [PUBLISH.replace('{ publishEvent', '{ __typename publishEvent'), query];

    const answers = await Promise.all(
      Array.from({ length: 50 }, (_, index) =>
        post(server, JSON.stringify({ query: index % 2 === 0 ? one : both, variables: { o: organizationId } })),
      ),
    );

    const refused = answers.filter(({ json }) => json.errors !== undefined);
    expect(new Set(refused.map(({ json, status }) => `${'make' in json.data} ${status}`))).toEqual(new Set(['false 503', 'true 200']));
    for (const { headers, json } of refused) {
      expect(headers.get('retry-after')).toBe('1');
      expect(json.data.publishEvent).toBeNull();
    }
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
  it('are refused while the bytes of others are there, and /health says so; what a header claims counts for nothing', async () => {
    const clock = new ManualClock();
    await using server = await startTestServer({ clock, config: { bodiesLimitMib: 1 } });
    const key = await makeKey(server, 'PUBLISH');
    const claiming = await Promise.all(Array.from({ length: 20 }, () => connectTo(server)));
    for (const socket of claiming) socket.write(beginRequest(16 * 1024 * 1024, key));
    expect((await post(server, TYPENAME)).status).toBe(200);
    expect(await health(server)).toMatchObject({ status: 'ok' });
    const sending = await connectTo(server);
    sending.write(beginRequest(2 * 1024 * 1024) + ' '.repeat(1024 * 1024));

    const refused = await until(async () => {
      const answer = await post(server, TYPENAME, { authorization: `Bearer ${key}` });
      return answer.status === 503 ? answer : undefined;
    });

    expect(refused.headers.get('retry-after')).toBe('1');
    expect(refused.json.errors).toMatchObject([
      {
        message: 'The requests under way have 1 MiB of bodies: expected at most 1 MiB. Nothing was changed; try again.',
        extensions: { code: 'OVERLOADED', retryAfterMs: 1000 },
      },
    ]);
    expect(await health(server)).toMatchObject({ status: 'overloaded', refusing: ['BODIES'] });

    sending.destroy();
    await until(async () => (await post(server, TYPENAME, { authorization: `Bearer ${key}` })).status === 200 || undefined);
    clock.advance(10_000);
    expect(await health(server)).toMatchObject({ status: 'ok' });
    for (const socket of claiming) socket.destroy();
  });

  it('are refused to a key that has a quarter of all, and not to others', async () => {
    await using server = await startTestServer({ config: { bodiesLimitMib: 4 } });
    const [key, other] = [await makeKey(server, 'PUBLISH'), await makeKey(server, 'PUBLISH')];
    const sending = await connectTo(server);
    sending.write(beginRequest(3 * 1024 * 1024, key) + ' '.repeat(2 * 1024 * 1024));

    const refused = await until(async () => {
      const answer = await post(server, TYPENAME, { authorization: `Bearer ${key}` });
      return answer.status === 503 ? answer : undefined;
    });

    expect(refused.json.errors[0].message).toMatch(
      /^The requests of this key that are under way have [12](\.\d)? MiB of bodies: expected at most 1 MiB\./,
    );
    expect((await post(server, TYPENAME, { authorization: `Bearer ${other}` })).status).toBe(200);
    expect((await post(server, TYPENAME)).status).toBe(200);
    expect(await health(server)).toMatchObject({ status: 'ok' });
    sending.destroy();
  });

  it('are not refused where there is no other', async () => {
    await using server = await startTestServer({ config: { bodiesLimitMib: 1 } });

    const { status } = await post(server, `${' '.repeat(5 * 1024 * 1024)}${TYPENAME}`);

    expect(status).toBe(200);
  });
});

describe('a body that comes too slowly', () => {
  it.each([
    ['stands still from the beginning', '', 10_000],
    ['stands still', ' '.repeat(20 * 1024), 20_000],
  ])('is refused when it %s', async (_, text, afterMs) => {
    const clock = new ManualClock();
    await using server = await startTestServer({ clock });
    const socket = await connectTo(server);
    const before = clock.timerCount;
    socket.write(beginRequest(1024 * 1024) + text);
    // Each body has a timer of its own.
    await until(async () => clock.timerCount > before || undefined);
    await received(socket, text.length);
    const answer = readToEnd(socket);

    for (let ms = 0; ms < afterMs; ms += 10_000) clock.advance(10_000);

    expect(await answer).toMatch(
      /^HTTP\/1\.1 408 [^]*connection: close\r\n[^]*"message":"The body comes too slowly: expected at least 16 KiB in each 10 s, and all of it within 30 s, received \d+ bytes in \d+ s\.[^]*"code":"REQUEST_TIMEOUT"/i,
    );
  });

  it('is refused after 30 seconds, however much of it came', async () => {
    const clock = new ManualClock();
    await using server = await startTestServer({ clock });
    const socket = await connectTo(server);
    const before = clock.timerCount;
    socket.write(beginRequest(1024 * 1024));
    await until(async () => clock.timerCount > before || undefined);
    const answer = readToEnd(socket);

    for (let seconds = 10; seconds <= 30; seconds += 10) {
      socket.write(' '.repeat(100 * 1024));
      await received(socket, 0);
      clock.advance(10_000);
    }

    expect(await answer).toMatch(/^HTTP\/1\.1 408 [^]*received 307200 bytes in 30 s\./);
  });
});

describe('more connections than the server can have', () => {
  it('are told so, over HTTP and as WebSockets, and there is room when one ends', async () => {
    await using server = await startTestServer({ config: { connectionLimit: 2 } });
    const held = [await connectTo(server), await connectTo(server)];
    const [request, upgrade] = [await connectTo(server), await connectTo(server)];

    request.write(beginRequest(2) + '{}');
    upgrade.write(
      'GET /graphql HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n',
    );

    expect(await readToEnd(request)).toMatch(/^HTTP\/1\.1 503 [^]*retry-after: 1\r\n[^]*"code":"OVERLOADED"/i);
    expect(await readToEnd(upgrade)).toMatch(/^HTTP\/1\.1 503 [^]*Retry-After: 1\r\n/);

    for (const socket of held) socket.destroy();
    await until(async () => (await fetch(`${server.url}/health`)).status === 200 || undefined);
  });

  it('are closed without a word where there are very many', async () => {
    await using server = await startTestServer({ config: { connectionLimit: 1 } });
    const all = await Promise.all(Array.from({ length: 120 }, () => connectTo(server)));

    const closed = await Promise.race(all.map((socket) => once(socket, 'close').then(() => true)));

    expect(closed).toBe(true);
    for (const socket of all) socket.destroy();
    await until(async () => (await fetch(`${server.url}/health`).catch(() => undefined))?.status === 200 || undefined);
  });
});

/** Asks again and again until there is an answer: what a connection has done is known to the server a moment later. */
async function until<Value>(ask: () => Promise<Value | undefined>): Promise<Value> {
  for (;;) {
    const answer = await ask();
    if (answer !== undefined) return answer;
    await new Promise(setImmediate);
  }
}

/** Waits until the server, in this very process, has taken what was written: all of it has left this side, and the loop has gone round some times. */
async function received(socket: Socket, byteCount: number): Promise<void> {
  await until(async () => (socket.writableLength === 0 && socket.bytesWritten >= byteCount) || undefined);
  for (let round = 0; round < 50; round += 1) await new Promise(setImmediate);
}

async function makeKey(server: TestServer, scope: string): Promise<string> {
  const input = { organizationId: await makeOrganization(server), name: 'test', scopes: [scope] };
  const mutation = 'mutation ($input: CreateApiKeyInput!) { createApiKey(input: $input) { key } }';
  return (await server.gql(mutation, { input })).createApiKey.key;
}

async function health({ url }: TestServer): Promise<unknown> {
  const response = await fetch(`${url}/health`);
  expect(response.status).toBe(200);
  return response.json();
}
