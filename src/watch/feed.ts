import type { EntityManager, Orm } from '../database/connect.js';
import { badInput, describe } from '../errors.js';
import { Channel } from './channel.js';
import { cursorOf, type LogName, sequenceOf } from './cursor.js';

/** A table that only grows, as a feed reads it. */
export interface Log<Entry, Query> {
  readonly name: LogName;
  /** The place of the latest entry of all; 0 where there is none. */
  readHead(em: EntityManager): Promise<number>;
  /** The next entries after a place that fit the query, oldest first; less than `PAGE_LIMIT` when there are no more. */
  readAfter(em: EntityManager, query: Query, after: number): Promise<Entry[]>;
  /** What `readAfter` says in SQL, of an entry in memory. */
  fits(query: Query, entry: Entry): boolean;
}

/** How many entries one read brings at most. */
export const PAGE_LIMIT = 200;

interface OfOrganization {
  organizationId: string;
}

/**
 * A live stream: a log, followed from any place on. Followers pull; what happened while one was not reading waits in
 * memory, shared, and beyond that in the table.
 */
export class Feed<Entry extends OfOrganization & { sequence: number }, Query extends OfOrganization> {
  readonly #orm: Orm;
  readonly #log: Log<Entry, Query>;
  readonly #channels = new Map<string, Channel<Entry>>();
  readonly #closing = new AbortController();
  /** The place of the latest entry that is on disk. */
  #head: number;

  private constructor(orm: Orm, log: Log<Entry, Query>, head: number) {
    this.#orm = orm;
    this.#log = log;
    this.#head = head;
  }

  static async open<Entry extends OfOrganization & { sequence: number }, Query extends OfOrganization>(
    orm: Orm,
    log: Log<Entry, Query>,
  ): Promise<Feed<Entry, Query>> {
    return new Feed(orm, log, await log.readHead(orm.em.fork()));
  }

  /** The cursor of this moment: what is followed after it is all that comes from now on. */
  get cursor(): string {
    return cursorOf(this.#log.name, this.#head);
  }

  /** Takes in entries that are on disk now, in the order of the log. */
  append(entries: readonly Entry[]): void {
    for (const [organizationId, ofOrganization] of Map.groupBy(entries, (entry) => entry.organizationId)) {
      this.#channels.get(organizationId)?.append(ofOrganization);
    }
    this.#head = entries.at(-1)?.sequence ?? this.#head;
  }

  /** Lets go of what is in memory of the log up to a place, since some of it was removed; the table has what is left. */
  forget(upTo: number): void {
    for (const channel of this.#channels.values()) channel.forget(upTo);
  }

  /**
   * The entries that fit, oldest first and each once: those after the cursor, then those to come. Without a cursor, those
   * that come from now on. Ends when `return` is called on the iterator or the feed closes.
   * Throws where the cursor is none, or lies beyond all that happened.
   */
  follow(query: Query, after: string | null | undefined): AsyncIterableIterator<Entry> {
    if (after == null) return this.followFrom(query, this.#head);

    const sequence = sequenceOf(this.#log.name, after, 'after');
    if (sequence > this.#head) {
      throw badInput([
        {
          path: 'after',
          received: describe(after),
          expected: 'a cursor from an earlier notice: this one lies beyond all that has happened',
        },
      ]);
    }
    return this.followFrom(query, sequence);
  }

  /** As `follow`, from a place of the log on; 0 is its beginning. */
  followFrom(query: Query, sequence: number): AsyncIterableIterator<Entry> {
    // The channel is joined now and not at the first read: what happens in between belongs to the follower too.
    const channel = this.#join(query.organizationId);
    const leaving = new AbortController();
    const signal = AbortSignal.any([leaving.signal, this.#closing.signal]);
    const entries = this.#entriesAfter(sequence, query, channel, signal);
    let joined = true;
    const leave = () => {
      if (joined) this.#leave(query.organizationId, channel);
      joined = false;
      leaving.abort();
    };

    return {
      [Symbol.asyncIterator]() {
        return this;
      },
      async next() {
        const step = await entries.next();
        if (step.done) leave();
        return step;
      },
      // A generator that waits cannot be returned from; the signal ends the wait first.
      async return() {
        leave();
        return entries.return(undefined);
      },
    };
  }

  /** Ends all followers. */
  close(): void {
    this.#closing.abort();
  }

  async *#entriesAfter(place: number, query: Query, channel: Channel<Entry>, signal: AbortSignal): AsyncGenerator<Entry, undefined> {
    let sequence = place;
    while (!signal.aborted) {
      if (sequence < channel.startsAfter) {
        // All up to the head is visible to a read that begins now, so a read that finds no more has covered it.
        const head = this.#head;
        const page = await this.#log.readAfter(this.#orm.em.fork(), query, sequence);
        for (const entry of page) {
          if (signal.aborted) return;
          sequence = entry.sequence;
          yield entry;
        }
        if (page.length < PAGE_LIMIT) sequence = Math.max(sequence, head);
        continue;
      }
      for (const entry of channel.after(sequence)) {
        sequence = entry.sequence;
        if (!this.#log.fits(query, entry)) continue;
        yield entry;
        // While the reader was away, the channel may have let go of entries it has not seen.
        break;
      }
      if (sequence >= channel.endsWith) await channel.appended(signal);
    }
  }

  #join(organizationId: string): Channel<Entry> {
    let channel = this.#channels.get(organizationId);
    if (channel === undefined) {
      channel = new Channel<Entry>(this.#head);
      this.#channels.set(organizationId, channel);
    }
    channel.followerCount += 1;
    return channel;
  }

  #leave(organizationId: string, channel: Channel<Entry>): void {
    channel.followerCount -= 1;
    if (channel.followerCount === 0) this.#channels.delete(organizationId);
  }
}
