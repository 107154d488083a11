import { sql } from 'kysely';
import { describe, expect, it } from 'vitest';
import { RowStatement } from '../../src/database/row-statement.js';
import { type Premise, StatementPair } from '../../src/database/statement-pair.js';
import { openTestDatabase } from '../support/database.js';
import { onPostgres } from '../support/postgres.js';
import { newId } from '../support/rows.js';

const organization = { id: 'uuid', name: 'text', created_at: 'bigint' } as const;
const insertOrganizations = new RowStatement(
  organization,
  (rows) => sql`insert into organizations (id, name, created_at) ${rows} on conflict (id) do nothing`,
  { returning: sql<{ id: string }>`id`, ofRun: ({ id }, { changes }) => (changes === 0 ? null : { id: String(id) }) },
);

const renameOrganizations = new RowStatement(
  { id: 'uuid', name: 'text' },
  (rows) => sql`with names (id, name) as (${rows}) update organizations set name = names.name from names where organizations.id = names.id`,
);

const insertTypedOrganizations = new StatementPair(
  new RowStatement(organization, (rows) => sql`insert into organizations (id, name, created_at) ${rows}`),
  new RowStatement(
    { id: 'uuid', organization_id: 'uuid', name: 'text', description: 'text', version: 'integer' },
    (rows) => sql`
      insert into event_types (id, organization_id, name, description, version, created_at, updated_at)
      select types.*, 0, 0 from (${rows}) as types`,
  ),
);

const rowsOf = (count: number) =>
  Array.from({ length: count }, (_, n) => ({ id: newId(), name: `"${n}", {grüße 🎟} \\ NULL`, created_at: n }));

it('a statement over rows writes each of them as it is, and answers with what it returned', async () => {
  await using database = await openTestDatabase();
  const rows = rowsOf(7);

  const returned = await insertOrganizations.run(database.db(), rows);
  const again = await insertOrganizations.run(database.db(), [...rows, ...rowsOf(1)]);
  await renameOrganizations.run(database.db(), [{ id: rows[3]!.id, name: 'other' }]);

  expect(returned.map(({ id }) => id).toSorted()).toEqual(rows.map(({ id }) => id));
  expect(again).toHaveLength(1);
  const stored = await database.db().selectFrom('organizations').select(['id', 'name', 'created_at']).orderBy('id').limit(7).execute();
  expect(stored).toEqual(rows.map((row, index) => (index === 3 ? { ...row, name: 'other' } : row)));
});

it('a statement over rows takes none, and more than go into one message', async () => {
  await using database = await openTestDatabase();

  expect(await insertOrganizations.run(database.db(), [])).toEqual([]);
  expect(await insertOrganizations.run(database.db(), rowsOf(5001))).toHaveLength(5001);
});

it('a pair of statements writes the rows of both, the second of which refer to those of the first', async () => {
  await using database = await openTestDatabase();
  const { id } = rowsOf(1)[0]!;
  const typesOf = (count: number) =>
    Array.from({ length: count }, (_, n) => ({ id: newId(), organization_id: id, name: `t${n}`, description: '', version: 1 }));
  const countTypes = async () => (await database.db().selectFrom('event_types').select('id').execute()).length;

  await insertTypedOrganizations.run(database.db(), [{ id, name: 'o', created_at: 0 }], typesOf(3));
  await insertTypedOrganizations.run(database.db(), rowsOf(2), []);
  await insertTypedOrganizations.run(database.db(), [], typesOf(6).slice(3));

  expect(await countTypes()).toBe(6);
  expect(await database.db().selectFrom('organizations').select('id').execute()).toHaveLength(3);
});

it('a pair of statements takes more rows than go into one message', async () => {
  await using database = await openTestDatabase();

  await insertTypedOrganizations.run(database.db(), rowsOf(5001), []);

  expect(await database.db().selectFrom('organizations').select('id').execute()).toHaveLength(5001);
});

describe('a pair of statements with a premise', () => {
  const { id } = rowsOf(1)[0]!;
  const types = (count: number) =>
    Array.from({ length: count }, () => ({ id: newId(), organization_id: id, name: newId(), description: '', version: 1 }));
  const absent = new RowStatement(
    { name: 'text' },
    (rows) => sql`select from (${rows}) as names (name) where not exists (select from organizations where organizations.name = names.name)`,
  );

  /** That there are organizations of these names. */
  function areThere(...names: string[]): Premise & { checkCount: number } {
    return {
      checkCount: 0,
      refutation: absent,
      rows: names.map((name) => ({ name })),
      async check(db) {
        this.checkCount += 1;
        const found = await db.selectFrom('organizations').where('name', 'in', names).select('name').execute();
        if (found.length < names.length) this.refuse();
      },
      refuse() {
        throw new Error('refused');
      },
    };
  }

  it.each([
    { of: 'one message', typeCount: 3, byItself: onPostgres ? 0 : 1 },
    { of: 'more than one message', typeCount: 5001, byItself: 1 },
    { of: 'the first alone', typeCount: 0, byItself: 1 },
  ])('writes what is $of where it holds, and nothing where it does not', async ({ typeCount, byItself }) => {
    await using database = await openTestDatabase();
    await database.db().insertInto('organizations').values({ id: newId(), name: 'there', created_at: 0 }).execute();
    const made = [{ id, name: 'made', created_at: 0 }];
    const [wrong, right] = [areThere('there', 'absent'), areThere('there')];
    const countRows = async () => [
      (await database.db().selectFrom('organizations').select('id').execute()).length,
      (await database.db().selectFrom('event_types').select('id').execute()).length,
    ];

    await expect(insertTypedOrganizations.run(database.db(), made, types(typeCount), wrong)).rejects.toThrow('refused');
    const refused = await countRows();
    await insertTypedOrganizations.run(database.db(), made, types(typeCount), right);

    expect([refused, await countRows()]).toEqual([
      [1, 0],
      [2, typeCount],
    ]);
    expect([wrong.checkCount, right.checkCount]).toEqual([byItself, byItself]);
  });
});
