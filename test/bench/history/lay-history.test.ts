import { join } from 'node:path';
import BetterSqlite from 'better-sqlite3';
import { describe, expect, it, onTestFinished } from 'vitest';
import { layHistory } from '../../../bench/history/lay-history.js';
import { Leftovers } from '../../../bench/stage/leftovers.js';
import { createPostgresDatabase } from '../../../bench/stage/postgres-database.js';
import { createSqliteDatabase } from '../../../bench/stage/sqlite-database.js';
import { systemClock } from '../../../src/clock.js';
import { readConfig } from '../../../src/config.js';
import { createLog } from '../../../src/log.js';
import { systemRandom } from '../../../src/random.js';
import { startServer } from '../../../src/server.js';
import { PAGE_DIR } from '../../support/build.js';
import { startSchemaThread } from '../../support/schema-checks.js';
import { TEST_KEY } from '../../support/test-ring.js';

const ADMIN_KEY = 'admin-key-of-a-history';

const PAGE = `{
  organizations(first: 1) { edges { node {
    id
    deliveries(first: 10) { edges { node {
      id status attemptCount createdAt updatedAt
      event { id type payload createdAt }
      hook { id }
      attempts(first: 5) { edges { node { number startedAt outcome { __typename ... on ResponseReceived { status } } } } }
    } } }
  } } }
}`;

describe.concurrent.each([
  ['SQLite', createSqliteDatabase],
  ['PostgreSQL', createPostgresDatabase],
])('a history on %s', { timeout: 60_000 }, (_, createDatabase) => {
  it('is read by the server as if it had delivered it, the later on top', async () => {
    const leftovers = new Leftovers();
    onTestFinished(() => leftovers.clear());
    await using database = await createDatabase(leftovers);
    const heard: number[] = [];

    await layHistory(database, 250, (count) => heard.push(count));
    // A second one has the same hooks, and comes after the first.
    await layHistory(database, 50, () => {});

    expect(heard).toEqual([0, 250]);
    const stored = await database.countDeliveries();
    expect(stored.map(({ status, count }) => [status, count])).toEqual([
      ...Array.from({ length: 50 }, () => ['SUCCEEDED', 4]),
      ...Array.from({ length: 50 }, () => ['SUCCEEDED', 2]),
    ]);
    await using server = await serve(database.settings);
    const [organization] = nodesOf((await server.ask(PAGE)).organizations);
    const deliveries = nodesOf(organization.deliveries);
    expect(deliveries).toHaveLength(4);
    for (const delivery of deliveries) {
      const { createdAt } = delivery;
      expect(delivery).toMatchObject({ status: 'SUCCEEDED', attemptCount: 1, event: { type: 'order_created', createdAt } });
      expect(nodesOf(delivery.attempts)).toEqual([
        { number: 1, startedAt: createdAt, outcome: { __typename: 'ResponseReceived', status: 200 } },
      ]);
    }
    const numbers = deliveries.map(({ event }) => event.payload.number);
    expect(numbers).toEqual([0, 200, 100, 0]);
    const times = deliveries.map(({ createdAt }) => Date.parse(createdAt));
    expect(times).toEqual(times.toSorted((one, other) => other - one));
    expect(times[0]).toBeLessThan(Date.now());
  });
});

it('a history belongs to the hooks that are there', async () => {
  const leftovers = new Leftovers();
  onTestFinished(() => leftovers.clear());
  await using database = await createSqliteDatabase(leftovers);
  let hookId: string;
  {
    await using server = await serve(database.settings);
    const { createOrganization } = await server.ask('mutation { createOrganization(input: { name: "One" }) { id } }');
    const { createWebhook } = await server.ask(`mutation { createWebhook(input: { organizationId: "${createOrganization.id}", name: "All",
      hooks: [{ type: "order_created", method: POST, endpoint: "https://example.com/" }] }) { hooks(first: 1) { edges { node { id } } } } }`);
    hookId = nodesOf(createWebhook.hooks)[0].id;
  }

  await layHistory(database, 20, () => {});

  expect(await database.countDeliveries()).toEqual([{ hookId, status: 'SUCCEEDED', count: 20 }]);
});

it('a history ends where its progress throws, and its file can be used', async () => {
  const leftovers = new Leftovers();
  onTestFinished(() => leftovers.clear());
  await using database = await createSqliteDatabase(leftovers);

  await expect(
    layHistory(database, 20, () => {
      throw new Error('Enough.');
    }),
  ).rejects.toThrow('Enough.');

  expect(await database.countDeliveries()).toEqual([]);
});

it('a history on SQLite is listed to its end, so that the server has nothing of it to list', async () => {
  const leftovers = new Leftovers();
  onTestFinished(() => leftovers.clear());
  await using database = await createSqliteDatabase(leftovers);

  await layHistory(database, 250, () => {});

  const file = new BetterSqlite(join(database.settings.DATA_DIR!, 'hookgraph.sqlite'), { readonly: true });
  const marks = file.prepare('select list, last_row from list_marks order by list').raw().all();
  const counts = ['delivery_change_list', 'delivery_list', 'event_list'].map((list) =>
    file.prepare(`select count(*) from ${list}`).pluck().get(),
  );
  file.close();
  expect(marks).toEqual([
    ['delivery_change_list', 250],
    ['delivery_list', 250],
    ['event_list', 250],
  ]);
  expect(counts).toEqual([250, 750, 250]);
});

async function serve(settings: Readonly<Record<string, string>>) {
  const config = readConfig({ ...settings, PORT: '0', ADMIN_API_KEY: ADMIN_KEY, ENCRYPTION_KEYS: TEST_KEY });
  const server = await startServer(config, {
    clock: systemClock,
    random: systemRandom,
    log: createLog('silent'),
    graphiqlDir: PAGE_DIR,
    startSchemaThread,
  });
  return {
    async ask(query: string): Promise<any> {
      const headers = { 'content-type': 'application/json', authorization: `Bearer ${ADMIN_KEY}` };
      const response = await fetch(`${server.url}/graphql`, { method: 'POST', headers, body: JSON.stringify({ query }) });
      const { data, errors }: any = await response.json();
      if (errors !== undefined) throw new Error(JSON.stringify(errors));
      return data;
    },
    [Symbol.asyncDispose]: () => server.close(),
  };
}

function nodesOf({ edges }: { edges: Array<{ node: any }> }): any[] {
  return edges.map(({ node }) => node);
}
