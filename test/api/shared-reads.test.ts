import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Loaders } from '../../src/api/loaders.js';
import { createSharedReads } from '../../src/api/shared-reads.js';
import { Hook } from '../../src/entities/hook.js';
import { openTestDatabase, type TestDatabase } from '../support/database.js';
import { idOf } from '../support/ids.js';
import { insertHooks } from '../support/rows.js';

let database: TestDatabase;

beforeAll(async () => {
  database = await openTestDatabase();
  await insertHooks(database.db(), [{ id: idOf('one') }, { id: idOf('other') }]);
}, 30_000);

afterAll(() => database[Symbol.asyncDispose]());

const newEntityManager = () => database.orm.em.fork();

describe('reads that are shared', () => {
  it('are one query for all who ask in the same moment', async () => {
    const { read, counts } = countQueries();

    const hooks = await Promise.all(['one', 'other', 'one'].map((name) => new Loaders(read, newEntityManager).get(Hook, idOf(name))));

    expect(hooks.map(({ id }) => id)).toEqual([idOf('one'), idOf('other'), idOf('one')]);
    expect(counts).toEqual({ queries: 1 });
  });

  it('are never older than the question', async () => {
    const { read, counts } = countQueries();
    await new Loaders(read, newEntityManager).get(Hook, idOf('one'));
    await database.db().updateTable('hooks').set({ status: 'PAUSED' }).where('id', '=', idOf('one')).execute();

    const hook = await new Loaders(read, newEntityManager).get(Hook, idOf('one'));

    expect([hook.status, counts.queries]).toEqual(['PAUSED', 2]);
  });

  it('say who asks for what is not there', async () => {
    const { read } = countQueries();

    await expect(new Loaders(read, newEntityManager).get(Hook, idOf('none'))).rejects.toThrow(
      `The Hook ${idOf('none')} is referred to but not there.`,
    );
  });

  /** Each query has an entity manager of its own. */
  function countQueries() {
    const counts = { queries: 0 };
    const read = createSharedReads(() => {
      counts.queries += 1;
      return database.orm.em.fork();
    });
    return { read, counts };
  }
});
