import type { Change } from './change.js';
import { type ChangeQuery, fits } from './change-query.js';
import type { Feed } from './feed.js';
import type { Log } from './log.js';
import { readChanges, readChangesOf } from './read-changes.js';
import { readHead, readLastPlace } from './read-head.js';

/** The log of what became of deliveries, behind `deliveryAttempts`, `deliveryResults` and `eventProgress`. */
export const deliveryLog: Log<Change, ChangeQuery> = {
  name: 'change',
  topic: 'changes',
  readHead: (em) => readHead(em.getKysely(), 'delivery_changes'),
  readLastPlace: (em) => readLastPlace(em.getKysely(), 'delivery_changes'),
  readSpan: readChanges,
  readSpanOf: readChangesOf,
  fits,
};

export type DeliveryFeed = Feed<Change, ChangeQuery>;
