import { inTransaction } from '../../src/database/in-transaction.js';
import { appendHealth } from '../../src/watch/append-health.js';
import { Feed } from '../../src/watch/feed.js';
import { type HealthChange, type HealthFeed, type HealthQuery, healthLog } from '../../src/watch/health-log.js';
import type { Log } from '../../src/watch/log.js';
import { idOf } from '../support/ids.js';
import { testCursors } from '../support/test-ring.js';
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
  /** Appends so many entries in a transaction that stays open; to the organization of `query` unless another is named. */
  begin(count: number, organizationId?: string): Promise<OpenAppend>;
  /** Appends so many entries; answers with their places. */
  append(count: number, organizationId?: string): Promise<readonly number[]>;
}

export interface FeedServerOptions extends ServerDatabaseOptions {
  /** As the log is unless given. */
  readHealthLog?: Log<HealthChange, HealthQuery>;
  /** Whether it keeps to itself what it has written, as if all its notifications were lost. */
  isMute?: boolean;
}

/** All of one organization. */
export const query: HealthQuery = { organizationId: idOf('o') };

export async function startFeedServer(
  url: string,
  options: FeedServerOptions & Required<Pick<ServerDatabaseOptions, 'clock'>>,
): Promise<FeedServer> {
  const server = await joinDatabase(url, options);
  const feed = await Feed.open(server.orm, options.readHealthLog ?? healthLog, { ...options, ...server, cursors: testCursors });

  async function begin(count: number, organizationId = query.organizationId): Promise<OpenAppend> {
    const told: Array<() => void> = [];
    const appended: HealthChange[] = [];
    const begun = Promise.withResolvers<void>();
    const end = Promise.withResolvers<void>();
    const transaction = inTransaction(server.orm, async (_, db) => {
      const tx = { db, afterCommit: (tell: () => void) => void told.push(tell) };
      const change = { organizationId, webhookId: idOf('w'), hookId: idOf('h'), health: HEALTH, changedAt: options.clock.now() };
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
    async append(count, organizationId) {
      const open = await begin(count, organizationId);
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

/** Whether the next entry has come; it is asked for now. */
export function watchNext(entries: AsyncIterator<{ sequence: number }>) {
  const next = { hasCome: false, place: undefined as unknown as Promise<number> };
  next.place = entries.next().then(({ value }) => {
    next.hasCome = true;
    return value!.sequence;
  });
  return next;
}

/** Waits until a server has heard, by a notification, what was told before. */
export async function heardBy(server: FeedServer, teller: FeedServer): Promise<void> {
  const { promise, resolve } = Promise.withResolvers<void>();
  server.notifications.on({ told: (topic) => topic === 'signals' && resolve(), look() {} });
  teller.notifications.tell('signals');
  await promise;
}

/** Waits until a server has done what it does about what it has heard: it asks the database far less often for it. */
export async function settle({ feed }: FeedServer): Promise<void> {
  for (let turn = 0; turn < 20; turn += 1) await feed.readPlace();
}
