import 'reflect-metadata';
import { sql } from 'kysely';
import { startLocalPostgres } from '../../scripts/local-postgres.js';
import type { Tables } from '../../src/database/connect.js';
import { openPostgres } from '../../src/database/open-postgres.js';
import { FIRST_PLACE, retireNextEvents } from '../../src/record/retire-events.js';
import type { Surroundings } from '../scenario.js';
import { startOf } from './days.js';
import type { GrowthSettings } from './growth-options.js';
import { dropDay, enterDay, type Layout, layOut, openDay } from './layouts.js';
import { type Cost, costOf, readCostOf, type ReadCost, sizesOf, touchedBy } from './measures.js';
import { BATCH, createHooks, deliver, publish } from './rows.js';

/** What one layout came to. */
export interface LayoutFigures {
  layout: Layout;
  /** Of filling all days, in deliveries. */
  filled: { deliveryCount: number; seconds: number };
  /** In MiB, when filled, and after as many days came as went. */
  sizes: { filled: Record<string, number>; steady: Record<string, number> };
  /** Of batches at the end, each published and recorded in a commit of its own. */
  batches: { deliveriesPerSecond: number; walMiB: number; touched: Record<string, { touched: number; all: number }> };
  reads: Record<string, ReadCost>;
  /** Of each day that went: its removal, and the vacuum of all tables after it, where there was one. */
  retirements: Array<{ retire: Cost; vacuum: Cost | null }>;
  /** Updates of deliveries that needed no new entries in indexes, of all. */
  hotUpdates: { hot: number; all: number };
}

/** Deliveries for one statement of the filling. */
const CHUNK = 5000;

const TABLES_THAT_GROW = sql.raw('events, deliveries, attempts, delivery_changes');

/** Fills an empty PostgreSQL as one of some days' age is filled, and measures it. */
export async function measureLayout(
  layout: Layout,
  settings: GrowthSettings,
  { signal }: Pick<Surroundings, 'signal'>,
  tell: (text: string) => void,
): Promise<LayoutFigures> {
  // Vacuum comes when it is measured, and not beside.
  const settingsOfServer = [
    `shared_buffers=${settings.buffers}MB`,
    'autovacuum=off',
    'max_wal_size=2GB',
    'checkpoint_timeout=5min',
    'jit=off',
  ];
  await using server = await startLocalPostgres({ isDurable: true, settings: settingsOfServer });
  const config = { dataDir: '', databasePoolSize: 2, databaseStatementTimeoutMs: 0, databaseNotifications: 'poll' as const };
  const orm = await openPostgres(server.url, config);
  try {
    return await measure(layout, settings, orm.em.getKysely(), (text) => {
      signal.throwIfAborted();
      tell(text);
    });
  } finally {
    await orm.close();
  }
}

async function measure(layout: Layout, settings: GrowthSettings, db: Tables, tell: (text: string) => void): Promise<LayoutFigures> {
  const { days, deliveries: dayCount, steady, batches, reads } = settings;
  await sql`create extension pg_walinspect`.execute(db);
  await sql`alter table deliveries set (fillfactor = ${sql.lit(settings.fillfactor)})`.execute(db);
  await layOut(db, layout);
  await createHooks(db);
  await openDay(db, layout, 0);

  const fillDay = async (day: number) => {
    await openDay(db, layout, day + 1);
    await enterDay(db, layout, day);
    for (let from = 0; from < dayCount; from += CHUNK) {
      tell(`day ${day + 1}, ${from} deliveries`);
      await publish(db, { day, from, count: Math.min(CHUNK, dayCount - from), dayCount });
      await deliver(db);
    }
  };
  const vacuum = () => sql`vacuum (analyze) ${TABLES_THAT_GROW}`.execute(db);

  const filling = await costOf(db, async () => {
    for (let day = 0; day < days; day += 1) {
      await fillDay(day);
      await vacuum();
    }
  });
  const filledSizes = await sizesOf(db);

  // A day of its own, between those that were filled and those to come.
  await openDay(db, layout, days + 1);
  await enterDay(db, layout, days);
  tell('batches');
  await sql`checkpoint`.execute(db);
  let batchCost: Cost = { seconds: 0, walMiB: 0 };
  const touched = await touchedBy(db, async () => {
    batchCost = await costOf(db, async () => {
      for (let batch = 0; batch < batches; batch += 1) {
        await publish(db, { day: days, from: batch * BATCH, count: BATCH, dayCount: Math.max(dayCount, batches * BATCH) });
        await deliver(db);
      }
    });
  });
  await vacuum();

  tell('reads');
  const readCosts = await measureReads(db, reads);

  const retirements: LayoutFigures['retirements'] = [];
  for (let gone = 0; gone < steady; gone += 1) {
    tell(`retirement of day ${gone + 1}`);
    const retire = await costOf(db, async () => {
      await dropDay(db, layout, gone);
      await retireBefore(db, startOf(gone + 1));
    });
    const isVacuumed = (gone + 1) % settings.vacuum === 0;
    retirements.push({ retire, vacuum: isVacuumed ? await costOf(db, vacuum) : null });
    await fillDay(days + 1 + gone);
    if (isVacuumed) await vacuum();
  }
  const { rows: updates } = await sql<{ hot: number; all: number }>`
    select n_tup_hot_upd::int as hot, n_tup_upd::int as all from pg_stat_user_tables where relname = 'deliveries'`.execute(db);
  return {
    layout,
    filled: { deliveryCount: days * dayCount, seconds: filling.seconds },
    sizes: { filled: filledSizes, steady: await sizesOf(db) },
    batches: { deliveriesPerSecond: (batches * BATCH) / batchCost.seconds, walMiB: batchCost.walMiB, touched },
    reads: readCosts,
    retirements,
    hotUpdates: updates[0]!,
  };
}

/** As the server does it, step by step, without its pauses. */
async function retireBefore(db: Tables, publishedBeforeAt: number): Promise<void> {
  let place: string | null = FIRST_PLACE;
  while (place !== null) {
    const from: string = place;
    const step = await db
      .transaction()
      .execute((tx) =>
        retireNextEvents({ db: tx, afterCommit() {} }, from, { publishedBeforeAt, changedBeforeAt: Number.MAX_SAFE_INTEGER }),
      );
    place = step.place;
  }
}

async function measureReads(db: Tables, count: number): Promise<Record<string, ReadCost>> {
  const { rows: some } = await sql<{
    id: string;
  }>`select id from deliveries tablesample system (1) order by random() limit ${count}`.execute(db);
  const { rows: organizations } = await sql<{ id: string }>`select id from organizations order by random() limit ${count}`.execute(db);
  const { rows: ends } = await sql<{ last: number }>`select max(sequence) as last from delivery_changes`.execute(db);
  const attemptsOf = (id: string, bound: string) =>
    `select * from attempts where delivery_id = '${id}' ${bound} order by number, id limit 51`;
  return {
    "a delivery's attempts": await readCostOf(
      db,
      some.map(({ id }) => attemptsOf(id, '')),
    ),
    "a delivery's attempts, none before it": await readCostOf(
      db,
      some.map(({ id }) => attemptsOf(id, `and id > '${id}'`)),
    ),
    "the last page of an organization's deliveries": await readCostOf(
      db,
      organizations.map(({ id }) => `select * from deliveries where organization_id = '${id}' order by id desc limit 51`),
    ),
    "the last page of an organization's log": await readCostOf(
      db,
      organizations.map(
        ({ id }) =>
          `select * from delivery_changes where organization_id = '${id}' and sequence <= ${ends[0]!.last} order by sequence desc limit 51`,
      ),
    ),
  };
}
