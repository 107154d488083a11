import { describe, expect, it } from 'vitest';
import { createNotifications, type Notifications, type Topic } from '../../src/database/notifications.js';
import { startLine } from '../support/line.js';
import { keepLog } from '../support/log.js';
import { ManualClock } from '../support/manual-clock.js';
import { overhear } from '../support/overhear.js';
import { makeDatabase, maintain, onPostgres } from '../support/postgres.js';
import { joinDatabase } from '../support/server-database.js';

/** What a server hears, in order; `next` waits for what has not come yet. */
function listenTo(notifications: Notifications): { next(): Promise<string>; readonly waiting: string[] } {
  const waiting: string[] = [];
  let wake = () => {};
  const hear = (what: string) => {
    waiting.push(what);
    wake();
  };
  notifications.on({
    told: (topic: Topic, hookIds) => hear([topic, ...hookIds].join(' ')),
    look: () => hear('look'),
  });
  return {
    waiting,
    async next() {
      while (waiting.length === 0) {
        await new Promise<void>((resolve) => {
          wake = resolve;
        });
      }
      return waiting.shift()!;
    },
  };
}

describe.runIf(onPostgres)('notifications', () => {
  it('come to the other servers, and not to the one that tells', async () => {
    await using database = await makeDatabase();
    await using a = await joinDatabase(database.url);
    await using b = await joinDatabase(database.url);
    const [heardByA, heardByB] = [listenTo(a.notifications), listenTo(b.notifications)];

    a.notifications.tell('hooks', ['h1', 'h2']);
    const first = await heardByB.next();
    b.notifications.tell('changes');

    expect(first).toBe('hooks h1 h2');
    expect(await heardByA.next()).toBe('changes');
    expect(heardByB.waiting).toEqual([]);
  });

  it('are gathered: what is told at about the same time is told in one, each thing once', async () => {
    await using database = await makeDatabase();
    await using ears = await overhear(database.url);
    const clock = new ManualClock();
    await using a = await joinDatabase(database.url, { clock });

    for (let time = 0; time < 100; time += 1) {
      a.notifications.tell('changes');
      a.notifications.tell('hooks', ['h', `h${time % 3}`]);
    }
    clock.advance(2);

    expect((await ears.next()).split(' ').slice(1)).toEqual(['changes,hooks', 'h,h0,h1,h2']);
    expect(ears.texts).toEqual([]);
  });

  it('are told to the end when the server stops', async () => {
    await using database = await makeDatabase();
    await using ears = await overhear(database.url);
    await using a = await joinDatabase(database.url, { clock: new ManualClock() });

    a.notifications.tell('shards');
    await a.notifications.close();

    expect((await ears.next()).split(' ')[1]).toBe('shards');
  });

  it('that somebody else sends are passed over', async () => {
    await using database = await makeDatabase();
    await using a = await joinDatabase(database.url);
    await using b = await joinDatabase(database.url);
    const heard = listenTo(b.notifications);

    await maintain(`notify hookgraph, 'nonsense'; notify hookgraph`, database.url);
    a.notifications.tell('signals');

    expect(await heard.next()).toBe('signals');
  });

  it('are tried once by a server that listens, which has nothing to complain of where it hears itself', async () => {
    await using database = await makeDatabase();
    const clock = new ManualClock();
    const { log, lines } = keepLog();
    await using a = await joinDatabase(database.url, { clock, log });
    await using b = await joinDatabase(database.url);
    const heard = listenTo(a.notifications);

    b.notifications.tell('changes');
    // What was told before has come before.
    await heard.next();
    clock.advance(5000);

    expect(lines()).toEqual([]);
  });

  it('begin again after the connection that listens was broken, with a look for what was missed', async () => {
    await using database = await makeDatabase();
    const clock = new ManualClock();
    const { log, lines } = keepLog();
    await using a = await joinDatabase(database.url);
    await using b = await joinDatabase(database.url, { clock, log });
    const heard = listenTo(b.notifications);

    await maintain(`select pg_terminate_backend(pid) from pg_stat_activity where query = 'listen "hookgraph"'`, database.url);
    await until(() => lines().some(({ msg }) => msg === 'notifications.interrupted'));
    clock.advance(1000);
    const first = await heard.next();
    a.notifications.tell('changes');

    expect(first).toBe('look');
    expect(await heard.next()).toBe('changes');
  });

  it('begin again after the connection that listens died without a word', async () => {
    await using database = await makeDatabase();
    await using line = await startLine(database.url);
    const clock = new ManualClock();
    const { log, lines } = keepLog();
    await using a = await joinDatabase(database.url);
    await using b = await joinDatabase(line.url, { clock, log, databaseStatementTimeoutMs: 100 });
    const heard = listenTo(b.notifications);

    line.cut();
    clock.advance(5000);
    await until(() => lines().some(({ msg }) => msg === 'notifications.interrupted'));
    clock.advance(1000);
    const first = await heard.next();
    a.notifications.tell('changes');

    expect(first).toBe('look');
    expect(await heard.next()).toBe('changes');
  });

  it('that cannot be had are logged once, and stop nothing', async () => {
    const clock = new ManualClock();
    const { log, lines } = keepLog();
    const settings = { databaseStatementTimeoutMs: 10_000, databaseNotifications: 'listen', pollIntervalMs: 3_600_000 } as const;
    const db = () => {
      throw new Error('The database is away.');
    };
    const notifications = await createNotifications(
      { databaseUrl: 'postgres://nobody@127.0.0.1:1/none', ...settings },
      { serverId: 's', db, clock, log },
    );

    await notifications.start();
    for (let time = 1; time <= 3; time += 1) {
      await until(() => lines().filter(({ msg }) => msg === 'notifications.interrupted').length === time);
      notifications.tell('changes');
      clock.advance(1000);
      await until(() => lines().filter(({ msg }) => msg === 'notifications.untold').length === time);
    }
    await notifications.close();

    expect(lines().filter(({ level }) => level > 20)).toMatchObject([
      { msg: 'notifications.interrupted' },
      { msg: 'notifications.untold' },
    ]);
    expect(clock.timerCount).toBe(0);
  });

  it('are replaced by a look each poll interval where nothing may listen', async () => {
    await using database = await makeDatabase();
    await using ears = await overhear(database.url);
    const clock = new ManualClock();
    await using a = await joinDatabase(database.url, { clock, databaseNotifications: 'poll', pollIntervalMs: 50 });
    const heard = listenTo(a.notifications);

    a.notifications.tell('changes');
    clock.advance(149);
    await maintain(`notify hookgraph, 'somebody else'`, database.url);

    expect(await ears.next()).toBe('somebody else');
    expect(heard.waiting).toEqual(['look', 'look']);
  });
});

async function until(isSo: () => boolean): Promise<void> {
  while (!isSo()) await new Promise(setImmediate);
}
