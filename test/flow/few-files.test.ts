import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it, onTestFinished } from 'vitest';
import { makeOrganization, makeWebhook, publishMany } from '../support/platform.js';
import { databaseFor, dropDatabaseOf } from '../support/postgres.js';
import { type Exchange, startReceiver } from '../support/receiver.js';
import { spawnServerProcess } from '../support/server-process.js';

/** Enough for a server that sends nothing, and for some of what it is asked to send. */
const FILE_LIMIT = 64;
const COUNT = 150;

it('a server that may open few files says so of the attempts that had none, and delivers all once they are free', async () => {
  const dataDir = await mkdtemp(join(tmpdir(), 'hookgraph-'));
  onTestFinished(async () => {
    await dropDatabaseOf(dataDir);
    await rm(dataDir, { recursive: true, force: true });
  });
  await databaseFor(dataDir);
  await using receiver = await startReceiver();
  const held: Exchange[] = [];
  receiver.answerWith((exchange) => void held.push(exchange));
  const schedule = Array.from({ length: 50 }, () => '100ms').join(',');
  await using server = await spawnServerProcess(dataDir, { RETRY_SCHEDULE: schedule }, FILE_LIMIT).started;
  const organizationId = await makeOrganization(server);
  await makeWebhook(server, { organizationId, endpoint: receiver.url, settings: { inFlightLimit: COUNT } });

  await publishMany(server, organizationId, COUNT);
  const failed = await server.logged('delivery.attempted');
  receiver.answerWith({ status: 200 });
  for (const { response } of held) response.end();

  const delivered = () => server.log.filter(({ msg, status }) => msg === 'delivery.attempted' && status === 'SUCCEEDED');
  for (let count = 1; delivered().length < COUNT; count += 1) await server.logged('delivery.attempted', count);
  const { delivery } = await server.gql(
    `query ($id: ID!) {
      delivery(id: $id) { status attempts { edges { node { outcome { __typename ... on ConnectionFailed { code message } } } } } }
    }`,
    { id: failed.deliveryId },
  );
  const message = 'This server has too many open files.';
  expect(delivery.status).toBe('SUCCEEDED');
  expect(delivery.attempts.edges[0].node.outcome).toEqual({ __typename: 'ConnectionFailed', code: 'EMFILE', message });
  expect(new Set(receiver.received.map(({ headers }) => headers['webhook-id'])).size).toBe(COUNT);
});
