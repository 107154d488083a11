import type { Clock } from '../clock.js';
import type { Orm } from '../database/connect.js';
import type { Channel } from './channel.js';
import { type Log, type LogEntry, PAGE_LIMIT } from './log.js';

/** What a follower reads from: a log's table, and its organization's channel. */
export interface Source<Entry extends LogEntry, Query> {
  orm: Orm;
  log: Log<Entry, Query>;
  clock: Clock;
  /** All up to this place is on disk, and all of the organization's after the beginning of the channel is in the channel. */
  head: () => number;
  channel: Channel<Entry>;
}

/**
 * How long what was read of a log, or told, is given to followers from memory, in milliseconds; after that the table is asked,
 * which knows what was removed meanwhile, by whatever server. Retention leaves an event alone for twice as long after the last
 * entry about it (`record/retention.ts`), so nobody is told of what is gone; the other half is for clocks that differ.
 */
export const FRESH_MS = 30_000;

/** What one read of the table brought. */
interface Page<Entry> {
  entries: readonly Entry[];
  takenCount: number;
  readAt: number;
  /** Who has taken all entries has all that fit up to this place. */
  covers: number;
}

/**
 * Gives the entries after a place that fit, in order: from the table what is behind the channel or has been in memory for too long,
 * then from the channel. No generator, and no signal to listen to: of a change a thousand followers are told in one moment, and
 * the last of them waits for what the others take. It is asked for one entry at a time.
 */
export class Follower<Entry extends LogEntry, Query> implements AsyncIterableIterator<Entry, undefined> {
  readonly #source: Source<Entry, Query>;
  readonly #query: Query;
  readonly #left: () => void;
  #place: number;
  #page: Page<Entry> | undefined;
  #wake: (() => void) | undefined;
  #isOver = false;

  /** Joins the channel; `left` is called once when it is left. */
  constructor(source: Source<Entry, Query>, query: Query, place: number, left: () => void) {
    this.#source = source;
    this.#query = query;
    this.#place = place;
    this.#left = left;
    source.channel.join(this);
  }

  [Symbol.asyncIterator](): this {
    return this;
  }

  async next(): Promise<IteratorResult<Entry, undefined>> {
    const { channel, log } = this.#source;
    try {
      while (!this.#isOver) {
        const read = this.#takeRead();
        if (read !== undefined) return { done: false, value: read };

        const told = channel.next(this.#place);
        if (this.#place < channel.startsAfter || (told !== undefined && !this.#isFresh(told.changedAt))) {
          this.#page = await this.#readPage();
        } else if (told === undefined) {
          await new Promise<void>((wake) => (this.#wake = wake));
        } else {
          this.#place = told.sequence;
          if (log.fits(this.#query, told)) return { done: false, value: told };
        }
      }
    } catch (error) {
      this.end();
      throw error;
    }
    return { done: true, value: undefined };
  }

  async return(): Promise<IteratorResult<Entry, undefined>> {
    this.end();
    return { done: true, value: undefined };
  }

  /** Looks again, where it waits. */
  wake(): void {
    this.#wake?.();
    this.#wake = undefined;
  }

  /** Leaves the channel, and ends a wait. */
  end(): void {
    if (this.#isOver) return;
    this.#isOver = true;
    this.#source.channel.leave(this);
    this.#left();
    this.wake();
  }

  async #readPage(): Promise<Page<Entry>> {
    const { orm, log, clock, head } = this.#source;
    // All up to the head is visible to a read that begins now, so a read that finds no more has covered it.
    const span = { after: this.#place, upTo: head() };
    const readAt = clock.now();
    const entries = await log.readSpan(orm.em.fork(), this.#query, span);
    return { entries, takenCount: 0, readAt, covers: entries.length < PAGE_LIMIT ? span.upTo : this.#place };
  }

  /** The next entry of the page. What was read too long ago is read again. */
  #takeRead(): Entry | undefined {
    const page = this.#page;
    if (page === undefined) return undefined;

    const entry = page.entries[page.takenCount];
    if (entry !== undefined && this.#isFresh(page.readAt)) {
      page.takenCount += 1;
      this.#place = entry.sequence;
      return entry;
    }
    if (entry === undefined) this.#place = Math.max(this.#place, page.covers);
    this.#page = undefined;
    return undefined;
  }

  #isFresh(instant: number): boolean {
    return this.#source.clock.now() - instant <= FRESH_MS;
  }
}
