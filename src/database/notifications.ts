import type { Clock } from '../clock.js';
import type { Config } from '../config.js';
import type { Log } from '../log.js';
import type { Tables } from './connect.js';

/** What there may be news of: the two logs of the live stream, the log of signals, who leads which hooks, and deliveries of hooks. */
export type Topic = 'changes' | 'health' | 'signals' | 'shards' | 'hooks';

export interface NotificationListener {
  /** Another server said so. `hookIds` is empty unless the topic is `hooks`. Must not throw. */
  told(topic: Topic, hookIds: readonly string[]): void;
  /** Nothing was said, but it is time to look: each poll interval, and after a time in which something may have been missed. Must not throw. */
  look(): void;
}

/**
 * How the servers of one database tell each other that there is something new; what it is stands in the tables. All of it may
 * come late, twice or never: who listens must find everything by `look` alone, and is told only to find it sooner.
 */
export interface Notifications {
  /** Tells the other servers, soon, together with what else is to be told. Never throws. `hookIds` only for `hooks`: those that have something new. */
  tell(topic: Topic, hookIds?: readonly string[]): void;
  on(listener: NotificationListener): void;
  /** Begins to listen and to look. Never throws: where the database is away, that begins when it is back. */
  start(): Promise<void>;
  /** Tells what is still to be told, and ends. */
  close(): Promise<void>;
}

export interface NotificationParts {
  /** Of this server, as its own are none of its business. Without spaces. */
  serverId: string;
  db: () => Tables;
  clock: Clock;
  log: Log;
}

/** On SQLite there is no other server, so nobody to tell and nothing to look for. */
const silence: Notifications = { tell() {}, on() {}, async start() {}, async close() {} };

/** The notifications of a server, which do nothing until they are started. */
export async function createNotifications(
  config: Pick<Config, 'databaseUrl' | 'databaseStatementTimeoutMs' | 'databaseNotifications' | 'pollIntervalMs'>,
  parts: NotificationParts,
): Promise<Notifications> {
  const { databaseUrl, databaseStatementTimeoutMs, databaseNotifications, pollIntervalMs } = config;
  if (databaseUrl === undefined) return silence;
  // Loaded only where it is used: a start on SQLite need not wait for it.
  const { PostgresNotifications } = await import('./postgres-notifications.js');
  return new PostgresNotifications({
    ...parts,
    pollIntervalMs,
    answerMs: databaseStatementTimeoutMs,
    listenAt: databaseNotifications === 'listen' ? databaseUrl : undefined,
  });
}
