import { describe, expect, it } from 'vitest';
import type { PlanMany, WriteMany } from '../../src/database/writes.js';
import { openTestDatabase } from '../support/database.js';
import { idOf } from '../support/ids.js';
import { onPostgres } from '../support/postgres.js';

/** Writes organizations by name; `bad` ones break the batch they are in. */
const writeOrganizations: WriteMany<string, string> = async ({ db }, names) => {
  await db
    .insertInto('organizations')
    .values(names.map((name) => ({ id: idOf(name), name, created_at: 0 })))
    .execute();
  if (names.some((name) => name.startsWith('bad'))) throw new Error(`no ${names.join()}`);
  return names.map((name) => `written ${name}`);
};

const planOrganizations: PlanMany<string, string> = async (tx, names) => ({
  orderedHookIds: [],
  write: () => writeOrganizations(tx, names),
});

async function namesIn(db: Awaited<ReturnType<typeof openTestDatabase>>['db']): Promise<string[]> {
  return (await db().selectFrom('organizations').select('name').orderBy('name').execute()).map(({ name }) => name);
}

describe('writes', () => {
  it('that are asked for together share one commit, and each is answered with its own result', async () => {
    await using database = await openTestDatabase();
    const write = database.writes.lane(writeOrganizations);
    const names = Array.from({ length: 100 }, (_, index) => `o${index}`);

    const results = await Promise.all(names.map(write));

    expect(results).toEqual(names.map((name) => `written ${name}`));
    expect(database.writes.commitCount).toBe(1);
  });

  it('that come within a few turns of the event loop share one commit', async () => {
    await using database = await openTestDatabase();
    const write = database.writes.lane(writeOrganizations);

    const first = write('a');
    for (let turn = 0; turn < 2; turn += 1) await new Promise(setImmediate);
    await Promise.all([first, write('b')]);

    expect(database.writes.commitCount).toBe(1);
  });

  it('of different lanes share a commit too', async () => {
    await using database = await openTestDatabase();
    const one = database.writes.lane(writeOrganizations);
    const other = database.writes.lane(writeOrganizations);

    await Promise.all([one('a'), other('b'), one('c')]);

    expect(await namesIn(database.db)).toEqual(['a', 'b', 'c']);
    expect(database.writes.commitCount).toBe(1);
  });

  it.runIf(onPostgres)('beside others wait for none of theirs, nor keep them waiting', async () => {
    await using database = await openTestDatabase();
    const beside = database.writes.laneBeside(planOrganizations);
    const held = Promise.withResolvers<void>();
    const others = database.writes.transaction(() => held.promise);

    const first = await beside('a');
    const heldBeside = Promise.withResolvers<void>();
    const second = database.writes.laneBeside<void, void>(async () => ({
      orderedHookIds: [],
      write: async () => [await heldBeside.promise],
    }))();
    held.resolve();
    await others;
    await database.writes.transaction(async (_, tx) => void (await writeOrganizations(tx, ['b'])));
    heldBeside.resolve();
    await second;

    expect(first).toBe('written a');
    expect(await namesIn(database.db)).toEqual(['a', 'b']);
  });

  it.skipIf(onPostgres)('beside others share a commit with them on SQLite, which has one writer', async () => {
    await using database = await openTestDatabase();
    const [lane, beside] = [database.writes.lane(writeOrganizations), database.writes.laneBeside(planOrganizations)];

    await Promise.all([lane('a'), beside('b')]);

    expect(database.writes.commitCount).toBe(1);
  });

  it('are settled when those beside others are too', async () => {
    await using database = await openTestDatabase();
    const beside = database.writes.laneBeside(planOrganizations);

    void beside('a');
    await database.writes.settle();

    expect(await namesIn(database.db)).toEqual(['a']);
  });

  it('that are bad fail alone: the others of the batch are written', async () => {
    await using database = await openTestDatabase();
    const write = database.writes.lane(writeOrganizations);

    const results = await Promise.allSettled(['a', 'bad', 'b'].map(write));

    expect(results.map(({ status }) => status)).toEqual(['fulfilled', 'rejected', 'fulfilled']);
    expect(await namesIn(database.db)).toEqual(['a', 'b']);
  });

  it('are on disk when they are told of, and are told in the order of commits', async () => {
    await using database = await openTestDatabase();
    const told: string[] = [];
    const write = database.writes.lane<string, void>(async (tx, names) => {
      await writeOrganizations(tx, names);
      tx.afterCommit(() => told.push(names.join()));
      return names.map(() => undefined);
    });

    const first = write('a');
    const second = database.writes.transaction(async (_, tx) => {
      await writeOrganizations(tx, ['b']);
      tx.afterCommit(() => told.push('b'));
    });
    await first.then(() => told.push('answer to a'));
    await second;
    await write('c');

    expect(told.filter((name) => name.length === 1)).toHaveLength(3);
    expect(told.indexOf('a')).toBeLessThan(told.indexOf('answer to a'));
  });

  it('that fail are not told of', async () => {
    await using database = await openTestDatabase();
    const told: string[] = [];
    const write = database.writes.lane<string, string>(async (tx, names) => {
      tx.afterCommit(() => told.push(names.join()));
      return writeOrganizations(tx, names);
    });

    await Promise.allSettled([write('bad'), write('good')]);

    expect(told).toEqual(['good']);
  });

  it('asked for while a batch is being written go into the next', async () => {
    await using database = await openTestDatabase();
    const later: Promise<string>[] = [];
    const write = database.writes.lane<string, string>(async (tx, names) => {
      if (names.includes('a')) later.push(write('b'), write('c'));
      return writeOrganizations(tx, names);
    });

    await write('a');
    await Promise.all(later);

    expect(await namesIn(database.db)).toEqual(['a', 'b', 'c']);
    expect(database.writes.commitCount).toBe(2);
  });

  it('of one lane are written in the order in which they were asked for, over many batches', async () => {
    await using database = await openTestDatabase();
    const written: number[] = [];
    const write = database.writes.lane<number, void>(async (_, numbers) => {
      written.push(...numbers);
      return numbers.map(() => undefined);
    });
    const numbers = Array.from({ length: 1200 }, (_, index) => index);

    await Promise.all(numbers.map(write));

    expect(written).toEqual(numbers);
    expect(database.writes.commitCount).toBe(3);
  });

  it('in batches get their turn although transactions of their own are asked for without end', async () => {
    await using database = await openTestDatabase();
    const write = database.writes.lane(writeOrganizations);
    const order: string[] = [];
    const transaction = () => database.writes.transaction(async () => void order.push('alone'));
    const first = Promise.all([transaction(), transaction(), transaction()]);

    const batch = write('a').then(() => order.push('batch'));
    const endless = (async () => {
      while (!order.includes('batch') && order.length < 100) await transaction();
    })();
    await Promise.all([first, batch, endless]);

    expect(order.slice(0, 2)).toEqual(['alone', 'batch']);
  });

  it('of their own get their turn although batches are asked for without end', async () => {
    await using database = await openTestDatabase();
    const order: string[] = [];
    const write = database.writes.lane<string, void>(async (_, names) => {
      order.push('batch');
      return names.map(() => undefined);
    });
    const endless = (async () => {
      while (!order.includes('second alone') && order.length < 100) await write('a');
    })();

    const first = database.writes.transaction(async () => void order.push('first alone'));
    const second = database.writes.transaction(async () => void order.push('second alone'));
    await Promise.all([endless, first, second]);

    expect(order.slice(0, 3)).toEqual(['first alone', 'batch', 'second alone']);
  });

  it('of their own are refused while very many of them wait, and taken again when those are done', async () => {
    await using database = await openTestDatabase();
    const { writes } = database;
    const asked = Array.from({ length: 1002 }, (_, index) => writes.transaction(async () => index).catch(({ code }) => code as string));
    const upkeep = writes.upkeep(async () => 'upkeep');

    expect((await Promise.all(asked)).slice(-3)).toEqual([999, 'OVERLOADED', 'OVERLOADED']);
    expect(await upkeep).toBe('upkeep');
    expect(await writes.transaction(async () => 'again')).toBe('again');
  });
});
