import { describe, expect, it } from 'vitest';
import { RunAgainError } from '../../src/database/run-again.js';
import type { WriteMany } from '../../src/database/writes.js';
import { Organization } from '../../src/entities/organization.js';
import { openTestDatabase } from '../support/database.js';
import { onPostgres } from '../support/postgres.js';
import { openServers, type ServerParts } from '../support/server-parts.js';

/**
 * A lane that takes two hooks in the order given, and waits in between until it is told to go on. When it is run again it first lets
 * `isOtherDone` come: it would else be by chance who of the two is the sooner at what has become free, and they might wait for each other anew.
 */
function takeHooks({ writes, db }: ServerParts, meet: () => Promise<void>, isOtherDone: Promise<unknown>) {
  let runCount = 0;
  const take: WriteMany<string, string> = async (tx, ids) => {
    runCount += 1;
    if (runCount > 1) await isOtherDone;
    for (const id of ids) {
      await tx.db.updateTable('hooks').set({ position: 1 }).where('id', '=', id).execute();
      if (runCount === 1) await meet();
    }
    return ids;
  };
  return { take: writes.lane(take), runCount: () => runCount, db };
}

/** Resolves for all once so many have come. */
function meeting(count: number): () => Promise<void> {
  const { promise, resolve } = Promise.withResolvers<void>();
  let here = 0;
  return () => {
    here += 1;
    if (here >= count) resolve();
    return promise;
  };
}

describe('a transaction that another server has come between', () => {
  it('is run again from its start, and tells only of the time that was committed', async () => {
    await using database = await openTestDatabase();
    const told: number[] = [];
    let runCount = 0;
    const write = database.writes.lane<string, number>(async (tx, names) => {
      runCount += 1;
      const run = runCount;
      tx.afterCommit(() => told.push(run));
      if (run < 3) throw new RunAgainError('overtaken');
      return names.map(() => run);
    });

    expect(await write('a')).toBe(3);
    expect(told).toEqual([3]);
    expect(database.writes.commitCount).toBe(1);
  });

  it('is run again where it is by entities, which are made anew', async () => {
    await using database = await openTestDatabase();
    let runCount = 0;

    await database.writes.transaction(async (em) => {
      runCount += 1;
      em.create(Organization, { id: '00000000-0000-7000-8000-000000000000', name: `${runCount}`, createdAt: 0 });
      await em.flush();
      if (runCount === 1) throw new RunAgainError('overtaken');
    });

    expect(await database.db().selectFrom('organizations').select('name').execute()).toEqual([{ name: '2' }]);
  });

  it('is given up at last, in words, and the others of its batch go on', async () => {
    await using database = await openTestDatabase();
    const write = database.writes.lane<string, string>(async (_, names) => {
      if (names.includes('never')) throw new RunAgainError('overtaken');
      return names;
    });

    const [never, other] = await Promise.allSettled([write('never'), write('other')]);

    expect(never).toMatchObject({
      reason: { code: 'UNAVAILABLE', message: 'Other servers were changing the same thing all the time. Nothing was changed; try again.' },
    });
    expect(other).toMatchObject({ value: 'other' });
    expect(database.writes.failingSince).toBeNull();
  });

  it.runIf(onPostgres)('is run again where the two have waited for each other', async () => {
    await using shared = await openServers([0, 0]);
    const [a, b] = shared.servers as [ServerParts, ServerParts];
    const [one, other] = [await shared.makeHook(), await shared.makeHook()];
    const meet = meeting(2);
    const [firstDone, secondDone] = [Promise.withResolvers<unknown>(), Promise.withResolvers<unknown>()];
    const [first, second] = [takeHooks(a, meet, secondDone.promise), takeHooks(b, meet, firstDone.promise)];

    const taken = [Promise.all([first.take(one), first.take(other)]), Promise.all([second.take(other), second.take(one)])] as const;
    taken[0].then(firstDone.resolve, firstDone.resolve);
    taken[1].then(secondDone.resolve, secondDone.resolve);
    const results = (await Promise.all(taken)).flat();

    expect(results).toEqual([one, other, other, one]);
    expect(first.runCount() + second.runCount()).toBe(3);
  });

  it.runIf(onPostgres)('is run again where a row of the other is there by now that was not', async () => {
    await using shared = await openServers([0, 0]);
    const [a, b] = shared.servers as [ServerParts, ServerParts];
    const id = a.newId();
    const meet = meeting(2);
    const addOnce = ({ writes }: ServerParts) =>
      writes.transaction(async (em) => {
        if ((await em.findOne(Organization, id)) !== null) return 'THERE';
        await meet();
        em.create(Organization, { id, name: 'o', createdAt: 0 });
        return 'ADDED';
      });

    expect((await Promise.all([addOnce(a), addOnce(b)])).toSorted()).toEqual(['ADDED', 'THERE']);
  });
});
