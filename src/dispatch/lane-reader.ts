import pLimit from 'p-limit';
import type { Clock } from '../clock.js';
import type { Tables } from '../database/connect.js';
import { FailureLog } from '../failure-log.js';
import type { Log } from '../log.js';
import { type Backlog, PAGE_SIZE } from './backlog.js';
import type { SealRing } from '../seal/seal-ring.js';
import type { StoredPayloads } from '../seal/stored-payloads.js';
import { readHookToServe } from './hook-to-serve.js';
import type { Lane } from './lane.js';
import type { Queued } from './queued.js';
import { readOpenDeliveries } from './read-open-deliveries.js';

export interface LaneReaderOptions {
  /** Outside of any transaction. */
  db: () => Tables;
  /** Opens the secrets of hooks. */
  ring: SealRing;
  payloads: StoredPayloads;
  clock: Clock;
  log: Log;
  /** Told that a hook which still has open deliveries is removed: they are to be ended. */
  hookIsRemoved: () => void;
}

/** How long to wait before the database is asked again after it failed, in milliseconds. */
export const DATABASE_PAUSE_MS = 1000;

/**
 * How many lanes are read at once. A server that takes over the hooks of another has thousands to read, which would have all
 * of the database's connections for themselves.
 */
const READ_LIMIT = 4;

/** Brings to the lanes what the table has of them. */
export class LaneReader {
  readonly #options: LaneReaderOptions;
  readonly #queued: Queued;
  readonly #turns = pLimit(READ_LIMIT);
  /** Of hooks, and of their deliveries: in an outage there may be thousands. */
  readonly #unread: { hooks: FailureLog; deliveries: FailureLog };

  constructor(options: LaneReaderOptions, queued: Queued) {
    this.#options = options;
    this.#queued = queued;
    const { log, clock } = options;
    this.#unread = {
      hooks: new FailureLog({ log, clock, line: 'hook.unread', level: 'error' }),
      deliveries: new FailureLog({ log, clock, line: 'deliveries.unread', level: 'error' }),
    };
  }

  /** Reads the hook of a lane that has something to do. Answers whether that went well. */
  async readHook(lane: Lane): Promise<boolean> {
    const { db, ring, hookIsRemoved } = this.#options;
    lane.isLoading = true;
    const { version } = lane;
    try {
      const hook = await this.#turns(() => readHookToServe(db(), ring, lane.hookId));
      if (lane.version !== version || lane.isLost) return true;
      if (hook !== null) {
        lane.serve(hook);
        return true;
      }
      // Published by a server that did not know yet, when another one removed the hook.
      hookIsRemoved();
      this.#queued.letGo(lane.clear());
      return true;
    } catch (error) {
      this.#unread.hooks.failed(error, { hookId: lane.hookId });
      return false;
    } finally {
      lane.isLoading = false;
    }
  }

  /** Brings a lane's next due deliveries, as many as it has room for, and no more than a page. */
  async readPage(lane: Lane, backlog: Backlog): Promise<void> {
    const { db, payloads, clock } = this.#options;
    const limit = Math.min(this.#queued.depthOf(lane), PAGE_SIZE) + lane.underWayCount;
    backlog.beginReading();
    try {
      const page = await this.#turns(() => readOpenDeliveries(db(), payloads, { hookId: lane.hookId, kind: backlog.kind, limit }));
      if (!lane.isLost) {
        const now = clock.now();
        const firstLater = page.find(({ dueAt }) => dueAt > now);
        for (const delivery of page) {
          if (delivery.dueAt <= now && !lane.knows(delivery.deliveryId)) this.#queued.enqueue(backlog, delivery);
        }
        if (firstLater !== undefined) backlog.noteDue(firstLater.dueAt);
        else if (page.length === limit) backlog.noteDue(0);
      }
    } catch (error) {
      this.#unread.deliveries.failed(error, { hookId: lane.hookId });
      backlog.noteDue(clock.now() + DATABASE_PAUSE_MS);
    }
    backlog.endReading();
  }
}
