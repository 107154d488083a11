import type { AttemptToRecord, Recorded } from '../record/record-attempts.js';

/** The one log line of an attempt, with all its facts. */
export function attemptFacts({ delivery, number, report, next: planned }: AttemptToRecord, { next }: Recorded) {
  const { outcome, durationMs } = report;
  return {
    organizationId: delivery.event.organizationId,
    webhookId: delivery.webhookId,
    hookId: delivery.hookId,
    eventId: delivery.event.id,
    deliveryId: delivery.deliveryId,
    type: delivery.event.type,
    number,
    durationMs: Math.round(durationMs),
    outcome: outcome.kind,
    httpStatus: outcome.kind === 'RESPONSE_RECEIVED' ? outcome.status : undefined,
    status: next?.status ?? 'CANCELLED',
    nextAttemptAt: next === null ? undefined : planned.nextAttemptAt,
  };
}
