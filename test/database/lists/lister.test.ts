import { sql } from 'kysely';
import { expect, it, onTestFinished } from 'vitest';
import { LEAST_AT_ONCE } from '../../../src/database/lists/list-new-rows.js';
import { Lister } from '../../../src/database/lists/lister.js';
import { lastListed } from '../../../src/database/lists/new-rows.js';
import { deliveryList } from '../../../src/database/lists/owner-lists.js';
import { FailureLog } from '../../../src/failure-log.js';
import { HurriedClock } from '../../record/hurried-clock.js';
import { fillDisk, openTestDatabase } from '../../support/database.js';
import { idOf } from '../../support/ids.js';
import { keepLog } from '../../support/log.js';
import { insertDeliveries, insertHooks } from '../../support/rows.js';

const SECOND = 1000;

/** Deliveries have three owners. */
const STEPS = 3;

/** Notes for how long it was waited, but for the looks. */
class NotingClock extends HurriedClock {
  readonly pauses: number[] = [];

  override after(ms: number, run: () => void): () => void {
    if (ms < SECOND) this.pauses.push(ms);
    return super.after(ms, run);
  }
}

/** A started lister on a database with a hook; it looks when it is asked to. */
async function startLister() {
  const database = await openTestDatabase();
  const clock = new NotingClock();
  const { log, lines } = keepLog();
  const lister = new Lister({
    writes: database.writes,
    db: database.db,
    clock,
    failures: new FailureLog({ log, clock, line: 'lists.failed' }),
  });
  onTestFinished(async () => {
    await lister.stop();
    await database[Symbol.asyncDispose]();
  });
  await insertHooks(database.db(), [{ id: idOf('h') }]);
  lister.start();
  return {
    database,
    lister,
    clock,
    lines,
    async insert(count: number): Promise<void> {
      for (let left = count; left > 0; left -= 1000) {
        await insertDeliveries(database.db(), { hookId: idOf('h'), count: Math.min(left, 1000), now: 0 });
      }
    },
    async look() {
      const looked = clock.timerSet(SECOND);
      clock.advance(SECOND);
      await looked;
    },
    async countNew(): Promise<number> {
      const { rows } = await sql<{ count: number }>`
        select count(*) as count from deliveries where rowid > ${lastListed(deliveryList)}`.execute(database.db());
      return rows[0]!.count;
    },
  };
}

it('lists what is new until little is, each second', async () => {
  const { insert, look, countNew, database } = await startLister();
  await insert(2 * LEAST_AT_ONCE);
  await insert(7);
  const commitsBefore = database.writes.commitCount;

  await look();
  const afterFirst = await countNew();
  await insert(LEAST_AT_ONCE);
  await look();

  expect([afterFirst, await countNew()]).toEqual([7, 7]);
  // Three times there were enough deliveries.
  expect(database.writes.commitCount - commitsBefore).toBe(3 * STEPS);
});

it('pauses between its steps, for a shorter time where there is enough for the next ones already', async () => {
  const { insert, look, clock } = await startLister();
  await insert(3 * LEAST_AT_ONCE);

  await look();

  expect(clock.pauses).toEqual([...Array<number>(STEPS).fill(20), ...Array<number>(2 * STEPS).fill(4)]);
});

it('writes nothing where little is new', async () => {
  const { insert, look, countNew, database } = await startLister();
  await insert(LEAST_AT_ONCE - 1);
  const commitsBefore = database.writes.commitCount;

  await look();

  expect(await countNew()).toBe(LEAST_AT_ONCE - 1);
  expect(database.writes.commitCount).toBe(commitsBefore);
});

it('tells once that the storage refuses it, and goes on where it was when it can', async () => {
  const { insert, look, countNew, database, lines } = await startLister();
  await insert(LEAST_AT_ONCE);
  const empty = await fillDisk(database.orm);

  await look();
  await look();
  const whileFull = await countNew();
  await empty();
  await look();

  expect([whileFull, await countNew()]).toEqual([LEAST_AT_ONCE, 0]);
  expect(lines().filter(({ msg, level }) => msg === 'lists.failed' && level > 20)).toHaveLength(1);
});

it('looks no more once it is stopped', async () => {
  const { insert, lister, clock, countNew } = await startLister();
  await insert(LEAST_AT_ONCE);

  await lister.stop();
  clock.advance(10 * SECOND);

  expect(clock.timerCount).toBe(0);
  expect(await countNew()).toBe(LEAST_AT_ONCE);
});
