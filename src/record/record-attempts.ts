import type { PlanMany, WriteTransaction } from '../database/writes.js';
import type { AttemptReport, OpenDelivery } from '../send/attempt.js';
import type { RecordedAttempt } from '../watch/change.js';
import type { DeliveryFeed } from '../watch/delivery-log.js';
import type { HealthFeed } from '../watch/health-log.js';
import { insertAttemptsOf } from './insert-attempts.js';
import { type Move, moveDeliveries } from './move-deliveries.js';
import type { HealthStep } from './next-health.js';
import type { NextState } from './next-state.js';
import { operationalEventsOf, type PublishOperational } from './operational-events.js';
import { readOwn } from './read-own.js';
import { readRecorded } from './read-recorded.js';
import { type Line, releaseNext } from './release-next.js';
import { writeHealth, type WrittenHealth } from './write-health.js';

/** An attempt with what it makes of its delivery and of its hook. */
export interface AttemptToRecord {
  id: string;
  /** In which its server led the hook when it began. */
  epoch: number;
  delivery: OpenDelivery;
  /** From 1. */
  number: number;
  report: AttemptReport;
  /** Milliseconds since the epoch. */
  endedAt: number;
  next: NextState;
  /** Null where it says nothing new of the hook. */
  health: HealthStep | null;
  /** The wait that the receiver asked for, in milliseconds; null where it asked for none. */
  askedWaitMs: number | null;
}

/** What became of a recorded attempt. */
export interface Recorded {
  /** The delivery's next state; null when it was ended while the attempt was on the wire: then its state stays. */
  next: NextState | null;
  /** Whether the hook's health on disk was another than was thought, so that the attempt has changed nothing about it. */
  healthIsOutdated: boolean;
}

export interface RecordAttemptsOptions {
  feed: Pick<DeliveryFeed, 'append'>;
  healthFeed: Pick<HealthFeed, 'append'>;
  publishOperational: PublishOperational;
  /** This server among several; null where it is the only one, and leads all for ever. */
  serverId: string | null;
}

/**
 * Writes many attempts at once. True together in the one transaction: the attempt, its delivery's next state, the release
 * of the delivery that waited for it, what it says of the hook with the events about that, and the entries in the logs.
 * One that is in the table already changes nothing: its commit went through although the answer to it was lost.
 */
export function recordAttempts(options: RecordAttemptsOptions): PlanMany<AttemptToRecord, Recorded | null> {
  const { serverId } = options;
  const insertAttempts = insertAttemptsOf(serverId);
  return async (tx, attempts) => ({
    orderedHookIds: attempts.flatMap(endedLine).map(({ hookId }) => hookId),
    async write() {
      const rows = new Map(attempts.map((attempt) => [attempt, attemptOf(attempt)]));
      const newIds = await insertAttempts(tx, rows);
      const [fresh, others] = [attempts.filter(({ id }) => newIds.has(id)), attempts.filter(({ id }) => !newIds.has(id))];
      const repeated = serverId === null ? others : await readOwn(tx, serverId, others);
      const recorded = new Map([...(await readRecorded(tx, repeated)), ...(await applyAttempts(tx, fresh, rows, options))]);
      return attempts.map(({ id }) => recorded.get(id) ?? null);
    },
  });
}

/** Writes what attempts come to whose rows are in the table since this transaction. Answers by their ids. */
async function applyAttempts(
  tx: WriteTransaction,
  attempts: readonly AttemptToRecord[],
  rows: ReadonlyMap<AttemptToRecord, RecordedAttempt>,
  options: RecordAttemptsOptions,
): Promise<Array<[string, Recorded]>> {
  if (attempts.length === 0) return [];
  const movedIds = await moveDeliveries(
    tx,
    options.feed,
    attempts.map((attempt) => moveOf(attempt, rows.get(attempt)!)),
  );
  const wasMoved = ({ delivery }: AttemptToRecord) => movedIds.has(delivery.deliveryId);
  const moved = attempts.filter(wasMoved);
  await countAttempts(
    tx,
    attempts.filter((attempt) => !wasMoved(attempt)),
  );
  await releaseNext(tx, moved.flatMap(endedLine), Math.max(...attempts.map(({ endedAt }) => endedAt)));

  const healths: WrittenHealth[] = [];
  for (const attempt of attempts) healths.push(await writeHealth(tx, options.healthFeed, attempt));
  const events = operationalEventsOf(
    moved.filter(({ next }) => next.status === 'FAILED'),
    attempts.filter(({ health }, index) => healths[index] === 'WRITTEN' && health!.told !== null),
  );
  if (events.length > 0) await options.publishOperational(tx, events);
  return attempts.map((attempt, index): [string, Recorded] => [
    attempt.id,
    { next: wasMoved(attempt) ? attempt.next : null, healthIsOutdated: healths[index] === 'OUTDATED' },
  ]);
}

function moveOf({ delivery, number, next, endedAt }: AttemptToRecord, row: RecordedAttempt): Move {
  const { deliveryId, webhookId, hookId, event } = delivery;
  const { id: eventId, organizationId, type } = event;
  const change = { organizationId, webhookId, hookId, eventId, deliveryId, type, status: next.status, attempt: row, changedAt: endedAt };
  return { change, attemptCount: number, nextAttemptAt: next.nextAttemptAt };
}

/** The line that a delivery was the first of, when this attempt has ended it. */
function endedLine({ delivery, next }: AttemptToRecord): Line[] {
  const { hookId, orderingKey } = delivery;
  return next.nextAttemptAt === null && orderingKey !== null ? [{ hookId, orderingKey }] : [];
}

function attemptOf({ id, delivery, number, report }: AttemptToRecord): RecordedAttempt<string> {
  const { startedAt, durationMs, stored } = report;
  return { id, deliveryId: delivery.deliveryId, number, startedAt, durationMs, ...stored };
}

async function countAttempts({ db }: WriteTransaction, attempts: readonly AttemptToRecord[]): Promise<void> {
  for (const { delivery, number } of attempts) {
    await db.updateTable('deliveries').set({ attempt_count: number }).where('id', '=', delivery.deliveryId).execute();
  }
}
