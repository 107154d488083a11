import { CatchUp } from '../catch-up.js';
import type { Clock } from '../clock.js';
import type { Orm } from '../database/connect.js';
import { isPostgres } from '../database/is-postgres.js';
import type { Notifications } from '../database/notifications.js';
import { badInput, describe } from '../errors.js';
import { FailureLog } from '../failure-log.js';
import type { Log as ServerLog } from '../log.js';
import { Channel } from './channel.js';
import type { Cursors } from './cursors.js';
import { Follower } from './follower.js';
import { type Log, type LogEntry, type OfOrganization, PAGE_LIMIT } from './log.js';

export interface FeedOptions {
  clock: Clock;
  log: ServerLog;
  notifications: Notifications;
  cursors: Cursors;
}

/**
 * A live stream: a log, followed from any place on. Followers pull; what happened while one was not reading waits in
 * memory, shared, and beyond that in the table.
 *
 * On SQLite the one server tells it what it has written. On PostgreSQL others write too, and their commits come in another
 * order than their places: it reads the log up to where nothing can come in between any more (`horizon.ts`), whenever
 * something was written, here or elsewhere.
 */
export class Feed<Entry extends LogEntry, Query extends OfOrganization> {
  readonly #orm: Orm;
  readonly #log: Log<Entry, Query>;
  readonly #options: FeedOptions;
  readonly #channels = new Map<string, Channel<Entry>>();
  /** Where the log has other writers too. */
  readonly #catchUp: CatchUp | undefined;
  /** All up to this place is on disk, and in the channels of those who are followed. It stands still while nobody follows a shared log. */
  #head: number;
  #isClosed = false;

  private constructor(orm: Orm, log: Log<Entry, Query>, head: number, options: FeedOptions) {
    this.#orm = orm;
    this.#log = log;
    this.#head = head;
    this.#options = options;
    if (isPostgres(orm.em.getKysely()))
      this.#catchUp = new CatchUp(
        () => this.#takeFromTable(),
        new FailureLog({ log: options.log, clock: options.clock, line: 'feed.interrupted' }),
      );
  }

  static async open<Entry extends LogEntry, Query extends OfOrganization>(
    orm: Orm,
    log: Log<Entry, Query>,
    options: FeedOptions,
  ): Promise<Feed<Entry, Query>> {
    const feed = new Feed(orm, log, await log.readHead(orm.em.fork()), options);
    options.notifications.on({
      told: (topic) => {
        if (topic === log.topic) void feed.#catchUp?.ask();
      },
      look: () => void feed.#catchUp?.ask(),
    });
    return feed;
  }

  /** The last place of this moment: what is followed after it is all that comes from now on. */
  readPlace(): Promise<number> {
    return this.#bringUpHead();
  }

  /** Told of entries that are on disk now, in the order of the log. */
  append(entries: readonly Entry[]): void {
    if (this.#catchUp === undefined) {
      this.#take(entries, entries.at(-1)?.sequence ?? this.#head, this.#channels);
    } else {
      this.#options.notifications.tell(this.#log.topic);
      void this.#catchUp.ask();
    }
  }

  /**
   * The entries that fit, oldest first and each once: those after the cursor, then those to come. Without a cursor, those
   * that come from now on. Ends when `return` is called on the iterator or the feed closes.
   * Throws where the cursor is none of the organization's in this log, or lies beyond all that happened.
   */
  async follow(query: Query, after: string | null | undefined): Promise<AsyncIterableIterator<Entry, undefined>> {
    const sequence = after == null ? undefined : this.#options.cursors.placeOf(this.#log.name, query.organizationId, after, 'after');
    const head = this.#catchUp === undefined ? this.#head : await this.#bringUpHead();
    // Another server may have seen all up to a place that is ahead of what this one knows.
    if (sequence !== undefined && sequence > head && sequence > (await this.#log.readLastPlace(this.#orm.em.fork()))) {
      throw badInput([
        {
          path: 'after',
          received: describe(after),
          expected: 'a cursor from an earlier notice: this one lies beyond all that has happened',
        },
      ]);
    }
    return this.#followAfter(sequence ?? head, query);
  }

  /** As `follow`, from the beginning of the log on. */
  async followAll(query: Query): Promise<AsyncIterableIterator<Entry, undefined>> {
    await this.#bringUpHead();
    return this.#followAfter(0, query);
  }

  #followAfter(sequence: number, query: Query): Follower<Entry, Query> {
    // The channel is joined now and not at the first read: what happens in between belongs to the follower too.
    const channel = this.#channelOf(query.organizationId);
    const source = { orm: this.#orm, log: this.#log, clock: this.#options.clock, head: () => this.#head, channel };
    const follower = new Follower(source, query, sequence, () => {
      if (!channel.hasFollowers) this.#channels.delete(query.organizationId);
    });
    if (this.#isClosed) follower.end();
    return follower;
  }

  /** Ends all followers. */
  close(): void {
    this.#isClosed = true;
    for (const channel of this.#channels.values()) channel.close();
    this.#catchUp?.close();
  }

  /** The place up to which the log has all its entries at this moment. */
  async #bringUpHead(): Promise<number> {
    if (this.#catchUp === undefined) return this.#head;
    const head = await this.#log.readHead(this.#orm.em.fork());
    // Who comes first begins here, and not where the last one left. While there are followers, what lies in between is theirs.
    if (this.#channels.size === 0) this.#head = Math.max(this.#head, head);
    return Math.max(this.#head, head);
  }

  /** Takes in what the table has beyond the head, page by page. Each page is taken in one step, so that one that fails changes nothing. */
  async #takeFromTable(): Promise<void> {
    if (this.#channels.size === 0) return;
    const horizon = await this.#log.readHead(this.#orm.em.fork());
    while (this.#head < horizon && this.#channels.size > 0) {
      const channels = new Map(this.#channels);
      const span = { after: this.#head, upTo: horizon };
      const page = await this.#log.readSpanOf(this.#orm.em.fork(), [...channels.keys()], span);
      // Meanwhile the last follower may have left, and another may have come, who began further on.
      if (this.#head === span.after) this.#take(page, page.length < PAGE_LIMIT ? horizon : page.at(-1)!.sequence, channels);
    }
  }

  /** Gives entries to the channels that they were read for. What other channels need of them is in the table. */
  #take(entries: readonly Entry[], upTo: number, readFor: ReadonlyMap<string, Channel<Entry>>): void {
    this.#head = upTo;
    const byOrganization = Map.groupBy(entries, (entry) => entry.organizationId);
    for (const [organizationId, channel] of this.#channels) {
      const own = byOrganization.get(organizationId);
      if (readFor.get(organizationId) !== channel) channel.skip(upTo);
      else if (own !== undefined) channel.append(own);
    }
  }

  #channelOf(organizationId: string): Channel<Entry> {
    let channel = this.#channels.get(organizationId);
    if (channel === undefined) {
      channel = new Channel<Entry>(this.#head);
      this.#channels.set(organizationId, channel);
      // While nobody followed, nothing was taken of what others may have told since the head was read.
      void this.#catchUp?.ask();
    }
    return channel;
  }
}
