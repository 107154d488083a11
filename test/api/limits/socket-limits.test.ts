import { describe, expect, it, onTestFinished, vi } from 'vitest';
import { countReads } from '../../support/count-reads.js';
import { ManualClock } from '../../support/manual-clock.js';
import { makeOrganization, makeWebhook, publish } from '../../support/platform.js';
import { onPostgres } from '../../support/postgres.js';
import { openSocket, type RawSocket } from '../../support/raw-socket.js';
import { startReceiver } from '../../support/receiver.js';
import { ADMIN_KEY, startTestServer, type TestServer } from '../../support/server.js';

const HEALTH = 'subscription ($o: ID!) { hookHealth(organizationId: $o) { cursor } }';

async function open(server: { url: string }, key = ADMIN_KEY): Promise<RawSocket> {
  const socket = await openSocket(server);
  socket.send({ type: 'connection_init', payload: { Authorization: `Bearer ${key}` } });
  return socket;
}

async function openAndGreet(server: { url: string }, key = ADMIN_KEY): Promise<RawSocket> {
  const socket = await open(server, key);
  expect(await socket.next()).toEqual({ type: 'connection_ack' });
  return socket;
}

function subscribe(socket: RawSocket, id: string, organizationId: string): void {
  socket.send({ id, type: 'subscribe', payload: { query: HEALTH, variables: { o: organizationId } } });
}

async function createKey(server: TestServer, organizationId: string): Promise<string> {
  const { createApiKey } = await server.gql('mutation ($input: CreateApiKeyInput!) { createApiKey(input: $input) { key } }', {
    input: { organizationId, name: 'A key', scopes: ['READ'] },
  });
  return createApiKey.key;
}

/** Asks until it is taken: what has ended is counted until the server has dealt with it. */
async function subscribeInTheEnd(socket: RawSocket, organizationId: string): Promise<void> {
  for (let attempt = 0; ; attempt += 1) {
    subscribe(socket, `attempt ${attempt}`, organizationId);
    const types: string[] = [];
    // A refusal may come right after the answer to a message that was sent after it, and not after the next.
    for (let round = 0; round < 2; round += 1) {
      socket.send({ type: 'ping' });
      do types.push((await socket.next()).type);
      while (types.at(-1) !== 'pong');
    }
    if (!types.includes('error')) return;
  }
}

// On PostgreSQL a thousand that begin at once wait for a connection, and some of them in vain.
describe.skipIf(onPostgres)('the subscriptions of a socket', () => {
  it('are a thousand at most, however many are asked for', async () => {
    await using server = await startTestServer();
    const organizationId = await makeOrganization(server);
    await using socket = await openAndGreet(server);
    using reads = countReads();

    for (let n = 0; n < 20_000; n += 1) subscribe(socket, `${n}`, organizationId);

    for (let refused = 0; refused < 19_000; refused += 1) {
      const { type, payload } = await socket.next();
      if (type !== 'error' || payload[0].extensions.code !== 'TOO_MANY_SUBSCRIPTIONS') expect({ type, payload }).toBeUndefined();
    }
    socket.send({ type: 'ping' });
    expect(await socket.next()).toEqual({ type: 'pong' });
    expect(reads.count).toBeLessThan(1100);
  }, 60_000);
});

describe('the subscriptions of a key', () => {
  it('are as many as the setting says, over all its sockets, and one more when one ends', async () => {
    await using server = await startTestServer({ config: { subscriptionsPerKey: 2 } });
    const organizationId = await makeOrganization(server);
    const key = await createKey(server, organizationId);
    await using one = await openAndGreet(server, key);
    await using other = await openAndGreet(server, key);
    await using ofAdmin = await openAndGreet(server);
    for (const id of ['a', 'b', 'c']) subscribe(ofAdmin, id, organizationId);
    subscribe(one, 'a', organizationId);
    subscribe(one, 'b', organizationId);

    one.send({ type: 'ping' });
    expect(await one.next()).toEqual({ type: 'pong' });
    subscribe(other, 'c', organizationId);

    expect(await other.next()).toMatchObject({
      id: 'c',
      type: 'error',
      payload: [
        { message: 'This key has 2 subscriptions open: expected at most so many.', extensions: { code: 'TOO_MANY_SUBSCRIPTIONS' } },
      ],
    });

    one.send({ id: 'a', type: 'complete' });
    await subscribeInTheEnd(other, organizationId);
    subscribe(other, 'e', organizationId);
    expect(await other.next()).toMatchObject({ id: 'e', type: 'error' });
    ofAdmin.send({ type: 'ping' });
    expect(await ofAdmin.next()).toEqual({ type: 'pong' });
  });
});

describe('the subscriptions of a server', () => {
  it('are as many as the setting says, and those of a socket that has ended count no more', async () => {
    await using server = await startTestServer({ config: { subscriptionLimit: 1 } });
    const organizationId = await makeOrganization(server);
    await using ending = await openAndGreet(server);
    subscribe(ending, 'a', organizationId);
    await using socket = await openAndGreet(server);

    ending.send({ type: 'ping' });
    await ending.next();
    subscribe(socket, 'b', organizationId);

    expect(await socket.next()).toMatchObject({
      id: 'b',
      type: 'error',
      payload: [{ extensions: { code: 'OVERLOADED', retryAfterMs: 5000 } }],
    });

    await ending[Symbol.asyncDispose]();
    await subscribeInTheEnd(socket, organizationId);
    subscribe(socket, 'd', organizationId);
    expect(await socket.next()).toMatchObject({ id: 'd', type: 'error' });
  });
});

describe('the sockets of a key', () => {
  it('are as many as the setting says, and one more when one has ended', async () => {
    await using server = await startTestServer({ config: { socketsPerKey: 1 } });
    const key = await createKey(server, await makeOrganization(server));
    await using first = await openAndGreet(server, key);
    await using second = await open(server, key);
    await using ofAdmin = await openAndGreet(server);
    await using secondOfAdmin = await openAndGreet(server);

    expect(await second.closed).toBe(1013);

    await first[Symbol.asyncDispose]();
    await using third = await openAndGreet(server, key);
    for (const one of [ofAdmin, secondOfAdmin, third]) {
      one.send({ type: 'ping' });
      expect(await one.next()).toEqual({ type: 'pong' });
    }
  });
});

describe('a client that does not say who it is', () => {
  it('is closed with 4408 after ten seconds', async () => {
    const clock = new ManualClock();
    await using server = await startTestServer({ clock });
    await using silent = await openSocket(server);
    await using known = await openAndGreet(server);

    clock.advance(10_000);

    expect(await silent.closed).toBe(4408);
    known.send({ type: 'ping' });
    expect(await known.next()).toEqual({ type: 'pong' });
  });
});

describe('a client that does not read', () => {
  const COUNT = 80;

  it('is closed with 4410, and misses nothing when it goes on from its cursor', async () => {
    const clock = new ManualClock();
    await using server = await startTestServer({ clock });
    await using receiver = await startReceiver();
    const organizationId = await makeOrganization(server);
    await makeWebhook(server, { organizationId, endpoint: receiver.url });
    const { organization } = await server.gql('query ($id: ID!) { organization(id: $id) { streamCursor } }', { id: organizationId });
    const query =
      'subscription ($o: ID!, $after: String) { deliveryAttempts(organizationId: $o, after: $after) { cursor attempt { delivery { event { payload } } } } }';
    await using socket = await openAndGreet(server);
    socket.send({ id: '1', type: 'subscribe', payload: { query, variables: { o: organizationId, after: organization.streamCursor } } });
    socket.send({ type: 'ping' });
    await socket.next();
    socket.pause();
    const filling = 'x'.repeat(250_000);

    for (let n = 0; n < COUNT; n += 1) await publish(server, organizationId, 'order_created', { n, filling });
    await receiver.requests(COUNT);
    clock.advance(10_000);
    clock.advance(10_000);
    socket.resume();

    expect(await socket.closed).toBe(4410);
    const first: any[] = [];
    while (socket.waitingCount > 0) first.push((await socket.next()).payload.data.deliveryAttempts);
    expect(first.length).toBeLessThan(COUNT);

    await using again = await openAndGreet(server);
    again.send({ id: '1', type: 'subscribe', payload: { query, variables: { o: organizationId, after: first.at(-1).cursor } } });
    const rest: any[] = [];
    while (first.length + rest.length < COUNT) rest.push((await again.next()).payload.data.deliveryAttempts);
    const told = [...first, ...rest].map(({ attempt }) => attempt.delivery.event.payload.n);
    expect(told.toSorted((a, b) => a - b)).toEqual(Array.from({ length: COUNT }, (_, n) => n));
  });

  it('and goes on sending is cut off, and what it was not sent is printed nowhere', async () => {
    const printed = vi.spyOn(console, 'error');
    onTestFinished(() => printed.mockRestore());
    await using server = await startTestServer();
    await using socket = await openAndGreet(server);
    const payload = { filling: 'x'.repeat(60_000) };
    socket.pause();

    for (let n = 0; n < 1000; n += 1) socket.send({ type: 'ping', payload });

    expect(await socket.closed).toBe(1006);
    expect(await server.gql('{ __typename }')).toEqual({ __typename: 'Query' });
    expect(printed).not.toHaveBeenCalled();
  });
});
