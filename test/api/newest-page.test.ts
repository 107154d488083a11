import { CompiledQuery, sql } from 'kysely';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { readNewestPage } from '../../src/api/newest-page.js';
import { readPage } from '../../src/api/paging.js';
import type { EntityManager } from '../../src/database/connect.js';
import { Delivery } from '../../src/entities/delivery.js';
import { openTestDatabase, type TestDatabase } from '../support/database.js';
import { idOf } from '../support/ids.js';
import { explain } from '../support/postgres-plans.js';
import { onPostgres } from '../support/postgres.js';
import { insertDeliveries, insertHooks } from '../support/rows.js';

let database: TestDatabase;
let ofOldHook: string[];

/** A hook that had much and has nothing since, and one that has gone on. */
beforeAll(async () => {
  database = await openTestDatabase();
  const db = database.db();
  await insertHooks(db, [{ id: idOf('old') }, { id: idOf('busy') }]);
  const old = await insertMany('old', 4);
  await insertMany('busy', 6);
  ofOldHook = old.toReversed();
  if (onPostgres) await sql`analyze`.execute(db);
}, 30_000);

afterAll(() => database[Symbol.asyncDispose]());

async function insertMany(name: string, thousands: number): Promise<string[]> {
  const ids = [];
  for (let count = 0; count < thousands; count += 1) {
    const rows = await insertDeliveries(database.db(), {
      hookId: idOf(name),
      count: 1000,
      now: 0,
      nextAttemptAt: null,
      status: 'SUCCEEDED',
    });
    ids.push(...rows.map(({ deliveryId }) => deliveryId));
  }
  return ids;
}

const first = 100;

it('the pages of an owner join to all that is of it, the newest first', async () => {
  const read: string[] = [];
  let after: string | null = null;
  for (let hasMore = true; hasMore;) {
    const page: Awaited<ReturnType<typeof readNewestPage<Delivery, 'hookId'>>> = await readNewestPage(
      database.orm.em.fork(),
      Delivery,
      ['hookId', idOf('old')],
      { first, after },
    );
    expect(page.pageInfo.hasPreviousPage).toBe(after !== null);
    expect(page.edges.at(-1)!.cursor).toBe(page.pageInfo.endCursor);
    read.push(...page.edges.map(({ node }) => node.id));
    ({ endCursor: after, hasNextPage: hasMore } = page.pageInfo);
  }

  expect(read).toEqual(ofOldHook);
});

describe.runIf(onPostgres)('on PostgreSQL', () => {
  /** The index by which `work` reads deliveries. */
  async function indexOf(work: (em: EntityManager) => Promise<unknown>): Promise<string | null> {
    const em = database.orm.em.fork();
    let asked = '';
    database.orm.config.getLogger().logQuery = ({ query, params }) => {
      asked = em.getPlatform().formatQuery(query!, params ?? []);
    };
    await work(em);
    const [scan] = await explain(database.db(), CompiledQuery.raw(asked));
    return scan!.index;
  }

  it.each(['the first', 'a later'])("%s page is read by the owner's index where much of the table is the owner's", async (which) => {
    const { endCursor } = (await readNewestPage(database.orm.em.fork(), Delivery, ['hookId', idOf('old')], { first })).pageInfo;
    const after = which === 'the first' ? null : endCursor;

    expect(await indexOf((em) => readNewestPage(em, Delivery, ['hookId', idOf('old')], { first, after }))).toBe(
      'deliveries_hook_id_id_index',
    );
  });

  it('by the id alone it would be looked for among the rows of everybody', async () => {
    expect(await indexOf((em) => readPage(em, Delivery, { hookId: idOf('old') }, { id: 'desc' }, { first }))).toBe('deliveries_pkey');
  });
});
