import { fromJsonColumn } from '../database/json-column.js';
import type { StoredStatus } from '../entities/delivery.js';
import type { SentRequest, Timing } from '../send/attempt.js';
import type { Outcome } from '../send/outcome.js';

/**
 * An attempt as it stands in the table, with the names of the entity's properties. Its JSON columns are texts, which are read where somebody is told
 * of it (`readAttempt`), or what a driver has read of them already.
 */
export interface RecordedAttempt<Json = unknown> {
  id: string;
  deliveryId: string;
  /** From 1. */
  number: number;
  startedAt: number;
  durationMs: number;
  timing: Json;
  request: Json;
  outcome: Json;
}

/** With its JSON columns read. */
export interface ReadAttempt extends RecordedAttempt {
  timing: Timing;
  request: SentRequest & { tokenRenewed: boolean };
  outcome: Outcome;
}

export function readAttempt(attempt: RecordedAttempt): ReadAttempt {
  const { timing, request, outcome } = attempt as ReadAttempt;
  return { ...attempt, timing: fromJsonColumn(timing), request: fromJsonColumn(request), outcome: fromJsonColumn(outcome) };
}

/** One entry of the log: a delivery's state changed. */
export interface Change {
  /** Its place in the order of commits; a cursor stands for it. */
  sequence: number;
  organizationId: string;
  webhookId: string;
  hookId: string;
  eventId: string;
  deliveryId: string;
  /** The event type. */
  type: string;
  /** The delivery's status after the change. */
  status: StoredStatus;
  /** The attempt that made the change; null where none did, as in a cancellation. */
  attempt: RecordedAttempt | null;
  /** Milliseconds since the epoch. */
  changedAt: number;
}
