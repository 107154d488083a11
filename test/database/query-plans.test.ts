import { CompiledQuery, type KyselyPlugin } from 'kysely';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { countOpen } from '../../src/api/count-open.js';
import { readNewestPage } from '../../src/api/newest-page.js';
import type { EntityManager, Tables } from '../../src/database/connect.js';
import type { Writes, WriteTransaction } from '../../src/database/writes.js';
import { readHooksWithOpenDeliveries, readOpenDeliveries } from '../../src/dispatch/read-open-deliveries.js';
import { Delivery } from '../../src/entities/delivery.js';
import { Event } from '../../src/entities/event.js';
import { insertOwed } from '../../src/publish/insert-owed.js';
import { Cancellation } from '../../src/record/cancellation.js';
import { releaseNext } from '../../src/record/release-next.js';
import { releaseUnordered } from '../../src/record/release-unordered.js';
import { readChanges } from '../../src/watch/read-changes.js';
import { openTestDatabase, type TestDatabase } from '../support/database.js';
import { idOf } from '../support/ids.js';
import { ManualClock } from '../support/manual-clock.js';
import { insertDeliveries, insertHooks, newId } from '../support/rows.js';
import { plainPayloads } from '../support/test-ring.js';

let database: TestDatabase;

beforeAll(async () => {
  database = await openTestDatabase();
  await insertHooks(database.db(), [{ id: idOf('h') }, { id: idOf('removed'), status: 'REMOVED' }]);
  await insertDeliveries(database.db(), { hookId: idOf('removed'), count: 1, now: 0 });
});

afterAll(() => database[Symbol.asyncDispose]());

/** How SQLite does each statement that `work` runs, with the values it binds: what a partial index is good for depends on them. */
async function plansOf(work: (db: Tables) => Promise<unknown>): Promise<string[]> {
  const statements: CompiledQuery[] = [];
  const db = database.db();
  const note: KyselyPlugin = {
    transformQuery({ node, queryId }) {
      statements.push(db.getExecutor().compileQuery(node, queryId));
      return node;
    },
    transformResult: async ({ result }) => result,
  };
  await work(db.withPlugin(note));
  const plans = [];
  for (const { sql, parameters } of statements) {
    const { rows } = await db.executeQuery<{ detail: string }>(CompiledQuery.raw(`explain query plan ${sql}`, [...parameters]));
    plans.push(...rows.map(({ detail }) => detail));
  }
  return plans;
}

/** What goes through the table of deliveries, events or changes, or through an index of it, from its beginning to its end. */
const scansOf = (plans: readonly string[]) => plans.filter((detail) => /^SCAN (?:d|deliveries|events|delivery_changes)\b/.test(detail));

const transactionOf = (db: Tables): WriteTransaction => ({ db, afterCommit() {} });

/** Writes that note what is asked: each transaction is begun here, and never committed to a batch. */
function writesOf(db: Tables): Writes {
  return { upkeep: (work: (em: unknown, tx: WriteTransaction) => unknown) => work(undefined, transactionOf(db)) } as unknown as Writes;
}

const event = { organizationId: idOf('o'), type: 't', payload: '{}', orderingKey: 'k', isTest: false, createdAt: 0 };

describe('a statement on the table of deliveries', () => {
  it.each<{ statement: string; work: (db: Tables) => Promise<unknown>; uses: string[] }>([
    {
      statement: 'that asks for what is open of a key',
      work(db) {
        const stored = { ...event, id: newId() };
        const delivery = {
          deliveryId: newId(),
          webhookId: idOf('w-o'),
          hookId: idOf('h'),
          attemptCount: 0,
          orderingKey: 'k',
          event: stored,
        };
        return insertOwed(transactionOf(db), { events: [stored], deliveries: [delivery] }, { newId, payloads: plainPayloads });
      },
      uses: ['USING INDEX deliveries_head_unique (hook_id=? AND ordering_key=?)'],
    },
    {
      statement: 'that releases the next of a key',
      work: (db) => releaseNext(transactionOf(db), [{ hookId: idOf('h'), orderingKey: 'k' }], 0),
      uses: [
        'SEARCH d USING INDEX deliveries_head_unique (hook_id=? AND ordering_key=?)',
        'SEARCH d USING INDEX deliveries_order_index (hook_id=? AND ordering_key=?)',
        'SEARCH deliveries USING COVERING INDEX sqlite_autoindex_deliveries_1 (id=?)',
      ],
    },
    {
      statement: "that reads a page of a hook's open deliveries",
      work: (db) => readOpenDeliveries(db, plainPayloads, { hookId: idOf('h'), kind: 'RETRYING', limit: 64 }),
      uses: ['SEARCH d USING INDEX deliveries_open_index (hook_id=? AND status=? AND next_attempt_at>? AND next_attempt_at<?)'],
    },
    {
      statement: 'that finds the hooks with open deliveries',
      work: (db) => readHooksWithOpenDeliveries(db),
      uses: ['SEARCH d USING COVERING INDEX deliveries_open_index (hook_id=? AND status=? AND next_attempt_at>? AND next_attempt_at<?)'],
    },
    {
      statement: 'that counts what is held of hooks',
      work: (db) => countOpen({ getKysely: () => db } as unknown as EntityManager, [idOf('h'), idOf('removed')]),
      uses: ['SEARCH deliveries USING COVERING INDEX deliveries_open_index (hook_id=?)'],
    },
    {
      statement: 'that cancels those of removed hooks',
      work: (db) => new Cancellation(writesOf(db), { append() {} }, new ManualClock()).cancelDeliveriesOfRemovedHooks(),
      uses: [
        'SEARCH d USING INDEX deliveries_open_index (hook_id=?)',
        'SEARCH deliveries USING INDEX sqlite_autoindex_deliveries_1 (id=?)',
      ],
    },
    {
      statement: 'that releases those of hooks without an order',
      work: (db) =>
        releaseUnordered(
          writesOf(db),
          async () => {},
          () => 0,
        ),
      uses: ['SEARCH d USING INDEX deliveries_order_index (hook_id=? AND ordering_key>?)'],
    },
  ])('$statement reads by an index what it needs', async ({ work, uses }) => {
    const plans = await plansOf(work);

    expect(scansOf(plans)).toEqual([]);
    for (const use of uses) expect(plans).toContainEqual(expect.stringContaining(use));
  });

  it.each<{ list: string; work: (em: EntityManager) => Promise<unknown>; uses: string[]; sorts: string[] }>([
    {
      list: 'of the deliveries of a hook',
      work: (em) => readNewestPage(em, Delivery, ['hookId', idOf('h')], { first: 20 }),
      uses: ['SEARCH delivery_list USING PRIMARY KEY (owner_id=?)', 'SEARCH deliveries USING INTEGER PRIMARY KEY (rowid>?)'],
      sorts: ['USE TEMP B-TREE FOR ORDER BY'],
    },
    {
      list: 'of the events of an organization',
      work: (em) => readNewestPage(em, Event, ['organizationId', idOf('o')], { first: 20 }),
      uses: ['SEARCH event_list USING PRIMARY KEY (owner_id=?)', 'SEARCH events USING INTEGER PRIMARY KEY (rowid>?)'],
      sorts: ['USE TEMP B-TREE FOR ORDER BY'],
    },
    {
      list: 'of the changes of a hook',
      work: (em) => readChanges(em, { organizationId: idOf('o'), hookId: idOf('h'), kind: 'ALL' }, { after: 1, upTo: 9 }),
      uses: [
        'SEARCH l USING PRIMARY KEY (owner_id=? AND sequence>? AND sequence<?)',
        'SEARCH delivery_changes USING INTEGER PRIMARY KEY (rowid>? AND rowid<?)',
        'SEARCH c USING INTEGER PRIMARY KEY (rowid=?)',
      ],
      sorts: [],
    },
  ])('that reads a page $list takes what is listed in its order, and of the rest what is new alone', async ({ work, uses, sorts }) => {
    const plans = await plansOf((db) => work({ getKysely: () => db, find: async () => [] } as unknown as EntityManager));

    expect(scansOf(plans)).toEqual([]);
    expect(plans.filter((detail) => detail.includes('TEMP B-TREE'))).toEqual(sorts);
    for (const use of uses) expect(plans).toContain(use);
  });

  it('takes those of a page in the order of the index, without sorting them', async () => {
    const plans = await plansOf((db) => readOpenDeliveries(db, plainPayloads, { hookId: idOf('h'), kind: 'PENDING', limit: 64 }));

    expect(plans.filter((detail) => detail.includes('TEMP B-TREE'))).toEqual([]);
  });

  it.each([
    { by: 'a column without an index', column: 'updated_at' as const },
    { by: 'a column that an index has, but not first', column: 'next_attempt_at' as const },
  ])('that asks by $by is seen to read all of it', async ({ column }) => {
    const plans = await plansOf((db) => db.selectFrom('deliveries').select('id').where(column, '=', 1).execute());

    expect(scansOf(plans)).toHaveLength(1);
  });
});
