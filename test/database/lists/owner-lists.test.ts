import { stat } from 'node:fs/promises';
import { join } from 'node:path';
import { sql } from 'kysely';
import { describe, expect, it, onTestFinished } from 'vitest';
import { readNewestPage } from '../../../src/api/newest-page.js';
import { findLastToList, LEAST_AT_ONCE, MOST_AT_ONCE, planListing } from '../../../src/database/lists/list-new-rows.js';
import { lastListed } from '../../../src/database/lists/new-rows.js';
import { changeList, deliveryList, eventList, type OwnerList, ownerLists } from '../../../src/database/lists/owner-lists.js';
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

/** Those of the deliveries of hook `one`. */
const ownersOfOne = [
  ['organizationId', idOf('o')],
  ['webhookId', webhookIdOf(idOf('o'))],
  ['hookId', idOf('one')],
] as const;

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
      for (const step of planListing(list, last)) await step(db());
    }
  }
}

async function countOf({ db }: TestDatabase, table: string): Promise<number> {
  const { rows } = await sql<{ count: number }>`select count(*) as count from ${sql.table(table)}`.execute(db());
  return rows[0]!.count;
}

async function countNew({ db }: TestDatabase, list: OwnerList): Promise<number> {
  const { rows } = await sql<{ count: number }>`
    select count(*) as count from ${sql.table(list.table)} where rowid > ${lastListed(list)}`.execute(db());
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
    const listed = await insertMany(database, 'one', LEAST_AT_ONCE + 30);
    await listAll(database);
    const between = await insertMany(database, 'two', 20);
    const last = await insertMany(database, 'one', 3);

    const ofHook = [...listed, ...last].toReversed();
    const ofAll = [...listed, ...between, ...last].toReversed();

    expect([await countOf(database, deliveryList.list), await countNew(database, deliveryList)]).toEqual([3 * LEAST_AT_ONCE, 53]);
    expect(await readAll(database, ['hookId', idOf('one')])).toEqual(ofHook);
    expect(await readAll(database, ['hookId', idOf('two')])).toEqual(between.toReversed());
    expect(await readAll(database, ['webhookId', webhookIdOf(idOf('o'))])).toEqual(ofAll);
    expect(await readAll(database, ['organizationId', idOf('o')])).toEqual(ofAll);
    expect(await readAll(database, ['organizationId', idOf('p')])).toEqual([]);
  });

  it('once, where its row is being listed', async () => {
    const database = await openWithHooks();
    const all = await insertMany(database, 'one', LEAST_AT_ONCE);
    const last = await findLastToList(database.db(), deliveryList);

    // All that organizations have, nothing yet of webhooks and hooks.
    await planListing(deliveryList, last!)[0]!(database.db());

    expect([await countOf(database, deliveryList.list), await countNew(database, deliveryList)]).toEqual([LEAST_AT_ONCE, LEAST_AT_ONCE]);
    for (const owner of ownersOfOne) expect(await readAll(database, owner)).toEqual(all.toReversed());
  });

  it.each([
    { listed: 0, when: 'before all others are listed' },
    { listed: 1, when: 'after those of its organization are listed' },
    { listed: 3, when: 'after all others are listed' },
  ])('where its row is written $when, with an id of before', async ({ listed }) => {
    const database = await openWithHooks();
    const [early] = await insertMany(database, 'one', 1);
    const row = await database.db().selectFrom('deliveries').selectAll().where('id', '=', early!).executeTakeFirstOrThrow();
    await database.db().deleteFrom('deliveries').where('id', '=', early!).execute();
    const others = await insertMany(database, 'one', LEAST_AT_ONCE);
    const last = await findLastToList(database.db(), deliveryList);
    const steps = planListing(deliveryList, last!);

    for (const step of steps.slice(0, listed)) await step(database.db());
    await database.db().insertInto('deliveries').values(row).execute();
    for (const step of steps.slice(listed)) await step(database.db());

    for (const owner of ownersOfOne) expect(await readAll(database, owner)).toEqual([early, ...others].toReversed());
  });

  it('where the last of those that are being listed is removed meanwhile', async () => {
    const database = await openWithHooks();
    const all = await insertMany(database, 'one', LEAST_AT_ONCE);
    const last = await findLastToList(database.db(), deliveryList);
    const steps = planListing(deliveryList, last!);

    for (const step of steps.slice(0, 1)) await step(database.db());
    await database.db().deleteFrom('deliveries').where('id', '=', all.at(-1)!).execute();
    for (const step of steps.slice(1)) await step(database.db());
    const late = await insertMany(database, 'one', 1);

    for (const owner of ownersOfOne) expect(await readAll(database, owner)).toEqual([...all.slice(0, -1), ...late].toReversed());
  });

  it('of events too', async () => {
    const database = await openWithHooks();
    for (let count = 0; count < LEAST_AT_ONCE + 2; count += 1) await insertMany(database, 'one', 1);
    await listAll(database);

    const { edges, pageInfo } = await readNewestPage(database.orm.em.fork(), Event, ['organizationId', idOf('o')], { first: 4 });
    const next = await readNewestPage(database.orm.em.fork(), Event, ['organizationId', idOf('o')], {
      first: 4,
      after: pageInfo.endCursor,
    });

    const all = await database.db().selectFrom('events').select('id').orderBy('id', 'desc').limit(8).execute();
    expect([await countOf(database, eventList.list), await countNew(database, eventList)]).toEqual([LEAST_AT_ONCE, 2]);
    expect([...edges, ...next.edges].map(({ node }) => node.id)).toEqual(all.map(({ id }) => id));
  });

  it.each([
    { after: 0, from: 'the beginning' },
    { after: LEAST_AT_ONCE - 2, from: 'the last that are listed' },
    { after: LEAST_AT_ONCE + 1, from: 'the new ones' },
  ])('of changes too, from $from on', async ({ after }) => {
    const database = await openWithHooks();
    await insertMany(database, 'one', LEAST_AT_ONCE);
    await listAll(database);
    await insertMany(database, 'one', 5);

    const read = await readChanges(database.orm.em.fork(), { organizationId: idOf('o'), kind: 'ALL' }, { ...span, after });

    const expected = Array.from({ length: Math.min(LEAST_AT_ONCE + 5 - after, 200) }, (_, index) => after + 1 + index);
    expect(await countNew(database, changeList)).toBe(5);
    expect(read.map(({ sequence }) => sequence)).toEqual(expected);
    expect(await readChanges(database.orm.em.fork(), { organizationId: idOf('p'), kind: 'ALL' }, span)).toEqual([]);
  });
});

it('what is listed and counts as new once more is read once', async () => {
  const database = await openWithHooks();
  const deliveryIds = await insertMany(database, 'one', LEAST_AT_ONCE);
  await listAll(database);
  await sql`delete from list_marks`.execute(database.db());

  const changes = await readChanges(database.orm.em.fork(), { organizationId: idOf('o'), kind: 'ALL' }, { ...span, upTo: 50 });

  expect(await countNew(database, changeList)).toBe(LEAST_AT_ONCE);
  expect(changes.map(({ deliveryId }) => deliveryId)).toEqual(deliveryIds.slice(0, 50));
  expect(await readAll(database, ownersOfOne[2])).toEqual(deliveryIds.toReversed());
});

it('fewer new rows than are listed at once wait', async () => {
  const database = await openWithHooks();
  await insertMany(database, 'one', LEAST_AT_ONCE - 1);

  await listAll(database);

  expect([await countOf(database, deliveryList.list), await countNew(database, deliveryList)]).toEqual([0, LEAST_AT_ONCE - 1]);
});

/** Removes all events with what belongs to them. */
async function removeAll({ writes }: TestDatabase): Promise<void> {
  const rule = { publishedBeforeAt: Number.MAX_SAFE_INTEGER, changedBeforeAt: Number.MAX_SAFE_INTEGER };
  let place: string | null = FIRST_PLACE;
  while (place !== null) {
    const from: string = place;
    ({ place } = await writes.upkeep((_, tx) => retireNextEvents(tx, from, rule)));
  }
}

it('what is removed leaves nothing in a list, nor among what is new', async () => {
  const database = await openWithHooks();
  await insertMany(database, 'one', LEAST_AT_ONCE);
  await listAll(database);
  await insertMany(database, 'two', 10);

  await removeAll(database);

  expect(await countOf(database, 'deliveries')).toBe(0);
  for (const list of ownerLists) expect([await countOf(database, list.list), await countNew(database, list)]).toEqual([0, 0]);
});

describe('rows, as SQLite numbers them', () => {
  it('from the first on since all were removed, are new, and are listed when there are enough', async () => {
    const database = await openWithHooks();
    await insertMany(database, 'one', LEAST_AT_ONCE);
    await listAll(database);
    await removeAll(database);

    const anew = await insertMany(database, 'one', 10);
    const whileNew = await countNew(database, deliveryList);
    const readNew = await readAll(database, ownersOfOne[2]);
    const all = [...anew, ...(await insertMany(database, 'one', LEAST_AT_ONCE))];
    await listAll(database);

    expect([whileNew, readNew]).toEqual([10, anew.toReversed()]);
    expect([await countOf(database, deliveryList.list), await countNew(database, deliveryList)]).toEqual([3 * LEAST_AT_ONCE, 10]);
    for (const owner of ownersOfOne) expect(await readAll(database, owner)).toEqual(all.toReversed());
  });

  it('anew in a copy that is made row by row, are all listed once more', async () => {
    const database = await openWithHooks();
    const gone = await insertMany(database, 'one', 20);
    const all = await insertMany(database, 'one', LEAST_AT_ONCE);
    await listAll(database);
    await database.db().deleteFrom('deliveries').where('id', 'in', gone).execute();
    all.push(...(await insertMany(database, 'one', 15)));

    await sql`create temp table copied as select * from deliveries`.execute(database.db());
    await sql`delete from deliveries`.execute(database.db());
    await sql`insert into deliveries select * from copied order by id`.execute(database.db());
    const whileNew = await countNew(database, deliveryList);
    const readNew = await readAll(database, ownersOfOne[2]);
    await listAll(database);

    expect([whileNew, readNew]).toEqual([LEAST_AT_ONCE + 15, all.toReversed()]);
    expect(await countNew(database, deliveryList)).toBe(15);
    for (const owner of ownersOfOne) expect(await readAll(database, owner)).toEqual(all.toReversed());
  });

  it('where one that was listed is removed, or the last of them, leave the others where they are', async () => {
    const database = await openWithHooks();
    const all = await insertMany(database, 'one', LEAST_AT_ONCE + 5);
    await listAll(database);

    await database
      .db()
      .deleteFrom('deliveries')
      .where('id', 'in', [all[7]!, all[LEAST_AT_ONCE - 1]!])
      .execute();

    expect(await countNew(database, deliveryList)).toBe(5);
    expect(await readAll(database, ownersOfOne[2])).toEqual(
      all.filter((_, index) => index !== 7 && index !== LEAST_AT_ONCE - 1).toReversed(),
    );
  });
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

describe('what is new is listed together', () => {
  /** Deliveries of so many hooks, in turns. */
  async function insertOfHooks(hookCount: number, count: number): Promise<TestDatabase> {
    const database = await openTestDatabase();
    onTestFinished(() => database[Symbol.asyncDispose]());
    const hooks = Array.from({ length: hookCount }, (_, index) => ({ id: idOf(`hook-${index}`) }));
    await insertHooks(database.db(), hooks);
    const [row] = await insertDeliveries(database.db(), { hookId: hooks[0]!.id, count: 1, now: 0 });
    await sql`
      with recursive counted (i) as (select 1 union all select i + 1 from counted where i < ${count - 1})
      insert into deliveries (id, organization_id, webhook_id, hook_id, event_id, status, attempt_count, created_at, updated_at)
      select 'd' || i, d.organization_id, d.webhook_id, h.id, event_id, d.status, 0, 0, 0
      from counted
      join deliveries as d on d.id = ${row!.deliveryId}
      join (select id, row_number() over (order by id) - 1 as turn from hooks) as h on h.turn = i % ${hookCount}
      order by i`.execute(database.db());
    return database;
  }

  it.each([
    { hookCount: 1, count: LEAST_AT_ONCE, whose: 'of one owner' },
    { hookCount: 2, count: LEAST_AT_ONCE, whose: 'of two owners in turns' },
    { hookCount: 100, count: MOST_AT_ONCE, whose: 'of a hundred owners in turns' },
  ])('once it is $count rows $whose', async ({ hookCount, count }) => {
    const database = await insertOfHooks(hookCount, count);
    const lastOfAll = await findLastToList(database.db(), deliveryList);
    await database
      .db()
      .deleteFrom('deliveries')
      .where('id', '=', `d${count - 1}`)
      .execute();
    const lastOfOneLess = await findLastToList(database.db(), deliveryList);

    expect([lastOfAll, lastOfOneLess]).toEqual([count, null]);
  });

  it('by the row after the ones that are to be listed, where theirs are gone', async () => {
    const database = await insertOfHooks(1, LEAST_AT_ONCE + 5);
    await database
      .db()
      .deleteFrom('deliveries')
      .where('id', 'in', [`d${LEAST_AT_ONCE - 1}`, `d${LEAST_AT_ONCE}`])
      .execute();

    expect(await findLastToList(database.db(), deliveryList)).toBe(LEAST_AT_ONCE + 2);
  });
});
