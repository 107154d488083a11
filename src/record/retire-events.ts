import type { Tables } from '../database/connect.js';
import { isPostgres } from '../database/is-postgres.js';
import type { WriteTransaction } from '../database/writes.js';
import { lowestIdAt } from '../ids.js';

/** How many rows of each kind were removed. */
export interface RemovedCounts {
  eventCount: number;
  deliveryCount: number;
  attemptCount: number;
  /** Of the log that the live stream follows. */
  changeCount: number;
  idempotencyKeyCount: number;
  healthChangeCount: number;
  streamTokenCount: number;
  auditRecordCount: number;
}

/** Which events are to go. */
export interface RetirementRule {
  /** Those published before this instant, in milliseconds since the epoch. */
  publishedBeforeAt: number;
  /**
   * An event stays while a delivery of it has changed after this instant. Of one that was cancelled then, an attempt may still be
   * on the wire, whose record refers to it; and of any, a server may tell its subscribers from memory.
   */
  changedBeforeAt: number;
}

/** What one step came to. */
export interface RetirementStep {
  removed: Partial<RemovedCounts>;
  /** The id up to which the old events are dealt with; null when there are no more. */
  place: string | null;
}

/** Before all events. */
export const FIRST_PLACE = '00000000-0000-0000-0000-000000000000';

/** How many rows one transaction deletes at most: other writes wait meanwhile, 5 to 10 ms for rows of the usual size. */
export const ROW_LIMIT = 1000;

/**
 * How many events a step takes together at most. Most events have few rows, and a commit for 50 of them would remove less
 * than can be published in the same time. SQLite reads each page that it frees: 500 payloads of 256 KiB take 50 ms.
 */
const EVENT_LIMIT = 500;

/**
 * One step on the way through the old events, from `place` on: deletes rows of one table that belong to the next of them,
 * those that refer before those that are referred to, and moves on once nothing of these events is left. The log goes first,
 * so that no entry ever names an attempt that is gone. Each step looks anew at what may go: a delivery that was opened again
 * since the last one keeps what is left of its event.
 *
 * True together: no delivery of the events is open, and some of their rows are gone.
 */
export async function retireNextEvents(tx: WriteTransaction, place: string, rule: RetirementRule): Promise<RetirementStep> {
  const { db } = tx;
  const events = await takeOldEvents(db, place, rule.publishedBeforeAt);
  const last = events.at(-1);
  if (last === undefined) return { removed: {}, place: null };

  const kept = await readKeptEvents(db, events, rule.changedBeforeAt);
  const retired = events.filter((id) => !kept.has(id));
  if (retired.length === 0) return { removed: {}, place: last };

  const changeCount = await deleteChanges(db, retired);
  if (changeCount > 0) return { removed: { changeCount }, place };
  const attemptCount = await deleteAttempts(db, retired);
  if (attemptCount > 0) return { removed: { attemptCount }, place };
  const deliveryCount = await deleteDeliveries(db, retired);
  if (deliveryCount > 0) return { removed: { deliveryCount }, place };
  return { removed: await deleteEvents(db, retired), place: last };
}

/**
 * The next old events in the order of their ids, which is that of time: as many as have `ROW_LIMIT` deliveries together,
 * since all of these are looked at, but one at least.
 */
async function takeOldEvents(db: Tables, place: string, publishedBeforeAt: number): Promise<string[]> {
  const rows = await db
    .selectFrom('events')
    .where('id', '>', place)
    .where('id', '<', lowestIdAt(publishedBeforeAt))
    .orderBy('id')
    .limit(EVENT_LIMIT)
    .select('id')
    .execute();
  const ids = rows.map(({ id }) => id);
  if (ids.length === 0) return [];

  const deliveries = await db
    .selectFrom('deliveries')
    .where('event_id', 'in', ids)
    .orderBy('event_id')
    .limit(ROW_LIMIT + 1)
    .select('event_id')
    .execute();
  const tooMany = deliveries[ROW_LIMIT]?.event_id;
  return tooMany === undefined ? ids : ids.slice(0, Math.max(ids.indexOf(tooMany), 1));
}

/** Those of the events that must stay, whatever their age. */
async function readKeptEvents(db: Tables, events: readonly string[], changedBeforeAt: number): Promise<Set<string>> {
  if (isPostgres(db)) await lockDeliveries(db, events);
  const rows = await db
    .selectFrom('deliveries')
    .where('event_id', 'in', events)
    .where((eb) => eb.or([eb('next_attempt_at', 'is not', null), eb('updated_at', '>=', changedBeforeAt)]))
    .select('event_id')
    .distinct()
    .execute();
  return new Set(rows.map((row) => row.event_id));
}

/** From now on no other server opens one of them again: what is final stays so until this transaction ends. */
async function lockDeliveries(db: Tables, events: readonly string[]): Promise<void> {
  await db.selectFrom('deliveries').where('event_id', 'in', events).orderBy('id').forUpdate().select('id').execute();
}

async function deleteChanges(db: Tables, events: readonly string[]): Promise<number> {
  const some = db.selectFrom('delivery_changes').where('event_id', 'in', events).limit(ROW_LIMIT).select('sequence');
  const { numDeletedRows } = await db.deleteFrom('delivery_changes').where('sequence', 'in', some).executeTakeFirst();
  return Number(numDeletedRows);
}

async function deleteAttempts(db: Tables, events: readonly string[]): Promise<number> {
  const some = db
    .selectFrom('deliveries as d')
    .innerJoin('attempts as a', 'a.delivery_id', 'd.id')
    .where('d.event_id', 'in', events)
    .limit(ROW_LIMIT)
    .select('a.id');
  const { numDeletedRows } = await db.deleteFrom('attempts').where('id', 'in', some).executeTakeFirst();
  return Number(numDeletedRows);
}

async function deleteDeliveries(db: Tables, events: readonly string[]): Promise<number> {
  const some = db.selectFrom('deliveries').where('event_id', 'in', events).limit(ROW_LIMIT).select('id');
  const { numDeletedRows } = await db.deleteFrom('deliveries').where('id', 'in', some).executeTakeFirst();
  return Number(numDeletedRows);
}

/** An event has one idempotency key at most. */
async function deleteEvents(db: Tables, events: readonly string[]): Promise<Partial<RemovedCounts>> {
  const keys = await db.deleteFrom('idempotency_keys').where('event_id', 'in', events).executeTakeFirst();
  const { numDeletedRows } = await db.deleteFrom('events').where('id', 'in', events).executeTakeFirst();
  return { idempotencyKeyCount: Number(keys.numDeletedRows), eventCount: Number(numDeletedRows) };
}
