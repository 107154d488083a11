import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { type HookSettings, makeOrganization, makeWebhook, publishMany } from '../support/platform.js';
import { dropDatabaseOf } from '../support/postgres.js';
import { type Exchange, startReceiver } from '../support/receiver.js';
import { startServerProcess } from '../support/server-process.js';

const DELIVERIES = `
  query ($id: ID!) {
    organization(id: $id) {
      deliveries(first: 100) { edges { node { status attemptCount attempts(first: 5) { edges { node { number outcome { __typename } } } } } } }
    }
  }`;

async function makeDataDir() {
  const path = await mkdtemp(join(tmpdir(), 'hookgraph-'));
  return {
    path,
    async [Symbol.asyncDispose]() {
      await dropDatabaseOf(path);
      await rm(path, { recursive: true, force: true });
    },
  };
}

interface Waiting {
  publishedCount: number;
  underWayCount: number;
  settings?: HookSettings;
}

/** A server that has published, and whose receiver has got so many attempts and answers none of them yet. */
async function startWaiting({ publishedCount, underWayCount, settings = {} }: Waiting) {
  const stack = new AsyncDisposableStack();
  const dataDir = stack.use(await makeDataDir());
  const receiver = stack.use(await startReceiver());
  const held: Exchange[] = [];
  receiver.answerWith((exchange) => void held.push(exchange));
  const server = stack.use(await startServerProcess(dataDir.path));
  const organizationId = await makeOrganization(server);
  await makeWebhook(server, { organizationId, endpoint: receiver.url, settings });
  await publishMany(server, organizationId, publishedCount);
  await receiver.requests(underWayCount);
  const answerAll = () => {
    for (const { response } of held) response.end('late');
  };
  return { dataDir, receiver, server, organizationId, answerAll, [Symbol.asyncDispose]: () => stack.disposeAsync() };
}

describe.concurrent('a stop by SIGTERM', () => {
  it('lets the attempts in flight finish, records them, and ends with status 0', async () => {
    await using waiting = await startWaiting({ publishedCount: 20, underWayCount: 16 });
    const { dataDir, receiver, server } = waiting;

    const ended = server.end('SIGTERM');
    await server.logged('server.stopping');
    waiting.answerAll();

    expect(await ended).toBe(0);
    expect(receiver.received).toHaveLength(16);
    expect(server.log.at(-1)).toMatchObject({ msg: 'server.stopped', abandonedCount: 0 });
    expect(server.log.filter(({ msg }) => msg === 'delivery.attempted')).toHaveLength(16);
    receiver.answerWith({ status: 200 });
    await using again = await startServerProcess(dataDir.path);
    await receiver.requests(20);
    const attempted = new Set(receiver.received.map(({ headers }) => headers['webhook-id']));
    expect(attempted.size).toBe(20);
    expect(again.url).toBeDefined();
  });

  it('lets a hundred slow attempts finish, records each of them, and sends none of them again', async () => {
    await using waiting = await startWaiting({ publishedCount: 100, underWayCount: 100, settings: { inFlightLimit: 100 } });
    const { dataDir, receiver, server, organizationId } = waiting;

    const ended = server.end('SIGTERM');
    await server.logged('server.stopping');
    waiting.answerAll();

    expect(await ended).toBe(0);
    expect(server.log.at(-1)).toMatchObject({ msg: 'server.stopped', abandonedCount: 0 });
    await using again = await startServerProcess(dataDir.path);
    const { organization } = await again.gql(DELIVERIES, { id: organizationId });
    const statuses = organization.deliveries.edges.map(({ node }: any) => [node.status, node.attemptCount]);
    expect(statuses).toEqual(Array.from({ length: 100 }, () => ['SUCCEEDED', 1]));
    expect(receiver.received).toHaveLength(100);
  });

  it('waits no longer than its setting, and sends again after the next start what it gave up', async () => {
    await using dataDir = await makeDataDir();
    await using receiver = await startReceiver();
    receiver.answerWith(() => {});
    await using server = await startServerProcess(dataDir.path, { SHUTDOWN_TIMEOUT: '50ms' });
    const organizationId = await makeOrganization(server);
    await makeWebhook(server, { organizationId, endpoint: receiver.url });
    await publishMany(server, organizationId, 1);
    const [first] = await receiver.requests(1);

    const status = await server.end('SIGTERM');

    expect(status).toBe(0);
    expect(server.log.at(-1)).toMatchObject({ msg: 'server.stopped', abandonedCount: 1 });
    receiver.answerWith({ status: 200 });
    await using again = await startServerProcess(dataDir.path);
    const [, second] = await receiver.requests(2);
    expect(second!.headers['webhook-id']).toBe(first!.headers['webhook-id']);
    expect((await again.logged('delivery.attempted')).number).toBe(1);
  });
});

describe('a kill -9', () => {
  it('loses nothing that was acknowledged, and sends what was on the wire again under the same webhook-id', async () => {
    await using dataDir = await makeDataDir();
    await using receiver = await startReceiver();
    receiver.answerWith(() => {});
    await using server = await startServerProcess(dataDir.path);
    const organizationId = await makeOrganization(server);
    await makeWebhook(server, { organizationId, endpoint: receiver.url });
    await publishMany(server, organizationId, 50);
    const onTheWire = (await receiver.requests(16)).map(({ headers }) => headers['webhook-id']);

    await server.end('SIGKILL');
    receiver.answerWith({ status: 200 });
    await using again = await startServerProcess(dataDir.path);

    const requests = await receiver.requests(66);
    const after = requests.slice(16).map(({ headers }) => headers['webhook-id']);
    expect(new Set(after).size).toBe(50);
    expect(after).toEqual(expect.arrayContaining(onTheWire));
    while (again.log.filter(({ msg }) => msg === 'delivery.attempted').length < 50) await again.gql('{ __typename }');
    const { organization } = await again.gql(DELIVERIES, { id: organizationId });
    const deliveries = organization.deliveries.edges.map(({ node }: any) => node);
    expect(deliveries).toHaveLength(50);
    for (const delivery of deliveries) {
      expect(delivery).toMatchObject({ status: 'SUCCEEDED', attemptCount: 1, attempts: { edges: [{ node: { number: 1 } }] } });
    }
  });
});
