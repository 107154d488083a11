import { stat } from 'node:fs/promises';
import { join } from 'node:path';
import { sql } from 'kysely';
import { describe, expect, it, onTestFinished } from 'vitest';
import { readNewestPage } from '../../../src/api/newest-page.js';
import { findLastToList, LISTED_AT_ONCE, NARROW_SPAN, PARTS, planListing } from '../../../src/database/lists/list-new-rows.js';
import { changeList, deliveryList, eventList, ownerLists } from '../../../src/database/lists/owner-lists.js';
import { Delivery } from '../../../src/entities/delivery.js';
import { Event } from '../../../src/entities/event.js';
import { insertOwed } from '../../../src/publish/insert-owed.js';
import type { StoredEvent } from '../../../src/publish/owe-deliveries.js';
import { FIRST_PLACE, retireNextEvents } from '../../../src/record/retire-events.js';
import type { OpenDelivery } from '../../../src/send/attempt.js';
import { readChanges } from '../../../src/watch/read-changes.js';
import { openTestDatabase, type TestDatabase } from '../../support/database.js';
import { idOf } from '../../support/ids.js';
import { insertDeliveries, insertHooks, newId, webhookIdOf } from '../../support/rows.js';
import { plainPayloads } from '../../support/test-ring.js';

const span = { after: 0, upTo: 1_000_000 };

/** Two hooks of one webhook, and one of another organization. */
async function openWithHooks(): Promise<TestDatabase> {
  const database = await openTestDatabase();
  onTestFinished(() => database[Symbol.asyncDispose]());
  await insertHooks(database.db(), [{ id: idOf('one') }, { id: idOf('two') }, { id: idOf('other'), organizationId: idOf('p') }]);
  return database;
}

/** Writes `count` deliveries of a hook, each with a change; answers with their ids. */
async function insertMany(database: TestDatabase, name: string, count: number): Promise<string[]> {
  const ids: string[] = [];
  while (ids.length < count) {
    const making = {
      hookId: idOf(name),
      count: Math.min(count - ids.length, 1000),
      now: 0,
      nextAttemptAt: null,
      status: 'SUCCEEDED',
    } as const;
    const rows = await insertDeliveries(database.db(), making);
    const of = { organization_id: idOf('o'), webhook_id: webhookIdOf(idOf('o')), hook_id: idOf(name), type: 't', changed_at: 0 };
    const status = 'SUCCEEDED' as const;
    const changed = rows.map(({ deliveryId, event }) => ({ ...of, event_id: event.id, delivery_id: deliveryId, status, attempt_id: null }));
    await database.db().insertInto('delivery_changes').values(changed).execute();
    ids.push(...rows.map(({ deliveryId }) => deliveryId));
  }
  return ids;
}

/** Gives what is new its places, as long as there is enough. */
async function listAll({ db }: TestDatabase): Promise<void> {
  for (const list of ownerLists) {
    for (let last = await findLastToList(db(), list); last !== null; last = await findLastToList(db(), list)) {
      for (const step of await planListing(db(), list, last)) await step(db());
    }
  }
}

async function countOf({ db }: TestDatabase, table: string): Promise<number> {
  const { rows } = await sql<{ count: number }>`select count(*) as count from ${sql.table(table)}`.execute(db());
  return rows[0]!.count;
}

/** All pages of an owner's deliveries, joined. */
async function readAll(database: TestDatabase, owner: readonly ['organizationId' | 'webhookId' | 'hookId', string]): Promise<string[]> {
  const read: string[] = [];
  let after: string | null = null;
  for (let hasMore = true; hasMore;) {
    const page: Awaited<ReturnType<typeof readNewestPage<Delivery, 'hookId'>>> = await readNewestPage<Delivery, 'hookId'>(
      database.orm.em.fork(),
      Delivery,
      owner as readonly ['hookId', string],
      { first: 100, after },
    );
    read.push(...page.edges.map(({ node }) => node.id));
    ({ endCursor: after, hasNextPage: hasMore } = page.pageInfo);
  }
  return read;
}

describe('what an owner has is read', () => {
  it('where a part of it has its place in the list, and the rest is new', async () => {
    const database = await openWithHooks();
    const listed = await insertMany(database, 'one', LISTED_AT_ONCE + 30);
    await listAll(database);
    const between = await insertMany(database, 'two', 20);
    const last = await insertMany(database, 'one', 3);

    const ofHook = [...listed, ...last].toReversed();
    const ofAll = [...listed, ...between, ...last].toReversed();

    expect([await countOf(database, deliveryList.list), await countOf(database, deliveryList.newRows)]).toEqual([3 * LISTED_AT_ONCE, 53]);
    expect(await readAll(database, ['hookId', idOf('one')])).toEqual(ofHook);
    expect(await readAll(database, ['hookId', idOf('two')])).toEqual(between.toReversed());
    expect(await readAll(database, ['webhookId', webhookIdOf(idOf('o'))])).toEqual(ofAll);
    expect(await readAll(database, ['organizationId', idOf('o')])).toEqual(ofAll);
    expect(await readAll(database, ['organizationId', idOf('p')])).toEqual([]);
  });

  it('once, where its row is being listed', async () => {
    const database = await openWithHooks();
    const all = await insertMany(database, 'one', LISTED_AT_ONCE);
    const last = await findLastToList(database.db(), deliveryList);

    // All that organizations have, nothing yet of webhooks and hooks.
    const steps = await planListing(database.db(), deliveryList, last!);
    for (const step of steps.slice(0, LISTED_AT_ONCE / NARROW_SPAN)) await step(database.db());

    expect([await countOf(database, deliveryList.list), await countOf(database, deliveryList.newRows)]).toEqual([
      LISTED_AT_ONCE,
      LISTED_AT_ONCE,
    ]);
    for (const owner of [
      ['organizationId', idOf('o')],
      ['hookId', idOf('one')],
    ] as const) {
      expect(await readAll(database, owner)).toEqual(all.toReversed());
    }
  });

  it.each([
    { listed: 0, when: 'before all others are listed' },
    { listed: 8, when: 'after those of its organization are listed' },
    { listed: 24, when: 'after all others are listed' },
  ])('where its row is written $when, with an id of before', async ({ listed }) => {
    const database = await openWithHooks();
    const [early] = await insertMany(database, 'one', 1);
    const row = await database.db().selectFrom('deliveries').selectAll().where('id', '=', early!).executeTakeFirstOrThrow();
    await database.db().deleteFrom('deliveries').where('id', '=', early!).execute();
    const others = await insertMany(database, 'one', LISTED_AT_ONCE);
    const last = await findLastToList(database.db(), deliveryList);
    const steps = await planListing(database.db(), deliveryList, last!);

    for (const step of steps.slice(0, listed)) await step(database.db());
    await database.db().insertInto('deliveries').values(row).execute();
    for (const step of steps.slice(listed)) await step(database.db());

    for (const owner of [
      ['organizationId', idOf('o')],
      ['webhookId', webhookIdOf(idOf('o'))],
      ['hookId', idOf('one')],
    ] as const) {
      expect(await readAll(database, owner)).toEqual([early, ...others].toReversed());
    }
  });

  it('whatever its id ends with', async () => {
    const database = await openTestDatabase();
    onTestFinished(() => database[Symbol.asyncDispose]());
    const hookIds = Array.from('0123456789abcdef', (digit) => `${idOf('h').slice(0, -1)}${digit}`);
    await insertHooks(
      database.db(),
      hookIds.map((id) => ({ id })),
    );
    for (const hookId of hookIds) await insertDeliveries(database.db(), { hookId, count: LISTED_AT_ONCE / hookIds.length, now: 0 });

    const last = await findLastToList(database.db(), deliveryList);
    const steps = await planListing(database.db(), deliveryList, last!);
    for (const step of steps) await step(database.db());

    // All are of one organization and of one webhook, whose rows are listed and forgotten few at once, and the hooks are of all parts.
    expect(steps).toHaveLength(3 * (LISTED_AT_ONCE / NARROW_SPAN) + PARTS);
    expect(await countOf(database, deliveryList.newRows)).toBe(0);
    const { rows } = await sql<{ count: number }>`
      select count(*) as count from delivery_list where owner_id in (${sql.join(hookIds)}) group by owner_id`.execute(database.db());
    expect(rows.map(({ count }) => count)).toEqual(hookIds.map(() => LISTED_AT_ONCE / hookIds.length));
  });

  it('of events too', async () => {
    const database = await openWithHooks();
    for (let count = 0; count < LISTED_AT_ONCE + 2; count += 1) await insertMany(database, 'one', 1);
    await listAll(database);

    const { edges, pageInfo } = await readNewestPage(database.orm.em.fork(), Event, ['organizationId', idOf('o')], { first: 4 });
    const next = await readNewestPage(database.orm.em.fork(), Event, ['organizationId', idOf('o')], {
      first: 4,
      after: pageInfo.endCursor,
    });

    const all = await database.db().selectFrom('events').select('id').orderBy('id', 'desc').limit(8).execute();
    expect([await countOf(database, eventList.list), await countOf(database, eventList.newRows)]).toEqual([LISTED_AT_ONCE, 2]);
    expect([...edges, ...next.edges].map(({ node }) => node.id)).toEqual(all.map(({ id }) => id));
  });

  it.each([
    { after: 0, from: 'the beginning' },
    { after: LISTED_AT_ONCE - 2, from: 'the last that are listed' },
    { after: LISTED_AT_ONCE + 1, from: 'the new ones' },
  ])('of changes too, from $from on', async ({ after }) => {
    const database = await openWithHooks();
    await insertMany(database, 'one', LISTED_AT_ONCE);
    await listAll(database);
    await insertMany(database, 'one', 5);

    const read = await readChanges(database.orm.em.fork(), { organizationId: idOf('o'), kind: 'ALL' }, { ...span, after });

    const expected = Array.from({ length: Math.min(LISTED_AT_ONCE + 5 - after, 200) }, (_, index) => after + 1 + index);
    expect(await countOf(database, changeList.newRows)).toBe(5);
    expect(read.map(({ sequence }) => sequence)).toEqual(expected);
    expect(await readChanges(database.orm.em.fork(), { organizationId: idOf('p'), kind: 'ALL' }, span)).toEqual([]);
  });
});

it('fewer new rows than are listed at once wait', async () => {
  const database = await openWithHooks();
  await insertMany(database, 'one', LISTED_AT_ONCE - 1);

  await listAll(database);

  expect([await countOf(database, deliveryList.list), await countOf(database, deliveryList.newRows)]).toEqual([0, LISTED_AT_ONCE - 1]);
});

it('what is removed leaves nothing in a list, nor among what is new', async () => {
  const database = await openWithHooks();
  await insertMany(database, 'one', LISTED_AT_ONCE);
  await listAll(database);
  await insertMany(database, 'two', 10);
  const rule = { publishedBeforeAt: Number.MAX_SAFE_INTEGER, changedBeforeAt: Number.MAX_SAFE_INTEGER };

  let place: string | null = FIRST_PLACE;
  while (place !== null) {
    const from: string = place;
    ({ place } = await database.writes.upkeep((_, tx) => retireNextEvents(tx, from, rule)));
  }

  expect(await countOf(database, 'deliveries')).toBe(0);
  for (const { list, newRows } of ownerLists) {
    expect([await countOf(database, list), await countOf(database, newRows)]).toEqual([0, 0]);
  }
});

/** How many pages the log has, after what is in it by now was brought into the database and `write` wrote. */
async function pagesOf({ orm, dataDir }: TestDatabase, write: () => Promise<unknown>): Promise<number> {
  await orm.em.getConnection().execute('pragma wal_checkpoint(truncate)');
  await write();
  const { size } = await stat(join(dataDir, 'hookgraph.sqlite-wal'));
  return Math.floor(size / 4096);
}

it('a commit for a hundred owners writes hardly more pages than one for a single one', async () => {
  const database = await openTestDatabase();
  onTestFinished(() => database[Symbol.asyncDispose]());
  const names = Array.from({ length: 100 }, (_, index) => String(index));
  await insertHooks(
    database.db(),
    names.map((name) => ({ id: idOf(`h${name}`), organizationId: idOf(`o${name}`) })),
  );
  const publish = (owners: readonly string[]) =>
    database.writes.upkeep((_, tx) => {
      const published = names.map((_name, index) => eventOf(owners[index % owners.length]!));
      const owed = published.map((event, index) => deliveryOf(event, owners[index % owners.length]!));
      return insertOwed(tx, { events: published, deliveries: owed }, { newId, payloads: plainPayloads });
    });
  // So that each owner's part of an index would be a page of its own.
  for (let count = 0; count < 60; count += 1) await publish(names);
  await database.db().updateTable('deliveries').set({ next_attempt_at: null, status: 'SUCCEEDED' }).execute();

  const ofOne = await pagesOf(database, () => publish(['0']));
  const ofAll = await pagesOf(database, () => publish(names));

  // An index by owner would have a page for each of them.
  expect(ofAll).toBeLessThan(ofOne + 20);
});

function eventOf(owner: string): StoredEvent {
  return { id: newId(), organizationId: idOf(`o${owner}`), type: 't', payload: '{}', orderingKey: null, isTest: false, createdAt: 0 };
}

function deliveryOf(event: StoredEvent, owner: string): OpenDelivery {
  const webhookId = webhookIdOf(idOf(`o${owner}`));
  return { deliveryId: newId(), webhookId, hookId: idOf(`h${owner}`), attemptCount: 0, orderingKey: null, event };
}
