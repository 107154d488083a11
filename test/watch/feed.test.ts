import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { appendHealth } from '../../src/watch/append-health.js';
import { createNotifications } from '../../src/database/notifications.js';
import { createLog } from '../../src/log.js';
import { Feed } from '../../src/watch/feed.js';
import { type HealthChange, type HealthFeed, healthLog } from '../../src/watch/health-log.js';
import { openTestDatabase, type TestDatabase } from '../support/database.js';
import { idOf } from '../support/ids.js';
import { ManualClock } from '../support/manual-clock.js';
import { cursorOf, testCursors } from '../support/test-ring.js';

const HEALTH = { status: 'HEALTHY', since: null, disabledReason: null, disablesAt: null } as const;

interface Flow extends TestDatabase {
  clock: ManualClock;
  feed: HealthFeed;
  /** Writes so many changes in one commit. */
  append: (count: number, hookId?: string, organizationId?: string) => Promise<void>;
}

/** As a server without others opens it. */
async function openFeed({ orm, clock }: TestDatabase & { clock: ManualClock }): Promise<HealthFeed> {
  const settings = {
    databaseUrl: undefined,
    databaseStatementTimeoutMs: 1000,
    databaseNotifications: 'poll',
    pollIntervalMs: 1000,
  } as const;
  const log = createLog('silent');
  const notifications = await createNotifications(settings, { serverId: 's', db: () => orm.em.fork().getKysely(), clock, log });
  return Feed.open(orm, healthLog, { clock, log, notifications, cursors: testCursors });
}

async function start(): Promise<Flow> {
  const clock = new ManualClock();
  const database = { ...(await openTestDatabase({ clock })), clock };
  const feed = await openFeed(database);
  const append: Flow['append'] = (count, hookId = idOf('h'), organizationId = idOf('o')) =>
    database.writes.transaction(async (_, tx) => {
      const change = { organizationId, webhookId: idOf('w'), hookId, health: HEALTH, changedAt: clock.now() };
      for (let index = 0; index < count; index += 1) await appendHealth(tx, feed, change);
    });
  return { ...database, feed, append };
}

/** The places of the next entries. */
async function take(entries: AsyncIterator<HealthChange>, count: number): Promise<number[]> {
  const sequences: number[] = [];
  while (sequences.length < count) sequences.push((await entries.next()).value!.sequence);
  return sequences;
}

const range = (from: number, to: number) => Array.from({ length: to - from + 1 }, (_, index) => from + index);

describe('a follower of a feed', () => {
  it('gets what comes from now on, where it has no cursor', async () => {
    await using flow = await start();
    await flow.append(3);

    const entries = await flow.feed.follow({ organizationId: idOf('o') }, null);
    await flow.append(2);

    expect(await take(entries, 2)).toEqual([4, 5]);
  });

  it('gets what was after its cursor, then what comes', async () => {
    await using flow = await start();
    await flow.append(3);
    const entries = await flow.feed.follow({ organizationId: idOf('o') }, cursorOf('health', 1));
    const before = await take(entries, 2);

    await flow.append(1);

    expect([...before, ...(await take(entries, 1))]).toEqual([2, 3, 4]);
  });

  it('gets all of it also after more has happened than is kept in memory', async () => {
    await using flow = await start();
    const entries = await flow.feed.follow({ organizationId: idOf('o') }, null);
    await flow.append(1);
    const first = await take(entries, 1);

    for (let batch = 0; batch < 5; batch += 1) await flow.append(600);

    expect([...first, ...(await take(entries, 3000))]).toEqual(range(1, 3001));
  });

  it('is not shown what is of another organization, or does not fit', async () => {
    await using flow = await start();
    const entries = await flow.feed.follow({ organizationId: idOf('o'), hookId: idOf('h') }, null);

    await flow.append(2, idOf('h'), idOf('p'));
    await flow.append(2, idOf('g'));
    await flow.append(1);

    expect(await take(entries, 1)).toEqual([5]);
  });

  it.each([
    { cursor: cursorOf('health', 4), what: 'of a time to come' },
    { cursor: cursorOf('change', 1), what: 'of another log' },
    { cursor: 'nonsense', what: 'that is none' },
  ])('is refused with a cursor $what', async ({ cursor }) => {
    await using flow = await start();
    await flow.append(3);

    await expect(flow.feed.follow({ organizationId: idOf('o') }, cursor)).rejects.toThrow('after: expected a cursor');
  });

  it('begins anew with the cursor of the moment, also of a feed that was opened again', async () => {
    await using flow = await start();
    await flow.append(3);
    const cursor = cursorOf('health', await flow.feed.readPlace());
    await flow.append(2);

    const reopened = await openFeed(flow);

    expect(await take(await reopened.follow({ organizationId: idOf('o') }, cursor), 2)).toEqual([4, 5]);
  });

  it.each(['leaves', 'sees the feed close'])('that waits ends when it %s', async (how) => {
    await using flow = await start();
    const entries = await flow.feed.follow({ organizationId: idOf('o') }, null);
    const waiting = entries.next();

    if (how === 'leaves') await entries.return!();
    else flow.feed.close();

    expect(await waiting).toEqual({ done: true, value: undefined });
    expect(await entries.next()).toEqual({ done: true, value: undefined });
  });

  it('ends at once where the feed is closed', async () => {
    await using flow = await start();
    flow.feed.close();

    const entries = await flow.feed.follow({ organizationId: idOf('o') }, null);

    expect(await entries.next()).toEqual({ done: true, value: undefined });
  });

  it('tells why the log could not be read, and ends', async () => {
    await using flow = await start();
    await flow.append(1);
    const entries = await flow.feed.follow({ organizationId: idOf('o') }, cursorOf('health', 0));
    await flow.orm.em.getKysely().schema.alterTable('hook_health_changes').renameTo('elsewhere').execute();

    await expect(entries.next()).rejects.toThrow('hook_health_changes');

    expect(await entries.next()).toEqual({ done: true, value: undefined });
  });

  it('misses nothing and gets nothing twice, however appending, reading and leaving alternate', async () => {
    await using flow = await start();
    const step = fc.oneof(
      fc.record({ append: fc.integer({ min: 1, max: 300 }), hookId: fc.constantFrom(idOf('h'), idOf('g')) }),
      fc.record({ take: fc.integer({ min: 1, max: 300 }) }),
      fc.constant({ leave: true as const }),
    );
    await fc.assert(
      fc.asyncProperty(fc.array(step, { maxLength: 12, size: 'max' }), async (steps) => {
        const query = { organizationId: idOf('o'), hookId: idOf('h') };
        const beginning = cursorOf('health', await flow.feed.readPlace());
        let cursor = beginning;
        let entries = await flow.feed.follow(query, cursor);
        let owedCount = 0;
        const taken: number[] = [];

        for (const one of steps) {
          if ('append' in one) {
            await flow.append(one.append, one.hookId);
            if (one.hookId === idOf('h')) owedCount += one.append;
          } else if ('take' in one) {
            taken.push(...(await take(entries, Math.min(one.take, owedCount - taken.length))));
            cursor = taken.length === 0 ? cursor : cursorOf('health', taken.at(-1)!);
          } else {
            await entries.return!();
            entries = await flow.feed.follow(query, cursor);
          }
        }
        taken.push(...(await take(entries, owedCount - taken.length)));
        await entries.return!();

        const again = await flow.feed.follow(query, beginning);
        expect(new Set(taken).size).toBe(owedCount);
        expect(taken).toEqual(taken.toSorted((a, b) => a - b));
        expect(await take(again, owedCount)).toEqual(taken);
        await again.return!();
      }),
      { numRuns: 20 },
    );
  });
});
