import { sql } from 'kysely';
import type { Ran } from '../database/row-batch.js';
import { type Row, RowStatement } from '../database/row-statement.js';
import type { PlanMany, WriteTransaction } from '../database/writes.js';
import { AFTER_ANOTHER } from '../entities/delivery.js';
import type { AttemptReport, OpenDelivery } from '../send/attempt.js';
import { appendChanges, type NewChange } from '../watch/append-changes.js';
import type { RecordedAttempt } from '../watch/change.js';
import type { DeliveryFeed } from '../watch/delivery-log.js';
import type { HealthFeed } from '../watch/health-log.js';
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
  return async (tx, attempts) => ({
    orderedHookIds: attempts.flatMap(endedLine).map(({ hookId }) => hookId),
    async write() {
      const own = options.serverId === null ? attempts : await readOwn(tx, options.serverId, attempts);
      const recorded = await recordOwn(tx, own, options);
      return attempts.map(({ id }) => recorded.get(id) ?? null);
    },
  });
}

/** Answers by the attempts' ids. */
async function recordOwn(
  tx: WriteTransaction,
  attempts: readonly AttemptToRecord[],
  options: RecordAttemptsOptions,
): Promise<Map<string, Recorded>> {
  if (attempts.length === 0) return new Map();
  const rows = new Map(attempts.map((attempt) => [attempt.id, attemptOf(attempt)]));
  const newIds = await insertAttempts(tx, [...rows.values()]);
  const [fresh, repeated] = [attempts.filter(({ id }) => newIds.has(id)), attempts.filter(({ id }) => !newIds.has(id))];
  return new Map([...(await readRecorded(tx, repeated)), ...(await applyAttempts(tx, fresh, rows, options))]);
}

/** Writes what attempts come to whose rows are in the table since this transaction. Answers by their ids. */
async function applyAttempts(
  tx: WriteTransaction,
  attempts: readonly AttemptToRecord[],
  rows: ReadonlyMap<string, RecordedAttempt>,
  options: RecordAttemptsOptions,
): Promise<Array<[string, Recorded]>> {
  if (attempts.length === 0) return [];
  const movedIds = await moveDeliveries(tx, attempts);
  const wasMoved = ({ delivery }: AttemptToRecord) => movedIds.has(delivery.deliveryId);
  const moved = attempts.filter(wasMoved);
  await countAttempts(
    tx,
    attempts.filter((attempt) => !wasMoved(attempt)),
  );
  await releaseNext(tx, moved.flatMap(endedLine), Math.max(...attempts.map(({ endedAt }) => endedAt)));
  await appendChanges(
    tx,
    options.feed,
    attempts.map((attempt) => changeOf(attempt, rows.get(attempt.id)!, wasMoved(attempt))),
  );

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

function changeOf(attempt: AttemptToRecord, row: RecordedAttempt, wasMoved: boolean): NewChange {
  const { delivery, next, endedAt } = attempt;
  return {
    organizationId: delivery.event.organizationId,
    webhookId: delivery.webhookId,
    hookId: delivery.hookId,
    eventId: delivery.event.id,
    deliveryId: delivery.deliveryId,
    type: delivery.event.type,
    status: wasMoved ? next.status : 'CANCELLED',
    attempt: row,
    changedAt: endedAt,
  };
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

const insertAttemptRows = new RowStatement(
  {
    id: 'uuid',
    delivery_id: 'uuid',
    number: 'integer',
    started_at: 'bigint',
    duration_ms: 'double precision',
    timing: 'json',
    request: 'json',
    outcome: 'json',
  },
  (rows) => sql`
    insert into attempts (id, delivery_id, number, started_at, duration_ms, timing, request, outcome) ${rows}
    on conflict (id) do nothing`,
  { returning: sql<{ id: string }>`id`, ofRun: whereChanged },
);

/** Answers with the ids of those that were not in the table yet. */
async function insertAttempts({ db }: WriteTransaction, attempts: readonly RecordedAttempt<string>[]): Promise<Set<string>> {
  const inserted = await insertAttemptRows.run(
    db,
    attempts.map((attempt) => ({
      id: attempt.id,
      delivery_id: attempt.deliveryId,
      number: attempt.number,
      started_at: attempt.startedAt,
      duration_ms: attempt.durationMs,
      timing: attempt.timing,
      request: attempt.request,
      outcome: attempt.outcome,
    })),
  );
  return new Set(inserted.map(({ id }) => id));
}

const goesOnWaiting = sql`deliveries.next_attempt_at = ${sql.lit(AFTER_ANOTHER)} and moves.next_attempt_at is not null`;
const moveOpenDeliveries = new RowStatement(
  { id: 'uuid', status: 'text', attempt_count: 'integer', next_attempt_at: 'bigint', updated_at: 'bigint' },
  (rows) => sql`
    with moves (id, status, attempt_count, next_attempt_at, updated_at) as (${rows})
    update deliveries
    set
      status = case when ${goesOnWaiting} then deliveries.status else moves.status end,
      attempt_count = moves.attempt_count,
      next_attempt_at = case when ${goesOnWaiting} then deliveries.next_attempt_at else moves.next_attempt_at end,
      updated_at = moves.updated_at
    from moves
    where deliveries.id = moves.id and deliveries.next_attempt_at is not null`,
  { returning: sql<{ id: string }>`deliveries.id as id`, ofRun: whereChanged },
);

function whereChanged({ id }: Row<{ id: 'uuid' }>, { changes }: Ran): { id: string } | null {
  return changes === 0 ? null : { id: String(id) };
}

/**
 * Moves each delivery that is still open to its next state. Answers with the ids of those it moved.
 * One that was cancelled and opened again while the attempt was on the wire may wait for another by its hook's order: it goes
 * on waiting when the attempt failed, since a second one due in its line would break the rule of `deliveries_head_unique`.
 */
async function moveDeliveries({ db }: WriteTransaction, attempts: readonly AttemptToRecord[]): Promise<Set<string>> {
  const moved = await moveOpenDeliveries.run(
    db,
    attempts.map(({ delivery, number, endedAt, next }) => ({
      id: delivery.deliveryId,
      status: next.status,
      attempt_count: number,
      next_attempt_at: next.nextAttemptAt,
      updated_at: endedAt,
    })),
  );
  return new Set(moved.map(({ id }) => id));
}

async function countAttempts({ db }: WriteTransaction, attempts: readonly AttemptToRecord[]): Promise<void> {
  for (const { delivery, number } of attempts) {
    await db.updateTable('deliveries').set({ attempt_count: number }).where('id', '=', delivery.deliveryId).execute();
  }
}
