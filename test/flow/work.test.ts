import { describe, expect, it } from 'vitest';
import { countReads } from '../support/count-reads.js';
import { startCountedLine } from '../support/counted-line.js';
import { makeOrganization, makeWebhook, pauseHook, publish, publishMany, resumeHook } from '../support/platform.js';
import { makeDatabase, onPostgres } from '../support/postgres.js';
import { startReceiver } from '../support/receiver.js';
import { startTestServer, type TestServer } from '../support/server.js';

/** A server with hooks, each of an organization of its own, and what the database was asked so far. */
async function start(hookCount = 8) {
  const stack = new AsyncDisposableStack();
  const reads = stack.use(countReads());
  const line = onPostgres ? stack.use(await startCountedLine(stack.use(await makeDatabase()).url)) : null;
  const server: TestServer = stack.use(await startTestServer(line === null ? {} : { config: { databaseUrl: line.url } }));
  const receiver = stack.use(await startReceiver());
  const organizationIds: string[] = [];
  const hookIds: string[] = [];
  while (hookIds.length < hookCount) {
    const organizationId = await makeOrganization(server);
    organizationIds.push(organizationId);
    const webhook = await makeWebhook(server, { organizationId, endpoint: receiver.url, settings: { inFlightLimit: 64 } });
    hookIds.push(...Object.values(webhook.hookIds));
  }
  return {
    server,
    receiver,
    organizationIds,
    hookIds,
    /** On PostgreSQL alone. */
    statementCount: () => line?.statementCount ?? 0,
    readCount: () => line?.readCount ?? reads.count,
    [Symbol.asyncDispose]: () => stack.disposeAsync(),
  };
}

describe('a thousand events', () => {
  it.each([
    { callers: 50, count: 200 },
    { callers: 100, count: 150 },
  ])(
    'that are published by $callers callers at once cost a fraction of a commit each, and fewer than $count statements in all',
    async ({ callers, count }) => {
      await using started = await start();
      const { server, receiver, organizationIds } = started;
      const before = { commits: server.commitCount, statements: started.statementCount() };
      let publishedCount = 0;

      await Promise.all(
        Array.from({ length: callers }, async () => {
          while (publishedCount < 1000) await publish(server, organizationIds[(publishedCount += 1) % 8]!);
        }),
      );
      await receiver.requests(publishedCount);
      await server.stop();

      expect(server.commitCount - before.commits).toBeLessThan(50);
      expect(started.statementCount() - before.statements).toBeLessThan(count);
    },
  );

  it('that are published by hundreds cost a fraction of a commit each, and a fraction of a statement', async () => {
    await using started = await start();
    const { server, receiver, organizationIds } = started;
    const before = { commits: server.commitCount, statements: started.statementCount() };

    await Promise.all(organizationIds.map((organizationId) => publishMany(server, organizationId, 125)));
    await receiver.requests(1000);
    await server.stop();

    expect(server.commitCount - before.commits).toBeLessThan(250);
    expect(started.statementCount() - before.statements).toBeLessThan(200);
  });
});

describe('a thousand deliveries', () => {
  it('that wait in memory are made with few reads, or none', async () => {
    await using started = await start(20);
    const { server, receiver, organizationIds } = started;
    // From the first on, the server knows the hook.
    await Promise.all(organizationIds.map((organizationId) => publish(server, organizationId)));
    await receiver.requests(20);
    const before = started.readCount();

    await Promise.all(organizationIds.map((organizationId) => publishMany(server, organizationId, 50)));
    await receiver.requests(1020);
    await server.stop();

    expect(started.readCount() - before).toBeLessThan(onPostgres ? 100 : 1);
  });

  it('that wait in the table are read by the page', async () => {
    await using started = await start();
    const { server, receiver, organizationIds, hookIds } = started;
    await Promise.all(hookIds.map((hookId) => pauseHook(server, hookId)));
    await Promise.all(organizationIds.map((organizationId) => publishMany(server, organizationId, 125)));
    const before = started.readCount();

    await Promise.all(hookIds.map((hookId) => resumeHook(server, hookId)));
    await receiver.requests(1000);
    await server.stop();

    expect(started.readCount() - before).toBeLessThan(200);
  });
});
