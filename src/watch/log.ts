import type { EntityManager } from '../database/connect.js';
import type { Topic } from '../database/notifications.js';
import type { LogName } from './cursors.js';

/** A table that only grows, as a feed reads it. */
export interface Log<Entry, Query> {
  readonly name: LogName;
  /** By which servers tell each other that it has grown. */
  readonly topic: Topic;
  /** The place up to which all is there: what is still to come lies behind it. 0 where there was never anything. */
  readHead(em: EntityManager): Promise<number>;
  /** The latest place of all; nobody has a cursor beyond it. */
  readLastPlace(em: EntityManager): Promise<number>;
  /** The next entries in a span that fit the query, oldest first; less than `PAGE_LIMIT` when there are no more. */
  readSpan(em: EntityManager, query: Query, span: Span): Promise<Entry[]>;
  /** As `readSpan`, for all entries of some organizations. */
  readSpanOf(em: EntityManager, organizationIds: readonly string[], span: Span): Promise<Entry[]>;
  /** What `readSpan` says in SQL, of an entry in memory. */
  fits(query: Query, entry: Entry): boolean;
}

/** A part of a log: the places after one, up to another and with it. */
export interface Span {
  after: number;
  upTo: number;
}

/** How many entries one read brings at most. */
export const PAGE_LIMIT = 200;

export interface OfOrganization {
  organizationId: string;
}

export interface LogEntry extends OfOrganization {
  sequence: number;
  /** Milliseconds since the epoch. */
  changedAt: number;
}
