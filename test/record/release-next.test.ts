import { describe, expect, it } from 'vitest';
import { AFTER_ANOTHER } from '../../src/entities/delivery.js';
import { type Line, releaseNext } from '../../src/record/release-next.js';
import { releaseUnordered } from '../../src/record/release-unordered.js';
import { openTestDatabase, type TestDatabase } from '../support/database.js';
import { idOf } from '../support/ids.js';
import { type DeliveryRows, type HookRow, insertDeliveries, insertHooks } from '../support/rows.js';

const PUBLISHED_AT = 1000;
const NOW = 5000;

const WAITING = { nextAttemptAt: AFTER_ANOTHER };
const FINAL = { nextAttemptAt: null, status: 'SUCCEEDED' } as const;

/** A database with these deliveries, one of the key `k` of the hook `h` each unless said otherwise. */
async function start(
  rows: readonly Partial<DeliveryRows>[],
  hooks: readonly HookRow[] = [{ id: idOf('h') }, { id: idOf('g') }],
): Promise<TestDatabase> {
  const database = await openTestDatabase();
  await insertHooks(database.db(), hooks);
  for (const row of rows)
    await insertDeliveries(database.db(), { hookId: idOf('h'), count: 1, now: PUBLISHED_AT, orderingKey: 'k', ...row });
  return database;
}

async function release({ writes }: TestDatabase, lines: readonly Line[] = [{ hookId: idOf('h'), orderingKey: 'k' }]): Promise<void> {
  await writes.transaction((_, tx) => releaseNext(tx, lines, NOW));
}

/** In the order published. */
async function nextAttempts({ db }: TestDatabase): Promise<Array<number | null>> {
  const rows = await db().selectFrom('deliveries').select('next_attempt_at').orderBy('id').execute();
  return rows.map((row) => row.next_attempt_at);
}

describe('the release of the next', () => {
  it('makes the one due that was published first', async () => {
    await using database = await start([WAITING, WAITING, WAITING]);

    await release(database);

    expect(await nextAttempts(database)).toEqual([NOW, AFTER_ANOTHER, AFTER_ANOTHER]);
  });

  it('passes over those that are final', async () => {
    await using database = await start([FINAL, WAITING, FINAL, WAITING]);

    await release(database);

    expect(await nextAttempts(database)).toEqual([null, NOW, null, AFTER_ANOTHER]);
  });

  it.each([
    { due: 'now', making: {} },
    { due: 'later, since it is to be attempted again', making: { nextAttemptAt: 100 * NOW, status: 'RETRYING' as const } },
  ])('releases none where one is due $due, be it published before or after those that wait', async ({ making }) => {
    await using first = await start([making, WAITING]);
    await using last = await start([WAITING, making]);
    const before = [await nextAttempts(first), await nextAttempts(last)];

    await release(first);
    await release(last);

    expect([await nextAttempts(first), await nextAttempts(last)]).toEqual(before);
  });

  it('is not held up by those of other keys and other hooks that are due', async () => {
    await using database = await start([{ orderingKey: 'l' }, { hookId: idOf('g') }, { orderingKey: null }, WAITING]);

    await release(database);

    expect(await nextAttempts(database)).toEqual([PUBLISHED_AT, PUBLISHED_AT, PUBLISHED_AT, NOW]);
  });

  it('comes to the same when it is asked for twice', async () => {
    await using database = await start([WAITING, WAITING]);

    await release(database);
    await release(database, [
      { hookId: idOf('h'), orderingKey: 'k' },
      { hookId: idOf('h'), orderingKey: 'k' },
    ]);

    expect(await nextAttempts(database)).toEqual([NOW, AFTER_ANOTHER]);
  });

  it('is of the lines named alone, each by itself', async () => {
    const lines = [{}, { orderingKey: 'l' }, { hookId: idOf('g') }, { orderingKey: '' }, { hookId: idOf('g'), orderingKey: 'l' }];
    await using database = await start(lines.map((line) => ({ ...WAITING, ...line })));

    await release(database, [
      { hookId: idOf('h'), orderingKey: 'k' },
      { hookId: idOf('h'), orderingKey: '' },
      { hookId: idOf('g'), orderingKey: 'l' },
    ]);

    expect(await nextAttempts(database)).toEqual([NOW, AFTER_ANOTHER, AFTER_ANOTHER, NOW, NOW]);
  });

  it.each<{ lines: Line[]; of: string }>([
    { of: 'no line', lines: [] },
    { of: 'a line that has ended', lines: [{ hookId: idOf('h'), orderingKey: 'k' }] },
    { of: 'a line that never was', lines: [{ hookId: idOf('h'), orderingKey: 'none' }] },
  ])('is nothing for $of', async ({ lines }) => {
    await using database = await start([FINAL, { ...WAITING, orderingKey: 'l' }]);

    await release(database, lines);

    expect(await nextAttempts(database)).toEqual([null, AFTER_ANOTHER]);
  });
});

describe('the release of what has no order any more', () => {
  it('makes all due that wait of hooks without an order, and of no others', async () => {
    const hooks: HookRow[] = [{ id: idOf('h') }, { id: idOf('g'), ordering: 'BY_KEY' }, { id: idOf('s'), ordering: 'STRICT' }];
    const rows = hooks.flatMap(({ id: hookId }) => [{ hookId }, { hookId, ...WAITING }, { hookId, ...WAITING }, { hookId, ...FINAL }]);
    await using database = await start(rows, hooks);

    await releaseUnordered(
      database.writes,
      async () => {},
      () => NOW,
    );

    const unordered = [PUBLISHED_AT, NOW, NOW, null];
    const ordered = [PUBLISHED_AT, AFTER_ANOTHER, AFTER_ANOTHER, null];
    expect(await nextAttempts(database)).toEqual([...unordered, ...ordered, ...ordered]);
  });

  it('goes on until none is left', async () => {
    await using database = await start(Array.from({ length: 3 }, () => ({ ...WAITING, count: 1000 })));

    await releaseUnordered(
      database.writes,
      async () => {},
      () => NOW,
    );

    expect(new Set(await nextAttempts(database))).toEqual(new Set([NOW]));
  });
});
