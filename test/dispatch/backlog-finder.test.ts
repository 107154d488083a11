import { describe, expect, it, onTestFinished } from 'vitest';
import { BacklogFinder } from '../../src/dispatch/backlog-finder.js';
import { shardOf } from '../../src/entities/shard.js';
import { openTestDatabase } from '../support/database.js';
import { keepLog } from '../support/log.js';
import { ManualClock } from '../support/manual-clock.js';
import { insertDeliveries, insertHooks } from '../support/rows.js';

const [fresh, tired] = ['00000000-0000-7000-8000-000000000001', '00000000-0000-7000-8000-000000000002'];

/** A hook whose delivery is PENDING, and one that has both kinds, of another shard; what is found is noted as `hook kind`. */
async function startFinder({ busy = [] as string[] } = {}) {
  const database = await openTestDatabase();
  onTestFinished(() => database[Symbol.asyncDispose]());
  await insertHooks(database.db(), [{ id: fresh }, { id: tired }]);
  for (const hookId of [fresh, tired]) await insertDeliveries(database.db(), { hookId, count: 2, now: 0 });
  await insertDeliveries(database.db(), { hookId: tired, count: 1, now: 0, status: 'RETRYING', nextAttemptAt: 5000 });
  const clock = new ManualClock();
  const { log, lines } = keepLog();
  const found: string[][] = [];
  const state = { isFailing: false };
  const finder = new BacklogFinder({
    db() {
      if (state.isFailing) throw new Error('The database is away.');
      return database.db();
    },
    clock,
    log,
    isIdle: (hookId) => !busy.includes(hookId),
    found: (hooks) =>
      found.push(hooks.map(({ hookId, kind, dueAt }) => `${hookId === fresh ? 'fresh' : 'tired'} ${kind} ${dueAt}`).toSorted()),
  });
  return { finder, found, clock, state, messages: () => lines().map(({ msg }) => msg as string) };
}

describe('what hooks have open', () => {
  it('is found for all of some shards, and of no others', async () => {
    const { finder, found } = await startFinder();

    await finder.findOf([shardOf(tired)]);
    await finder.findOf([shardOf(fresh), shardOf(tired)]);

    expect(shardOf(fresh)).not.toBe(shardOf(tired));
    expect(found).toEqual([
      ['tired PENDING 0', 'tired RETRYING 5000'],
      ['fresh PENDING 0', 'tired PENDING 0', 'tired RETRYING 5000'],
    ]);
  });

  it('is looked for again a second after the database has failed', async () => {
    const { finder, found, clock, state, messages } = await startFinder();
    state.isFailing = true;
    await finder.findOf([shardOf(fresh)]);
    state.isFailing = false;

    clock.advance(1000);
    await expect.poll(() => found).toEqual([['fresh PENDING 0']]);

    expect(messages()).toEqual(['shards.unread']);
  });

  it('is found by a sweep where it is a first attempt of a hook that is idle', async () => {
    const { finder, found } = await startFinder({ busy: [tired] });

    await finder.sweep(false);
    await finder.sweep(true);

    expect(found).toEqual([['fresh PENDING 0'], ['fresh PENDING 0', 'tired PENDING 0']]);
  });

  it('is looked for by one sweep at a time, and by the next one where that failed', async () => {
    const { finder, found, state, messages } = await startFinder();

    await Promise.all([finder.sweep(true), finder.sweep(true)]);
    expect(found).toHaveLength(1);
    state.isFailing = true;
    await finder.sweep(true);
    state.isFailing = false;
    await finder.sweep(true);

    expect(found).toHaveLength(2);
    expect(messages()).toEqual(['deliveries.unswept']);
  });
});
