import { type Clock, systemClock } from '../../src/clock.js';
import type { Orm, Tables } from '../../src/database/connect.js';
import { createNotifications, type Notifications } from '../../src/database/notifications.js';
import { openPostgresUrl } from '../../src/database/open-postgres.js';
import { Writes } from '../../src/database/writes.js';
import { createLog, type Log } from '../../src/log.js';
import { newId } from './rows.js';

/** What one of several servers has of a PostgreSQL database: its own connections, writes and notifications. */
export interface ServerDatabase extends AsyncDisposable {
  readonly orm: Orm;
  readonly writes: Writes;
  readonly db: () => Tables;
  readonly notifications: Notifications;
  readonly log: Log;
}

export interface ServerDatabaseOptions {
  /** The real one unless given. */
  clock?: Clock;
  log?: Log;
  databaseNotifications?: 'listen' | 'poll';
  databaseStatementTimeoutMs?: number;
  /** So long unless given that nothing is found by looking. */
  pollIntervalMs?: number;
}

/** Joins a database of `makeDatabase`; it listens, and looks, at once. */
export async function joinDatabase(url: string, options: ServerDatabaseOptions = {}): Promise<ServerDatabase> {
  const { clock = systemClock, log = createLog('silent'), databaseNotifications = 'listen', pollIntervalMs = 3_600_000 } = options;
  const settings = { databaseStatementTimeoutMs: options.databaseStatementTimeoutMs ?? 10_000, databaseNotifications };
  const orm = await openPostgresUrl(url, { dataDir: '', databasePoolSize: 6, ...settings });
  const db = () => orm.em.fork().getKysely();
  const writes = new Writes(orm, clock, log);
  const config = { databaseUrl: url, pollIntervalMs, ...settings };
  const notifications = await createNotifications(config, { serverId: newId(), db, clock, log });
  await notifications.start();
  return {
    orm,
    writes,
    db,
    notifications,
    log,
    async [Symbol.asyncDispose]() {
      await writes.close();
      await notifications.close();
      await orm.close();
    },
  };
}
