import { describe, expect, it } from 'vitest';
import { startCountedLine } from '../support/counted-line.js';
import { makeOrganization, makeWebhook, publish, publishMany } from '../support/platform.js';
import { makeDatabase, onPostgres } from '../support/postgres.js';
import { startReceiver } from '../support/receiver.js';
import { startTestServer, type TestServer } from '../support/server.js';

/** A server with eight hooks, each of an organization of its own, and what PostgreSQL was asked so far. */
async function start() {
  const stack = new AsyncDisposableStack();
  const line = onPostgres ? stack.use(await startCountedLine(stack.use(await makeDatabase()).url)) : null;
  const server: TestServer = stack.use(await startTestServer(line === null ? {} : { config: { databaseUrl: line.url } }));
  const receiver = stack.use(await startReceiver());
  const organizationIds: string[] = [];
  for (let count = 0; count < 8; count += 1) {
    const organizationId = await makeOrganization(server);
    organizationIds.push(organizationId);
    await makeWebhook(server, { organizationId, endpoint: receiver.url, settings: { inFlightLimit: 64 } });
  }
  return {
    server,
    receiver,
    organizationIds,
    statementCount: () => line?.statementCount ?? 0,
    [Symbol.asyncDispose]: () => stack.disposeAsync(),
  };
}

describe('a thousand events', () => {
  it('that are published by fifty callers at once cost a fraction of a commit each, and less than a statement', async () => {
    await using started = await start();
    const { server, receiver, organizationIds } = started;
    const before = { commits: server.commitCount, statements: started.statementCount() };
    let publishedCount = 0;

    await Promise.all(
      Array.from({ length: 50 }, async () => {
        while (publishedCount < 1000) await publish(server, organizationIds[(publishedCount += 1) % 8]!);
      }),
    );
    await receiver.requests(publishedCount);
    await server.stop();

    expect(server.commitCount - before.commits).toBeLessThan(700);
    expect(started.statementCount() - before.statements).toBeLessThan(1000);
  });

  it('that are published by hundreds cost a fraction of a commit each, and a fraction of a statement', async () => {
    await using started = await start();
    const { server, receiver, organizationIds } = started;
    const before = { commits: server.commitCount, statements: started.statementCount() };

    await Promise.all(organizationIds.map((organizationId) => publishMany(server, organizationId, 125)));
    await receiver.requests(1000);
    await server.stop();

    expect(server.commitCount - before.commits).toBeLessThan(700);
    expect(started.statementCount() - before.statements).toBeLessThan(400);
  });
});
