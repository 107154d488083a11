import { describe, expect, it } from 'vitest';
import type { HookHealth } from '../../src/entities/hook-health.js';
import { appendHealth } from '../../src/watch/append-health.js';
import { type HealthChange, healthLog } from '../../src/watch/health-log.js';
import { PAGE_LIMIT } from '../../src/watch/log.js';
import { openTestDatabase, type TestDatabase } from '../support/database.js';
import { idOf } from '../support/ids.js';

/** Beyond all entries. */
const END = Number.MAX_SAFE_INTEGER;

const HEALTHY: HookHealth = { status: 'HEALTHY', since: null, disabledReason: null, disablesAt: null };
const FAILING: HookHealth = { status: 'FAILING', since: 1000, disabledReason: null, disablesAt: 9000 };
const DISABLED: HookHealth = { status: 'DISABLED', since: 9000, disabledReason: 'FAILING', disablesAt: null };

/** Writes changes; gives out what the feed is told of. */
async function append({ writes }: TestDatabase, changes: ReadonlyArray<Partial<HealthChange>>): Promise<HealthChange[]> {
  const told: HealthChange[] = [];
  const feed = { append: (entries: readonly HealthChange[]) => void told.push(...entries) };
  await writes.transaction(async (_, tx) => {
    for (const change of changes) {
      await appendHealth(tx, feed, {
        organizationId: idOf('o'),
        webhookId: idOf('w'),
        hookId: idOf('h'),
        health: HEALTHY,
        changedAt: 5000,
        ...change,
      });
    }
    expect(told).toEqual([]);
  });
  return told;
}

function readAfter({ orm }: TestDatabase, after: number, query: { webhookId?: string; hookId?: string } = {}): Promise<HealthChange[]> {
  return healthLog.readSpan(orm.em.fork(), { organizationId: idOf('o'), ...query }, { after, upTo: END });
}

describe("the log of hooks' health", () => {
  it('tells the feed after the commit what the table holds', async () => {
    await using database = await openTestDatabase();

    const told = await append(database, [{ health: HEALTHY }, { health: FAILING }, { health: DISABLED }]);

    expect(told.map(({ health }) => health)).toEqual([HEALTHY, FAILING, DISABLED]);
    expect(await readAfter(database, 0)).toEqual(told);
  });

  it('gives each change a place of its own, in order', async () => {
    await using database = await openTestDatabase();

    const told = [...(await append(database, [{}, {}])), ...(await append(database, [{}]))];

    expect(told.map(({ sequence }) => sequence)).toEqual([1, 2, 3]);
    expect((await readAfter(database, 1)).map(({ sequence }) => sequence)).toEqual([2, 3]);
    expect(await readAfter(database, 3)).toEqual([]);
  });

  it.each<{ query: { organizationId: string; webhookId?: string | null; hookId?: string | null }; expected: number[] }>([
    { query: { organizationId: idOf('o') }, expected: [1, 2, 3] },
    { query: { organizationId: idOf('o'), webhookId: null, hookId: null }, expected: [1, 2, 3] },
    { query: { organizationId: idOf('o'), webhookId: idOf('w') }, expected: [1, 2] },
    { query: { organizationId: idOf('o'), hookId: idOf('h') }, expected: [1] },
    { query: { organizationId: idOf('o'), webhookId: idOf('v'), hookId: idOf('h') }, expected: [] },
    { query: { organizationId: idOf('p') }, expected: [4] },
    { query: { organizationId: idOf('none') }, expected: [] },
  ])('says the same of $query in memory and in the table: $expected', async ({ query, expected }) => {
    await using database = await openTestDatabase();
    const told = await append(database, [
      {},
      { hookId: idOf('g') },
      { webhookId: idOf('v'), hookId: idOf('f') },
      { organizationId: idOf('p') },
    ]);

    const read = await healthLog.readSpan(database.orm.em.fork(), query, { after: 0, upTo: END });
    // The feed hands over the entries of the query's organization alone.
    const fitting = told.filter((change) => change.organizationId === query.organizationId && healthLog.fits(query, change));

    expect(read.map(({ sequence }) => sequence)).toEqual(expected);
    expect(read).toEqual(fitting);
  });

  it('is read in pages', async () => {
    await using database = await openTestDatabase();
    await append(
      database,
      Array.from({ length: PAGE_LIMIT + 5 }, () => ({})),
    );

    const first = await readAfter(database, 0);
    const second = await readAfter(database, first.at(-1)!.sequence);

    expect([first.length, second.length]).toEqual([PAGE_LIMIT, 5]);
  });

  it('has its head where the latest change was, also when that has been removed since', async () => {
    await using database = await openTestDatabase();
    const empty = await healthLog.readHead(database.orm.em.fork());
    await append(database, [{}, {}, {}]);

    await database.db().deleteFrom('hook_health_changes').execute();

    expect(empty).toBe(0);
    expect(await healthLog.readHead(database.orm.em.fork())).toBe(3);
    expect((await append(database, [{}]))[0]!.sequence).toBe(4);
  });
});
