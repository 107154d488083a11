import { sql } from 'kysely';
import { describe, expect, it } from 'vitest';
import { systemClock as clock } from '../../src/clock.js';
import { healthLog } from '../../src/watch/health-log.js';
import { idOf } from '../support/ids.js';
import { ManualClock } from '../support/manual-clock.js';
import { makeDatabase, onPostgres } from '../support/postgres.js';
import { cursorOf } from '../support/test-ring.js';
import { heardBy, query, settle, startFeedServer, take, watchNext } from './feed-server.js';

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
    await settle(b);
    const cameTooEarly = next.hasCome;
    await slow.commit();

    expect([...slow.places, ...fast]).toEqual([1, 2, 3]);
    expect(cameTooEarly).toBe(false);
    expect([await next.place, ...(await take(onB, 2))]).toEqual([1, 2, 3]);
    expect(await take(onA, 3)).toEqual([1, 2, 3]);
  });

  it('gets it too where it reads the table', async () => {
    await using database = await makeDatabase();
    await using a = await startFeedServer(database.url, { clock });
    await using b = await startFeedServer(database.url, { clock });
    await a.append(1);
    const slow = await a.begin(1);
    await b.append(1);
    await using late = await startFeedServer(database.url, { clock });

    const entries = await late.feed.follow(query, cursorOf('health', 0));
    const first = await take(entries, 1);
    await slow.commit();

    expect([...first, ...(await take(entries, 2))]).toEqual([1, 2, 3]);
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
    // It would miss the next one too, if it looked while that was given its place and not yet committed.
    await heardBy(b, a);
    await settle(b);
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

    const cursor = cursorOf('health', await b.feed.readPlace());
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
    const cursor = cursorOf('health', await a.feed.readPlace());

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

  it('gets what is appended while it comes as the first', async () => {
    await using database = await makeDatabase();
    await using a = await startFeedServer(database.url, { clock });
    let afterRead = Promise.resolve();
    const readHealthLog = {
      ...healthLog,
      async readHead(em: Parameters<typeof healthLog.readHead>[0]) {
        const head = await healthLog.readHead(em);
        reading.resolve();
        await afterRead;
        return head;
      },
    };
    let reading = Promise.withResolvers<void>();
    await using b = await startFeedServer(database.url, { clock, readHealthLog });
    const goOn = Promise.withResolvers<void>();
    afterRead = goOn.promise;
    reading = Promise.withResolvers();

    const coming = b.feed.follow(query, null);
    await reading.promise;
    await a.append(1);
    await heardBy(b, a);
    goOn.resolve();

    expect(await take(await coming, 1)).toEqual([1]);
  });

  it('gets what is read of the log for others while it comes', async () => {
    await using database = await makeDatabase();
    await using a = await startFeedServer(database.url, { clock });
    const reading = Promise.withResolvers<void>();
    const goOn = Promise.withResolvers<void>();
    const readHealthLog = {
      ...healthLog,
      async readSpanOf(...of: Parameters<typeof healthLog.readSpanOf>) {
        const page = await healthLog.readSpanOf(...of);
        reading.resolve();
        await goOn.promise;
        return page;
      },
    };
    await using b = await startFeedServer(database.url, { clock, readHealthLog });
    const others = await b.feed.follow({ organizationId: idOf('p') }, null);
    const slow = await a.begin(1, idOf('p'));
    await a.append(1);
    await slow.commit();
    await reading.promise;

    const entries = await b.feed.follow(query, cursorOf('health', 0));
    const next = watchNext(entries);
    goOn.resolve();

    expect(await next.place).toBe(2);
    expect(await take(others, 1)).toEqual([1]);
  });
});
