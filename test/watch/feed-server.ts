import { inTransaction } from '../../src/database/in-transaction.js';
import { appendHealth } from '../../src/watch/append-health.js';
import { Feed } from '../../src/watch/feed.js';
import { type HealthChange, type HealthFeed, type HealthQuery, healthLog } from '../../src/watch/health-log.js';
import type { Log } from '../../src/watch/log.js';
import { idOf } from '../support/ids.js';
import { joinDatabase, type ServerDatabase, type ServerDatabaseOptions } from '../support/server-database.js';

const HEALTH = { status: 'HEALTHY', since: null, disabledReason: null, disablesAt: null } as const;

/** A transaction that has appended entries, and is open. */
export interface OpenAppend {
  /** The places of its entries. */
  readonly places: readonly number[];
  commit(): Promise<void>;
  rollBack(): Promise<void>;
}

/** One of several servers, as far as the live stream goes. */
export interface FeedServer extends ServerDatabase {
  readonly feed: HealthFeed;
  /** Appends so many entries in a transaction that stays open. */
  begin(count: number): Promise<OpenAppend>;
  /** Appends so many entries; answers with their places. */
  append(count: number): Promise<readonly number[]>;
}

export interface FeedServerOptions extends ServerDatabaseOptions {
  /** As the log is unless given. */
  readHealthLog?: Log<HealthChange, HealthQuery>;
  /** Whether it keeps to itself what it has written, as if all its notifications were lost. */
  isMute?: boolean;
}

/** The organization that all entries are of. */
export const query: HealthQuery = { organizationId: idOf('o') };

export async function startFeedServer(
  url: string,
  options: FeedServerOptions & Required<Pick<ServerDatabaseOptions, 'clock'>>,
): Promise<FeedServer> {
  const server = await joinDatabase(url, options);
  const feed = await Feed.open(server.orm, options.readHealthLog ?? healthLog, { ...options, ...server });

  async function begin(count: number): Promise<OpenAppend> {
    const told: Array<() => void> = [];
    const appended: HealthChange[] = [];
    const begun = Promise.withResolvers<void>();
    const end = Promise.withResolvers<void>();
    const transaction = inTransaction(server.orm, async (_, db) => {
      const tx = { db, afterCommit: (tell: () => void) => void told.push(tell) };
      const change = { organizationId: idOf('o'), webhookId: idOf('w'), hookId: idOf('h'), health: HEALTH, changedAt: options.clock.now() };
      const ears = { append: (entries: readonly HealthChange[]) => void appended.push(...entries) };
      for (let index = 0; index < count; index += 1) await appendHealth(tx, ears, change);
      for (const tell of told) tell();
      begun.resolve();
      await end.promise;
    });
    await Promise.race([begun.promise, transaction]);
    return {
      places: appended.map(({ sequence }) => sequence),
      async commit() {
        end.resolve();
        await transaction;
        if (options.isMute !== true) feed.append(appended);
      },
      async rollBack() {
        end.reject(new Error('rolled back'));
        await transaction.catch(() => {});
      },
    };
  }

  return {
    ...server,
    feed,
    begin,
    async append(count) {
      const open = await begin(count);
      await open.commit();
      return open.places;
    },
    async [Symbol.asyncDispose]() {
      feed.close();
      await server[Symbol.asyncDispose]();
    },
  };
}

/** The places of the next entries. */
export async function take(entries: AsyncIterator<HealthChange>, count: number): Promise<number[]> {
  const places: number[] = [];
  while (places.length < count) places.push((await entries.next()).value!.sequence);
  return places;
}
