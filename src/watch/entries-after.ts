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

/** The entries after a place that fit, in order: from the table what is behind the channel or has been in memory for too long, then from the channel. */
export async function* entriesAfter<Entry extends LogEntry, Query>(
  { orm, log, clock, head, channel }: Source<Entry, Query>,
  query: Query,
  place: number,
  signal: AbortSignal,
): AsyncGenerator<Entry, undefined> {
  const isFresh = (instant: number) => clock.now() - instant <= FRESH_MS;
  let sequence = place;
  while (!signal.aborted) {
    const next = channel.next(sequence);
    if (sequence < channel.startsAfter || (next !== undefined && !isFresh(next.changedAt))) {
      // All up to the head is visible to a read that begins now, so a read that finds no more has covered it.
      const span = { after: sequence, upTo: head() };
      const readAt = clock.now();
      const page = await log.readSpan(orm.em.fork(), query, span);
      const last = page.at(-1)?.sequence ?? sequence;
      for (const entry of page) {
        if (signal.aborted) return;
        if (!isFresh(readAt)) break;
        sequence = entry.sequence;
        yield entry;
      }
      if (sequence === last && page.length < PAGE_LIMIT) sequence = Math.max(sequence, span.upTo);
    } else if (next === undefined) {
      await channel.appended(signal);
    } else {
      sequence = next.sequence;
      if (log.fits(query, next)) yield next;
    }
  }
}
