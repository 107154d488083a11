import type { StoredStatus } from '../entities/delivery.js';
import type { SentRequest, Timing } from '../send/attempt.js';
import type { Outcome } from '../send/outcome.js';

/** An attempt as it stands in the table, with the names of the entity's properties. */
export interface RecordedAttempt {
  id: string;
  deliveryId: string;
  /** From 1. */
  number: number;
  startedAt: number;
  durationMs: number;
  timing: Timing;
  request: SentRequest & { tokenRenewed: boolean };
  outcome: Outcome;
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
