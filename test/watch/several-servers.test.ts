import fc from 'fast-check';
import { sql } from 'kysely';
import { describe, expect, it } from 'vitest';
import { systemClock } from '../../src/clock.js';
import { cursorOf } from '../../src/watch/cursor.js';
import { healthLog } from '../../src/watch/health-log.js';
import { idOf } from '../support/ids.js';
import { keepLog } from '../support/log.js';
import { ManualClock } from '../support/manual-clock.js';
import { overhear } from '../support/overhear.js';
import { makeDatabase, maintain, onPostgres } from '../support/postgres.js';
import { type FeedServer, type OpenAppend, query, startFeedServer, take } from './feed-server.js';

const clock = systemClock;
const POLL_MS = 1000;

/** Whether the next entry has come; it is asked for now. */
function watchNext(entries: AsyncIterator<{ sequence: number }>) {
  const next = { hasCome: false, place: undefined as unknown as Promise<number> };
  next.place = entries.next().then(({ value }) => {
    next.hasCome = true;
    return value!.sequence;
  });
  return next;
}

/** Waits until a server has heard, by a notification, what was told before; and until what it does about it has had its time. */
async function heardBy(server: FeedServer, teller: FeedServer): Promise<void> {
  const { promise, resolve } = Promise.withResolvers<void>();
  server.notifications.on({ told: (topic) => topic === 'signals' && resolve(), look() {} });
  teller.notifications.tell('signals');
  await promise;
  for (let turn = 0; turn < 5; turn += 1) await server.feed.readCursor();
}

async function until(isSo: () => boolean): Promise<void> {
  while (!isSo()) await new Promise(setImmediate);
}

describe.runIf(onPostgres)('a subscriber of one of several servers', () => {
  it('gets what every one of them appends, in the order of its places', async () => {
    await using database = await makeDatabase();
    await using a = await startFeedServer(database.url, { clock });
    await using b = await startFeedServer(database.url, { clock });
    const entries = await b.feed.follow(query, null);

    const appended = [...(await a.append(250)), ...(await b.append(3)), ...(await a.append(2))];

    expect(await take(entries, 255)).toEqual(appended);
  });

  it('gets what was appended first also where it is committed last', async () => {
    await using database = await makeDatabase();
    await using a = await startFeedServer(database.url, { clock });
    await using b = await startFeedServer(database.url, { clock });
    const onA = await a.feed.follow(query, null);
    const onB = await b.feed.follow(query, null);
    const next = watchNext(onB);

    const slow = await a.begin(2);
    const fast = await b.append(1);
    await heardBy(b, a);
    const cameTooEarly = next.hasCome;
    await slow.commit();

    expect([...slow.places, ...fast]).toEqual([1, 2, 3]);
    expect(cameTooEarly).toBe(false);
    expect([await next.place, ...(await take(onB, 2))]).toEqual([1, 2, 3]);
    expect(await take(onA, 3)).toEqual([1, 2, 3]);
  });

  it('would miss it if its server went by the highest place', async () => {
    await using database = await makeDatabase();
    await using a = await startFeedServer(database.url, { clock });
    await using b = await startFeedServer(database.url, { clock, readHealthLog: { ...healthLog, readHead: healthLog.readLastPlace } });
    const entries = await b.feed.follow(query, null);

    const slow = await a.begin(1);
    await b.append(1);
    const first = await take(entries, 1);
    await slow.commit();
    await a.append(1);

    expect([...first, ...(await take(entries, 1))]).toEqual([2, 3]);
  });

  it('waits for no transaction that appends nothing, however long it runs and whatever else it writes', async () => {
    await using database = await makeDatabase();
    await using a = await startFeedServer(database.url, { clock });
    await using b = await startFeedServer(database.url, { clock });
    const entries = await b.feed.follow(query, null);

    await a
      .db()
      .transaction()
      .execute(async (somebodyElse) => {
        await somebodyElse
          .insertInto('organizations')
          .values({ id: idOf('o'), name: 'o', created_at: 0 })
          .execute();
        await a.append(2);

        expect(await take(entries, 2)).toEqual([1, 2]);
      });
  });

  it('begins, without a cursor, at all that is committed, on whatever server', async () => {
    await using database = await makeDatabase();
    await using a = await startFeedServer(database.url, { clock });
    await using b = await startFeedServer(database.url, { clock: new ManualClock() });
    await a.append(3);

    const cursor = await b.feed.readCursor();
    const entries = await b.feed.follow(query, null);
    await b.append(1);

    expect(cursor).toBe(cursorOf('health', 3));
    expect(await take(entries, 1)).toEqual([4]);
  });

  it('goes on from the cursor of another server that is ahead, and is refused with one that nobody can have', async () => {
    await using database = await makeDatabase();
    await using a = await startFeedServer(database.url, { clock });
    await using b = await startFeedServer(database.url, { clock });
    await a.append(3);
    const cursor = await a.feed.readCursor();

    await a
      .db()
      .transaction()
      .execute(async (announcing) => {
        // One who announces himself only now, but has read the last place before there was any entry.
        await sql`select pg_advisory_xact_lock_shared(${sql.raw(String(0x4702n << 48n))})`.execute(announcing);
        expect(await healthLog.readHead(b.orm.em.fork())).toBe(0);

        const entries = await b.feed.follow(query, cursor);
        await expect(b.feed.follow(query, cursorOf('health', 4))).rejects.toThrow('beyond all that has happened');
        await entries.return!();
      });

    const entries = await b.feed.follow(query, cursor);
    await a.append(1);
    expect(await take(entries, 1)).toEqual([4]);
  });

  it('gets after a poll interval what no notification told of', async () => {
    await using database = await makeDatabase();
    await using a = await startFeedServer(database.url, { clock, isMute: true });
    const manual = new ManualClock();
    await using b = await startFeedServer(database.url, { clock: manual, pollIntervalMs: POLL_MS });
    const entries = await b.feed.follow(query, null);
    const next = watchNext(entries);

    await a.append(1);
    await heardBy(b, a);
    manual.advance(POLL_MS - 1);
    const cameTooEarly = next.hasCome;
    manual.advance(1);

    expect(await next.place).toBe(1);
    expect(cameTooEarly).toBe(false);
  });

  it('gets it all by looking where nothing may listen', async () => {
    await using database = await makeDatabase();
    const manual = new ManualClock();
    const options = { clock: manual, databaseNotifications: 'poll', pollIntervalMs: POLL_MS } as const;
    await using a = await startFeedServer(database.url, options);
    await using b = await startFeedServer(database.url, options);
    const entries = await b.feed.follow(query, null);

    await a.append(3);
    manual.advance(POLL_MS);

    expect(await take(entries, 3)).toEqual([1, 2, 3]);
  });

  it('misses nothing while the connection that listens was broken', async () => {
    await using database = await makeDatabase();
    const manual = new ManualClock();
    const { log, lines } = keepLog();
    await using a = await startFeedServer(database.url, { clock });
    await using b = await startFeedServer(database.url, { clock: manual, log });
    const entries = await b.feed.follow(query, null);

    await maintain(`select pg_terminate_backend(pid) from pg_stat_activity where query = 'listen "hookgraph"'`, database.url);
    await until(() => lines().some(({ msg }) => msg === 'notifications.interrupted'));
    await a.append(2);
    manual.advance(1000);
    const missed = await take(entries, 2);
    await a.append(1);

    expect([...missed, ...(await take(entries, 1))]).toEqual([1, 2, 3]);
  });

  it('gets the rest in its order after the database was away, which is logged once', async () => {
    await using database = await makeDatabase();
    const name = new URL(database.url).pathname.slice(1);
    const manual = new ManualClock();
    const { log, lines } = keepLog();
    await using a = await startFeedServer(database.url, { clock, isMute: true });
    await using b = await startFeedServer(database.url, { clock: manual, log, databaseNotifications: 'poll', pollIntervalMs: POLL_MS });
    const entries = await b.feed.follow(query, null);
    const interruptedCount = () => lines().filter(({ msg }) => msg === 'feed.interrupted').length;
    await a.append(201);

    await maintain(`alter database "${name}" allow_connections false`);
    await maintain(`select pg_terminate_backend(pid) from pg_stat_activity where datname = '${name}'`);
    for (let time = 1; time <= 3; time += 1) {
      manual.advance(POLL_MS);
      await until(() => interruptedCount() === time);
    }
    await maintain(`alter database "${name}" allow_connections true`);
    manual.advance(POLL_MS);

    expect(await take(entries, 201)).toEqual(Array.from({ length: 201 }, (_, index) => index + 1));
    expect(lines().filter(({ msg, level }) => msg === 'feed.interrupted' && level > 20)).toHaveLength(1);
  });

  it('is not shown from memory what another server has removed', async () => {
    await using database = await makeDatabase();
    const manual = new ManualClock();
    await using a = await startFeedServer(database.url, { clock: manual, isMute: true });
    await using b = await startFeedServer(database.url, { clock: manual, pollIntervalMs: POLL_MS });
    const reader = await b.feed.follow(query, null);
    const sleeper = await b.feed.follow(query, null);
    await a.append(3);
    manual.advance(POLL_MS);
    const seen = await take(reader, 3);

    manual.advance(60_000);
    await a.db().deleteFrom('hook_health_changes').where('sequence', '<', 3).execute();

    expect(seen).toEqual([1, 2, 3]);
    expect(await take(sleeper, 1)).toEqual([3]);
  });

  it('gets each entry once and in order, however servers append, commit late and roll back, and it hops between them', async () => {
    await using database = await makeDatabase();
    await using stack = new AsyncDisposableStack();
    const servers: FeedServer[] = [];
    for (let count = 0; count < 3; count += 1) servers.push(stack.use(await startFeedServer(database.url, { clock, pollIntervalMs: 20 })));
    const index = fc.nat({ max: 5 });
    const step = fc.oneof(
      fc.record({ begin: index, count: fc.integer({ min: 1, max: 60 }) }),
      fc.record({ end: index, isKept: fc.boolean() }),
      fc.record({ take: fc.integer({ min: 1, max: 100 }) }),
      fc.record({ hop: index }),
    );

    await fc.assert(
      fc.asyncProperty(fc.array(step, { maxLength: 24, size: 'max' }), async (steps) => {
        const beginning = await servers[0]!.feed.readCursor();
        let entries = await servers[0]!.feed.follow(query, beginning);
        let last = beginning;
        let lastGiven = 0;
        const open: Array<OpenAppend & { after: number }> = [];
        const committed: number[] = [];
        const taken: number[] = [];
        const takeUpTo = async (count: number) => {
          // All before the first transaction that is still open has to come, and nothing of what is behind it.
          const horizon = Math.min(...open.map(({ after }) => after));
          const owedCount = committed.filter((place) => place <= horizon).length;
          taken.push(...(await take(entries, Math.min(count, owedCount - taken.length))));
          if (taken.length > 0) last = cursorOf('health', taken.at(-1)!);
        };

        for (const one of steps) {
          if ('begin' in one) {
            if (open.length === 4) continue;
            const append = await servers[one.begin % 3]!.begin(one.count);
            open.push({ ...append, after: lastGiven });
            lastGiven = append.places.at(-1)!;
          } else if ('end' in one) {
            const [ended] = open.splice(one.end % Math.max(open.length, 1), 1);
            if (one.isKept) {
              await ended?.commit();
              committed.push(...(ended?.places ?? []));
            } else await ended?.rollBack();
          } else if ('take' in one) {
            await takeUpTo(one.take);
          } else {
            await entries.return!();
            entries = await servers[one.hop % 3]!.feed.follow(query, last);
          }
        }
        for (const ended of open.splice(0)) {
          await ended.commit();
          committed.push(...ended.places);
        }
        await takeUpTo(Infinity);
        await entries.return!();

        expect(taken).toEqual(committed.toSorted((one, other) => one - other));
        for (const server of servers) {
          const again = await server.feed.follow(query, beginning);
          expect(await take(again, taken.length)).toEqual(taken);
          await again.return!();
        }
      }),
      { numRuns: 25 },
    );
  });
});

describe.runIf(onPostgres)('what a server tells the others of its appends', () => {
  it('is one notification for all of about the same time, with nothing of what they say', async () => {
    await using database = await makeDatabase();
    await using ears = await overhear(database.url);
    const manual = new ManualClock();
    await using a = await startFeedServer(database.url, { clock: manual });

    for (let time = 0; time < 20; time += 1) await a.append(5);
    manual.advance(2);
    const first = await ears.next();
    await maintain(`notify hookgraph, 'the next one'`, database.url);

    expect(first).toMatch(/^[0-9a-f-]{36} health$/);
    expect(await ears.next()).toBe('the next one');
  });
});
