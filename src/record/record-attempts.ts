import { sql } from 'kysely';
import { toJsonColumn } from '../database/json-column.js';
import type { WriteMany, WriteTransaction } from '../database/writes.js';
import type { OpenDelivery, SentAttempt } from '../send/attempt.js';
import type { RecordedAttempt } from '../watch/change.js';
import type { Feed } from '../watch/feed.js';
import { logChanges } from './log-changes.js';
import type { NextState } from './next-state.js';

/** An attempt with what it makes of its delivery. */
export interface AttemptToRecord {
  id: string;
  delivery: OpenDelivery;
  /** From 1. */
  number: number;
  sent: SentAttempt;
  /** Milliseconds since the epoch. */
  endedAt: number;
  next: NextState;
}

/**
 * Writes many attempts at once. True together in the one transaction: the attempt, its delivery's next state, and the
 * entry in the log. A delivery that was cancelled meanwhile keeps its state; its result is null.
 */
export function recordAttempts(feed: Pick<Feed, 'append'>): WriteMany<AttemptToRecord, NextState | null> {
  return async (tx, attempts) => {
    const recorded = attempts.map(attemptOf);
    await insertAttempts(tx, recorded);
    const moved = await moveDeliveries(tx, attempts);
    const cancelled = attempts.filter(({ delivery }) => !moved.has(delivery.deliveryId));
    await countAttempts(tx, cancelled);
    await logChanges(
      tx,
      feed,
      attempts.map(({ delivery, next, endedAt }, index) => ({
        organizationId: delivery.event.organizationId,
        webhookId: delivery.webhookId,
        hookId: delivery.hookId,
        eventId: delivery.event.id,
        deliveryId: delivery.deliveryId,
        type: delivery.event.type,
        status: moved.has(delivery.deliveryId) ? next.status : 'CANCELLED',
        attempt: recorded[index]!,
        changedAt: endedAt,
      })),
    );
    return attempts.map(({ delivery, next }) => (moved.has(delivery.deliveryId) ? next : null));
  };
}

function attemptOf({ id, delivery, number, sent }: AttemptToRecord): RecordedAttempt {
  const { startedAt, durationMs, timing, request, tokenRenewed, outcome } = sent;
  return { id, deliveryId: delivery.deliveryId, number, startedAt, durationMs, timing, request: { ...request, tokenRenewed }, outcome };
}

async function insertAttempts({ db }: WriteTransaction, attempts: readonly RecordedAttempt[]): Promise<void> {
  await db
    .insertInto('attempts')
    .values(
      attempts.map((attempt) => ({
        id: attempt.id,
        delivery_id: attempt.deliveryId,
        number: attempt.number,
        started_at: attempt.startedAt,
        duration_ms: attempt.durationMs,
        timing: toJsonColumn(attempt.timing),
        request: toJsonColumn(attempt.request),
        outcome: toJsonColumn(attempt.outcome),
      })),
    )
    .execute();
}

/** Moves each delivery that is still open to its next state, all in one statement. Answers with the ids of those it moved. */
async function moveDeliveries({ db }: WriteTransaction, attempts: readonly AttemptToRecord[]): Promise<Set<string>> {
  const rows = attempts.map(
    ({ delivery, number, endedAt, next }) => sql`(${delivery.deliveryId}, ${next.status}, ${number}, ${next.nextAttemptAt}, ${endedAt})`,
  );
  const moved = await sql<{ id: string }>`
    with moves (id, status, attempt_count, next_attempt_at, updated_at) as (values ${sql.join(rows)})
    update deliveries
    set status = moves.status, attempt_count = moves.attempt_count, next_attempt_at = moves.next_attempt_at, updated_at = moves.updated_at
    from moves
    where deliveries.id = moves.id and deliveries.next_attempt_at is not null
    returning deliveries.id as id`.execute(db);
  return new Set(moved.rows.map(({ id }) => id));
}

async function countAttempts({ db }: WriteTransaction, attempts: readonly AttemptToRecord[]): Promise<void> {
  for (const { delivery, number } of attempts) {
    await db.updateTable('deliveries').set({ attempt_count: number }).where('id', '=', delivery.deliveryId).execute();
  }
}
