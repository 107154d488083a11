import type { Orm } from '../database/connect.js';
import { badInput, describe } from '../errors.js';
import type { Change } from './change.js';
import { type ChangeQuery, fits } from './change-query.js';
import { Channel } from './channel.js';
import { cursorOf, sequenceOf } from './cursor.js';
import { PAGE_LIMIT, readChanges, readHead } from './read-changes.js';

/**
 * The live stream: the log of changes, followed from any place on. Followers pull; what happened while one was not
 * reading waits in memory, shared, and beyond that in the table.
 */
export class Feed {
  readonly #orm: Orm;
  readonly #channels = new Map<string, Channel>();
  readonly #closing = new AbortController();
  /** The place of the latest change that is on disk. */
  #head: number;

  private constructor(orm: Orm, head: number) {
    this.#orm = orm;
    this.#head = head;
  }

  static async open(orm: Orm): Promise<Feed> {
    return new Feed(orm, await readHead(orm.em.fork()));
  }

  /** The cursor of this moment: what is followed after it is all that comes from now on. */
  get cursor(): string {
    return cursorOf(this.#head);
  }

  /** Takes in changes that are on disk now, in the order of the log. */
  append(changes: readonly Change[]): void {
    for (const [organizationId, ofOrganization] of Map.groupBy(changes, (change) => change.organizationId)) {
      this.#channels.get(organizationId)?.append(ofOrganization);
    }
    this.#head = changes.at(-1)?.sequence ?? this.#head;
  }

  /**
   * The changes that fit, oldest first and each once: those after the cursor, then those to come. Without a cursor, those
   * that come from now on. Ends when `return` is called on the iterator or the feed closes.
   * Throws where the cursor is none, or lies beyond all that happened.
   */
  follow(query: ChangeQuery, after: string | null | undefined): AsyncIterableIterator<Change> {
    if (after == null) return this.followFrom(query, this.#head);

    const sequence = sequenceOf(after, 'after');
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
  followFrom(query: ChangeQuery, sequence: number): AsyncIterableIterator<Change> {
    // The channel is joined now and not at the first read: what happens in between belongs to the follower too.
    const channel = this.#join(query.organizationId);
    const leaving = new AbortController();
    const signal = AbortSignal.any([leaving.signal, this.#closing.signal]);
    const changes = this.#changesAfter(sequence, query, channel, signal);
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
        const step = await changes.next();
        if (step.done) leave();
        return step;
      },
      // A generator that waits cannot be returned from; the signal ends the wait first.
      async return() {
        leave();
        return changes.return(undefined);
      },
    };
  }

  /** Ends all followers. */
  close(): void {
    this.#closing.abort();
  }

  async *#changesAfter(place: number, query: ChangeQuery, channel: Channel, signal: AbortSignal): AsyncGenerator<Change, undefined> {
    let sequence = place;
    while (!signal.aborted) {
      if (sequence < channel.startsAfter) {
        // All up to the head is visible to a read that begins now, so a read that finds no more has covered it.
        const head = this.#head;
        const page = await readChanges(this.#orm.em.fork(), query, sequence);
        for (const change of page) {
          if (signal.aborted) return;
          sequence = change.sequence;
          yield change;
        }
        if (page.length < PAGE_LIMIT) sequence = Math.max(sequence, head);
        continue;
      }
      for (const change of channel.after(sequence)) {
        sequence = change.sequence;
        if (!fits(query, change)) continue;
        yield change;
        // While the reader was away, the channel may have let go of changes it has not seen.
        break;
      }
      if (sequence >= channel.endsWith) await channel.appended(signal);
    }
  }

  #join(organizationId: string): Channel {
    let channel = this.#channels.get(organizationId);
    if (channel === undefined) {
      channel = new Channel(this.#head);
      this.#channels.set(organizationId, channel);
    }
    channel.followerCount += 1;
    return channel;
  }

  #leave(organizationId: string, channel: Channel): void {
    channel.followerCount -= 1;
    if (channel.followerCount === 0) this.#channels.delete(organizationId);
  }
}
