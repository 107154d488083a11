import { describe, expect, it } from 'vitest';
import { startLocalPostgres } from '../../scripts/local-postgres.js';
import { systemClock } from '../../src/clock.js';
import type { Config } from '../../src/config.js';
import { type Line, startLine } from '../support/line.js';
import { makeOrganization, makeWebhook, publishMany } from '../support/platform.js';
import { makeDatabase, maintain, onPostgres } from '../support/postgres.js';
import { type Exchange, startReceiver } from '../support/receiver.js';
import { startTestServer, type TestServer } from '../support/server.js';
import { watchLog } from '../support/watched-log.js';

const PUBLISH = `
  mutation ($organizationId: ID!, $n: Int!, $idempotencyKey: String) {
    publishEvent(input: { organizationId: $organizationId, type: "order_created", payload: { n: $n }, idempotencyKey: $idempotencyKey }) {
      duplicate
      event { id }
    }
  }`;

const OPEN = `query ($id: ID!) { organization(id: $id) { deliveries(first: 100) { edges { node { status attemptCount event { id } } } } } }`;

/** So short that what hangs is soon over. */
const settings: Partial<Config> = { databaseStatementTimeoutMs: 300, databasePoolSize: 4, adminApiKey: 'test-admin-key-0123456789' };

/** A server by the real clock whose PostgreSQL is at the other end of a line, and a hook to a receiver. */
async function start(databaseUrl?: string, change: Partial<Config> = {}) {
  const stack = new AsyncDisposableStack();
  const line = stack.use(await startLine(databaseUrl ?? stack.use(await makeDatabase()).url));
  const { log, logged, lines } = watchLog();
  const server = stack.use(await startTestServer({ clock: systemClock, log, config: { ...settings, ...change, databaseUrl: line.url } }));
  const receiver = stack.use(await startReceiver());
  const organizationId = await makeOrganization(server);
  await makeWebhook(server, { organizationId, endpoint: receiver.url, settings: { inFlightLimit: 64 } });
  return { line, server, receiver, organizationId, logged, lines, [Symbol.asyncDispose]: () => stack.disposeAsync() };
}

type Started = Awaited<ReturnType<typeof start>>;

/** Publishes by four callers at once until it is ended. Those who are refused go on when the database is there again. */
function load({ server, organizationId, logged, lines }: Started) {
  let isEnded = false;
  const acknowledged: string[] = [];
  const refused = new Set<string>();
  const waiting = new Set<() => void>();
  let n = 0;
  const callers = Array.from({ length: 4 }, async () => {
    while (!isEnded) {
      const { data, errors } = await server.ask(PUBLISH, { organizationId, n: (n += 1) });
      if (errors === undefined) {
        acknowledged.push(data.publishEvent.event.id);
        for (const look of waiting) look();
      } else {
        refused.add(errors[0]!.extensions.code);
        await logged('database.recovered', lines.filter(({ msg }) => msg === 'database.failing').length);
      }
    }
  });
  return {
    acknowledged,
    /** The codes of errors. */
    refused,
    /** Until so many more have been acknowledged. */
    async goesOn(count = 20) {
      const enough = acknowledged.length + count;
      const { promise, resolve } = Promise.withResolvers<void>();
      const look = () => void (acknowledged.length >= enough && resolve());
      waiting.add(look);
      await promise;
      waiting.delete(look);
    },
    async end() {
      isEnded = true;
      await Promise.all(callers);
    },
  };
}

/** All deliveries, once none is open any more: in pages of the newest, as tests are small. */
async function settled({ server, organizationId }: Started): Promise<any[]> {
  for (;;) {
    const deliveries = await readAll(server, organizationId);
    if (deliveries.every(({ status }) => status === 'SUCCEEDED')) return deliveries;
  }
}

async function readAll(server: TestServer, organizationId: string): Promise<any[]> {
  const nodes: any[] = [];
  for (let after: string | null = null, hasMore = true; hasMore;) {
    const { organization }: any = await server.gql(
      `query ($id: ID!, $after: String) { organization(id: $id) { deliveries(first: 100, after: $after) {
        pageInfo { hasNextPage endCursor } edges { node { id status attemptCount event { id } } } } } }`,
      { id: organizationId, after },
    );
    nodes.push(...organization.deliveries.edges.map(({ node }: any) => node));
    ({ hasNextPage: hasMore, endCursor: after } = organization.deliveries.pageInfo);
  }
  return nodes;
}

async function health({ server }: Started) {
  const response = await fetch(`${server.url}/health`);
  return { code: response.status, ...((await response.json()) as { problems?: string[] }) };
}

describe.runIf(onPostgres)('while PostgreSQL is lost under load', () => {
  const faults: Array<{ fault: string; lose: (line: Line, url: string) => void | Promise<void>; mend: (line: Line) => void }> = [
    { fault: 'nothing comes over the line', lose: (line) => line.hang(), mend: (line) => line.mend() },
    { fault: 'connections are refused', lose: (line) => line.refuse(), mend: (line) => line.mend() },
  ];
  it.each(faults)('since $fault, publishes get a clear error, and afterwards all that was acknowledged is delivered once', async (one) => {
    await using started = await start();
    const { line, receiver, logged } = started;
    const publishing = load(started);
    await publishing.goesOn();

    await one.lose(line, '');
    await logged('database.failing');
    const during = await health(started);
    one.mend(line);
    await logged('database.recovered');
    await publishing.goesOn();
    await publishing.end();

    const deliveries = await settled(started);
    expect(during.code).toBe(503);
    expect(during.problems![0]).toMatch(
      /^The database cannot be written since .* \((?:no answer in time|connection lost|unreachable|all connections are in use)\)\.$/,
    );
    expect([...publishing.refused]).toEqual(['UNAVAILABLE']);
    expectOnce(publishing.acknowledged, deliveries, receiver);
  });

  it('as its connections are killed again and again, afterwards all that was acknowledged is delivered once', async () => {
    await using database = await makeDatabase();
    await using started = await start(database.url);
    const publishing = load(started);

    for (let round = 0; round < 5; round += 1) {
      await publishing.goesOn();
      await maintain(
        'select pg_terminate_backend(pid) from pg_stat_activity where datname = current_database() and pid <> pg_backend_pid()',
        database.url,
      );
    }
    await publishing.goesOn();
    await publishing.end();

    expectOnce(publishing.acknowledged, await settled(started), started.receiver);
  });

  it('as it is started anew, afterwards all that was acknowledged is delivered once', async () => {
    await using postgres = await startLocalPostgres({ isDurable: true, settings: ['max_connections=50'] });
    await using started = await start(postgres.url);
    const publishing = load(started);
    await publishing.goesOn();

    await postgres.restart();
    await publishing.goesOn();
    await publishing.end();

    expectOnce(publishing.acknowledged, await settled(started), started.receiver);
  });
});

function expectOnce(
  acknowledged: readonly string[],
  deliveries: readonly any[],
  receiver: { received: ReadonlyArray<{ headers: Record<string, string> }> },
): void {
  const received = receiver.received.map(({ headers }) => headers['webhook-id']);
  expect(deliveries.map(({ event }) => event.id)).toEqual(expect.arrayContaining([...acknowledged]));
  expect(deliveries.filter(({ attemptCount }) => attemptCount !== 1)).toEqual([]);
  expect(received.toSorted()).toEqual(deliveries.map(({ id }) => id).toSorted());
}

describe.runIf(onPostgres)('while PostgreSQL gives no answer', () => {
  it('what comes of an attempt on the wire is kept, recorded afterwards, and not sent twice', async () => {
    await using started = await start();
    const { server, receiver, line, organizationId, logged } = started;
    const held: Exchange[] = [];
    receiver.answerWith((exchange) => void held.push(exchange));
    await server.gql(PUBLISH, { organizationId, n: 1 });
    await receiver.requests(1);

    line.hang();
    held[0]!.response.end('ok');
    await logged('attempt.unrecorded');
    line.mend();
    await logged('delivery.attempted');

    expect(await settled(started)).toMatchObject([{ status: 'SUCCEEDED', attemptCount: 1 }]);
    expect(receiver.received).toHaveLength(1);
  });

  it('what comes of an attempt is kept although the server has lost its hooks by then, and is not sent twice', async () => {
    await using started = await start(undefined, { takeoverAfterMs: 1000, pollIntervalMs: 100 });
    const { server, receiver, line, organizationId, logged } = started;
    const held: Exchange[] = [];
    receiver.answerWith((exchange) => void held.push(exchange));
    await server.gql(PUBLISH, { organizationId, n: 1 });
    await receiver.requests(1);

    line.hang();
    held[0]!.response.end('ok');
    await logged('attempt.unrecorded', 3);
    line.mend();
    await logged('delivery.attempted');

    expect(await settled(started)).toMatchObject([{ status: 'SUCCEEDED', attemptCount: 1 }]);
    expect(receiver.received).toHaveLength(1);
  });

  it('the log gets a stack trace for each kind of failure, and not one for each attempt and each request', async () => {
    await using started = await start();
    const { server, receiver, line, organizationId, logged, lines } = started;
    const held: Exchange[] = [];
    receiver.answerWith((exchange) => void held.push(exchange));
    await publishMany(server, organizationId, 60);
    await receiver.requests(60);
    const before = lines.length;

    line.refuse();
    for (const { response } of held) response.end('ok');
    await logged('database.failing');
    for (let n = 0; n < 60; n += 1) {
      await server.ask(OPEN, { id: organizationId });
      await server.ask(PUBLISH, { organizationId, n });
    }
    await logged('attempt.unrecorded', 180);
    const during = lines.slice(before).filter(({ level }) => level > 20);
    line.mend();
    await logged('delivery.attempted', 60);

    const namesOf = (some: readonly Record<string, any>[]) => some.map(({ msg }) => msg);
    expect(namesOf(during).filter((name) => name === 'attempt.unrecorded').length).toBeLessThan(4);
    expect(namesOf(during).filter((name) => name === 'request.unread').length).toBeLessThan(4);
    expect(namesOf(during)).toContain('request.unread');
    expect(during.filter(({ err }) => err !== undefined).length).toBeLessThan(12);
  });

  it('a publish is refused at once when the outage is known, and so is a read', async () => {
    await using started = await start();
    const { server, line, organizationId, logged } = started;
    line.hang();
    await server.ask(PUBLISH, { organizationId, n: 1 });
    await logged('database.failing');

    const refused = await server.ask(PUBLISH, { organizationId, n: 2 });
    const unread = await server.ask(OPEN, { id: organizationId });
    line.mend();
    await logged('database.recovered');

    expect(refused.errors).toMatchObject([
      { message: expect.stringContaining('Nothing was changed; try again.'), extensions: { code: 'UNAVAILABLE' } },
    ]);
    expect(unread.errors).toMatchObject([
      { message: expect.stringContaining('cannot be read at the moment'), extensions: { code: 'UNAVAILABLE' } },
    ]);
    expect(await server.gql(PUBLISH, { organizationId, n: 3 })).toMatchObject({ publishEvent: { duplicate: false } });
  });
});

describe.runIf(onPostgres)('a commit whose answer is lost', () => {
  it('of a publish is told as what it is, and with an idempotency key it can be published again', async () => {
    await using started = await start();
    const { server, receiver, line, organizationId, logged } = started;
    const lost = line.loseCommit();

    const answer = await server.ask(PUBLISH, { organizationId, n: 1, idempotencyKey: 'k' });
    await lost;
    await logged('database.recovered');

    expect(answer.errors).toMatchObject([
      { message: expect.stringContaining('It is not known whether'), extensions: { code: 'UNAVAILABLE' } },
    ]);
    expect(await server.gql(PUBLISH, { organizationId, n: 1, idempotencyKey: 'k' })).toMatchObject({ publishEvent: { duplicate: true } });
    // Nobody was told of the delivery; it is found all the same.
    await receiver.requests(1);
    expect(await settled(started)).toMatchObject([{ status: 'SUCCEEDED', attemptCount: 1 }]);
  });

  it('of a record changes nothing when it is recorded again', async () => {
    await using started = await start();
    const { server, receiver, line, organizationId, logged } = started;
    const held: Exchange[] = [];
    receiver.answerWith((exchange) => void held.push(exchange));
    await server.gql(PUBLISH, { organizationId, n: 1 });
    await receiver.requests(1);

    const lost = line.loseCommit();
    held[0]!.response.end('ok');
    await lost;

    expect(await logged('delivery.attempted')).toMatchObject({ status: 'SUCCEEDED' });
    expect(await settled(started)).toMatchObject([{ status: 'SUCCEEDED', attemptCount: 1 }]);
    expect(receiver.received).toHaveLength(1);
  });
});
