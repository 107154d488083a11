import { describe, expect, it } from 'vitest';
import { systemClock as clock } from '../../src/clock.js';
import { keepLog } from '../support/log.js';
import { ManualClock } from '../support/manual-clock.js';
import { overhear } from '../support/overhear.js';
import { makeDatabase, maintain, onPostgres } from '../support/postgres.js';
import { heardBy, query, settle, startFeedServer, take, watchNext } from './feed-server.js';

const POLL_MS = 1000;

async function until(isSo: () => boolean): Promise<void> {
  while (!isSo()) await new Promise(setImmediate);
}

describe.runIf(onPostgres)('a subscriber of one of several servers', () => {
  it('gets after a poll interval what no notification told of', async () => {
    await using database = await makeDatabase();
    await using a = await startFeedServer(database.url, { clock, isMute: true });
    const manual = new ManualClock();
    await using b = await startFeedServer(database.url, { clock: manual, pollIntervalMs: POLL_MS });
    const entries = await b.feed.follow(query, null);
    const next = watchNext(entries);
    await settle(b);

    await a.append(1);
    await heardBy(b, a);
    await settle(b);
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
