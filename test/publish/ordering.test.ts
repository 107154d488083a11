import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { AFTER_ANOTHER } from '../../src/entities/delivery.js';
import type { Ordering } from '../../src/entities/hook.js';
import { insertOwed, type Owed } from '../../src/publish/insert-owed.js';
import { oweDeliveries, type StoredEvent } from '../../src/publish/owe-deliveries.js';
import { releaseNext } from '../../src/record/release-next.js';
import { openTestDatabase, type TestDatabase } from '../support/database.js';
import { idOf } from '../support/ids.js';
import { onPostgres } from '../support/postgres.js';
import { insertDeliveries, insertHooks, newId } from '../support/rows.js';
import { plainPayloads } from '../support/test-ring.js';

const NOW = 1000;

/** What a delivery shares with those it waits for: `h k` is of the hook `h` with the key `k`, `h` alone has no key. */
type LineName = string;

function makeEvent(orderingKey: string | null): StoredEvent {
  return { id: newId(), organizationId: idOf('o'), type: 't', payload: '{}', orderingKey, isTest: false, createdAt: NOW };
}

/** An event for each line, with the delivery that it owes. */
function owe(lines: readonly LineName[]): Owed {
  const owed = lines.map((line) => {
    const [hookId, key = null] = line.split(' ') as [string, string?];
    const event = makeEvent(key);
    return {
      event,
      delivery: { deliveryId: newId(), webhookId: idOf('w-o'), hookId: idOf(hookId), attemptCount: 0, orderingKey: key, event },
    };
  });
  return { events: owed.map(({ event }) => event), deliveries: owed.map(({ delivery }) => delivery) };
}

/** Publishes in one transaction. Gives out which of them are due, by their place. */
async function publish({ writes }: TestDatabase, lines: readonly LineName[]): Promise<number[]> {
  const owed = owe(lines);
  const due = await writes.transaction((_, tx) => insertOwed(tx, owed, { newId, payloads: plainPayloads }));
  // They may have got other ids, so they are told by their events.
  return due.map(({ event }) => owed.events.findIndex(({ id }) => id === event.id));
}

async function openRows({ db }: TestDatabase) {
  return db().selectFrom('deliveries').selectAll().where('next_attempt_at', 'is not', null).orderBy('id').execute();
}

async function start(): Promise<TestDatabase> {
  const database = await openTestDatabase();
  await insertHooks(database.db(), [
    { id: idOf('h'), ordering: 'BY_KEY' },
    { id: idOf('g'), ordering: 'BY_KEY' },
  ]);
  return database;
}

describe('what is published in one batch', () => {
  it.each<{ lines: LineName[]; due: number[] }>([
    { lines: ['h', 'h', 'h'], due: [0, 1, 2] },
    { lines: ['h k', 'h k', 'h k'], due: [0] },
    { lines: ['h k', 'h l', 'h k', 'h l'], due: [0, 1] },
    { lines: ['h k', 'g k', 'h k', 'g k'], due: [0, 1] },
    { lines: ['h', 'h k', 'h', 'h k', 'h'], due: [0, 1, 2, 4] },
    { lines: ['h null', 'h', 'h null', 'h'], due: [0, 1, 3] },
    { lines: ['h ', 'g ', 'h ', 'h'], due: [0, 1, 3] },
  ])('is due where it is the first of its key, and where it has none: $due of $lines', async ({ lines, due }) => {
    await using database = await start();

    expect(await publish(database, lines)).toEqual(due);
    const rows = await openRows(database);
    expect(rows.map((row) => row.next_attempt_at)).toEqual(lines.map((_, index) => (due.includes(index) ? NOW : AFTER_ANOTHER)));
  });

  it('is put in order also where it takes more than one statement', async () => {
    await using database = await start();
    const lines = Array.from({ length: 2500 }, (_, index) => `h ${index % 1250}`);
    await publish(database, ['h 0', 'h 1100']);

    const due = await publish(database, lines);

    const firsts = Array.from({ length: 1250 }, (_, index) => index);
    expect(due).toEqual(firsts.filter((index) => index !== 0 && index !== 1100));
  });
});

describe('what is published in several batches', () => {
  it('waits for what is open of its key from before, and for nothing else', async () => {
    await using database = await start();
    await publish(database, ['h k', 'h']);

    const due = await publish(database, ['h k', 'h l', 'g k', 'h', 'h k']);

    expect(due).toEqual([1, 2, 3]);
  });

  it('waits for one that has its next attempt later', async () => {
    await using database = await start();
    await insertDeliveries(database.db(), {
      hookId: idOf('h'),
      count: 1,
      now: NOW,
      orderingKey: 'k',
      status: 'RETRYING',
      nextAttemptAt: 10 * NOW,
    });

    expect(await publish(database, ['h k'])).toEqual([]);
  });

  it('waits for none that is final', async () => {
    await using database = await start();
    await insertDeliveries(database.db(), {
      hookId: idOf('h'),
      count: 3,
      now: NOW,
      orderingKey: 'k',
      status: 'FAILED',
      nextAttemptAt: null,
    });

    expect(await publish(database, ['h k', 'h k'])).toEqual([0]);
  });

  it('is due one at a time for each key, in the order published, whatever is published and ended in between', async () => {
    await using database = await start();
    const lines = ['h a', 'h b', 'g a', 'h', 'h '];
    const step = fc.oneof(
      fc.record({ publish: fc.array(fc.constantFrom(...lines), { minLength: 1, maxLength: 6 }) }),
      fc.record({ end: fc.nat(20) }),
    );
    await fc.assert(
      fc.asyncProperty(fc.array(step, { maxLength: 12, size: 'max' }), async (steps) => {
        await database.db().deleteFrom('deliveries').execute();
        for (const one of steps) {
          if ('publish' in one) await publish(database, one.publish);
          else await endOne(database, one.end);

          const rows = await openRows(database);
          const ofLine = Map.groupBy(rows, (row) => (row.ordering_key === null ? row.id : `${row.hook_id} ${row.ordering_key}`));
          const wrong = [...ofLine.values()].filter(([first, ...others]) => {
            return first!.next_attempt_at !== NOW || others.some((row) => row.next_attempt_at !== AFTER_ANOTHER);
          });
          expect(wrong).toEqual([]);
        }
      }),
      { numRuns: 25 },
    );
  });
});

/** Ends one of those that are due, and releases the next. */
async function endOne(database: TestDatabase, pick: number): Promise<void> {
  const due = (await openRows(database)).filter((row) => row.next_attempt_at !== AFTER_ANOTHER);
  if (due.length === 0) return;
  const { id, hook_id: hookId, ordering_key: orderingKey } = due[pick % due.length]!;
  await database.writes.transaction(async (_, tx) => {
    await tx.db.updateTable('deliveries').set({ status: 'SUCCEEDED', next_attempt_at: null }).where('id', '=', id).execute();
    if (orderingKey !== null) await releaseNext(tx, [{ hookId, orderingKey }], NOW);
  });
}

const TWO_DUE = onPostgres
  ? 'duplicate key value violates unique constraint "deliveries_head_unique"'
  : 'UNIQUE constraint failed: deliveries.hook_id, deliveries.ordering_key';

describe('the table', () => {
  const due = { hookId: idOf('h'), count: 1, now: NOW, orderingKey: 'k' };

  it('refuses a second delivery of a key that is due, be it soon or late', async () => {
    await using database = await start();
    await insertDeliveries(database.db(), due);

    const second = insertDeliveries(database.db(), { ...due, nextAttemptAt: AFTER_ANOTHER - 1 });

    await expect(second).rejects.toThrow(TWO_DUE);
  });

  it.each([
    { other: 'one that waits', making: { nextAttemptAt: AFTER_ANOTHER } },
    { other: 'several that wait', making: { nextAttemptAt: AFTER_ANOTHER, count: 3 } },
    { other: 'one that is final', making: { nextAttemptAt: null, status: 'SUCCEEDED' as const } },
    { other: 'one of another key', making: { orderingKey: 'l' } },
    { other: 'one of another hook', making: { hookId: idOf('g') } },
    { other: 'several without a key', making: { orderingKey: null, count: 3 } },
  ])('takes $other beside it', async ({ making }) => {
    await using database = await start();
    await insertDeliveries(database.db(), due);

    await expect(insertDeliveries(database.db(), { ...due, ...making })).resolves.toBeDefined();
  });
});

describe('the key of a delivery', () => {
  it.each<{ ordering: Ordering; eventKey: string | null; expected: string | null }>([
    { ordering: 'NONE', eventKey: 'k', expected: null },
    { ordering: 'NONE', eventKey: null, expected: null },
    { ordering: 'BY_KEY', eventKey: 'k', expected: 'k' },
    { ordering: 'BY_KEY', eventKey: null, expected: null },
    { ordering: 'STRICT', eventKey: 'k', expected: '' },
    { ordering: 'STRICT', eventKey: null, expected: '' },
  ])('of a hook that is $ordering is $expected for an event with $eventKey', ({ ordering, eventKey, expected }) => {
    const [delivery] = oweDeliveries(makeEvent(eventKey), [{ id: 'h', webhookId: 'w', ordering }], newId);

    expect(delivery!.orderingKey).toBe(expected);
  });
});
