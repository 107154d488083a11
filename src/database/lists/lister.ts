import type { Clock } from '../../clock.js';
import type { FailureLog } from '../../failure-log.js';
import { Pauses } from '../../pauses.js';
import type { Tables } from '../connect.js';
import type { WriteOne, Writes } from '../writes.js';
import { findLastToList, type ListingStep, planListing } from './list-new-rows.js';
import { ownerLists } from './owner-lists.js';

export interface ListerOptions {
  writes: Pick<Writes, 'lane'>;
  db: () => Tables;
  clock: Clock;
  failures: FailureLog;
}

/** How often it looks for what is new, in milliseconds. What is new meanwhile makes a page of a list cost a little more to read. */
const INTERVAL_MS = 1000;

/** How long it leaves the writing to others between two steps, in milliseconds: one after the other, they would hold up the same ones. */
const PAUSE_MS = 20;

/** The same where there is enough for the next ones already: the longer that is so, the longer do readers look for what has no place yet. */
const SHORT_PAUSE_MS = 4;

/**
 * Gives what is new its places in the lists of its owners, as soon as there is enough of it, in the transactions of others.
 * Where that is cut off, by a stop, a crash or a failing database, what is new stays so until the next time.
 */
export class Lister {
  readonly #options: ListerOptions;
  readonly #list: WriteOne<ListingStep, void>;
  readonly #pauses: Pauses;
  #listing: Promise<void> | undefined;
  #cancelTimer = () => {};

  constructor(options: ListerOptions) {
    this.#options = options;
    this.#pauses = new Pauses(options.clock);
    this.#list = options.writes.lane(async ({ db }, steps) => {
      for (const step of steps) await step(db);
      return steps.map(() => {});
    });
  }

  start(): void {
    if (this.#pauses.isStopped) return;
    this.#cancelTimer = this.#options.clock.after(INTERVAL_MS, () => {
      this.#listing = this.#listAll().then(() => this.start());
    });
  }

  /** Ends after what is being listed; answers when that is on disk. */
  async stop(): Promise<void> {
    this.#pauses.stop();
    this.#cancelTimer();
    await this.#listing;
  }

  async #listAll(): Promise<void> {
    const { db, failures } = this.#options;
    try {
      for (const list of ownerLists) {
        let pauseMs = PAUSE_MS;
        for (let last = await findLastToList(db(), list); last !== null; last = await findLastToList(db(), list)) {
          for (const step of planListing(list, last)) {
            if (this.#pauses.isStopped) return;
            await this.#list(step);
            await this.#pauses.wait(pauseMs);
          }
          pauseMs = SHORT_PAUSE_MS;
        }
      }
      failures.succeeded();
    } catch (error) {
      failures.failed(error);
    }
  }
}
