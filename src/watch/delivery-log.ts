import type { Change } from './change.js';
import { type ChangeQuery, fits } from './change-query.js';
import type { Feed, Log } from './feed.js';
import { readChanges } from './read-changes.js';
import { readHead } from './read-head.js';

/** The log of what became of deliveries, behind `deliveryAttempts`, `deliveryResults` and `eventProgress`. */
export const deliveryLog: Log<Change, ChangeQuery> = {
  name: 'change',
  readHead: (em) => readHead(em.getKysely(), 'delivery_changes'),
  readAfter: readChanges,
  fits,
};

export type DeliveryFeed = Feed<Change, ChangeQuery>;
