/** What an owner's list has: each row of a table by the owner, and by what the list is ordered by. */
export interface OwnerList {
  table: string;
  /** The list itself: `owner_id` and the key. */
  list: string;
  /** By what the list is ordered. */
  key: string;
  /** Whose lists a row stands in, by the columns that name them. */
  owners: readonly string[];
}

export const eventList = {
  table: 'events',
  list: 'event_list',
  key: 'id',
  owners: ['organization_id'],
} as const satisfies OwnerList;

export const deliveryList = {
  table: 'deliveries',
  list: 'delivery_list',
  key: 'id',
  owners: ['organization_id', 'webhook_id', 'hook_id'],
} as const satisfies OwnerList;

export const changeList = {
  table: 'delivery_changes',
  list: 'delivery_change_list',
  key: 'sequence',
  owners: ['organization_id'],
} as const satisfies OwnerList;

/**
 * The lists that SQLite has in the place of indexes by owner. An index gets its entry with each row, and the rows of a hundred owners
 * go to a hundred pages of it, each of which is written whole: that was three quarters of what a commit wrote. Here what is new stands in
 * its table alone, and goes to the lists by the thousand (`Lister`), many entries to a page. Whoever reads a list reads what is new beside
 * it. PostgreSQL writes what changed of a page, and has the indexes.
 */
export const ownerLists: readonly OwnerList[] = [eventList, deliveryList, changeList];
