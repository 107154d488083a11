import { expect, it } from 'vitest';
import { appendChanges, type NewChange } from '../../src/watch/append-changes.js';
import type { Change } from '../../src/watch/change.js';
import { readHorizon } from '../../src/watch/horizon.js';
import { openTestDatabase } from '../support/database.js';
import { onPostgres } from '../support/postgres.js';
import { newId } from '../support/rows.js';

const changesOf = (count: number) =>
  Array.from({ length: count }, (): NewChange => ({
    organizationId: newId(),
    webhookId: newId(),
    hookId: newId(),
    eventId: newId(),
    deliveryId: newId(),
    type: 't',
    status: 'SUCCEEDED',
    attempt: null,
    changedAt: 1,
  }));

it('changes that are appended are told of with their places, in order', async () => {
  await using database = await openTestDatabase();
  const changes = changesOf(3);
  const told: Change[] = [];
  const afterCommit: Array<() => void> = [];

  await appendChanges(
    { db: database.db(), afterCommit: (tell) => afterCommit.push(tell) },
    { append: (entries) => told.push(...entries) },
    changes,
  );
  for (const tell of afterCommit) tell();

  expect(told.map(({ sequence }) => sequence)).toEqual([1, 2, 3]);
  expect(told.map(({ deliveryId }) => deliveryId).toSorted()).toEqual(changes.map(({ deliveryId }) => deliveryId).toSorted());
});

it.runIf(onPostgres)('changes hold the horizon back, before the first of their places, until they are committed', async () => {
  await using database = await openTestDatabase();
  const append = (db: ReturnType<typeof database.db>) => appendChanges({ db, afterCommit() {} }, { append() {} }, changesOf(5));
  await append(database.db());

  const meanwhile = await database
    .db()
    .transaction()
    .execute(async (db) => {
      await append(db);
      await append(db);
      return readHorizon(database.db(), 'delivery_changes');
    });

  expect(meanwhile).toBe(5);
  expect(await readHorizon(database.db(), 'delivery_changes')).toBe(15);
});
