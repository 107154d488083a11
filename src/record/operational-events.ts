import type { WriteTransaction } from '../database/writes.js';
import { isoTime } from '../iso-time.js';
import { isOperational, type OperationalEvent } from '../operational-types.js';
import type { AttemptToRecord } from './record-attempts.js';

/** Publishes them in the transaction that writes what they tell of. */
export type PublishOperational = (tx: WriteTransaction, events: readonly OperationalEvent[]) => Promise<void>;

/**
 * What is to be published of recorded attempts: deliveries that have failed for good, and changes of hooks' health. What
 * happens to the server's own events causes none: a failing hook that is told of failing hooks would keep itself busy.
 */
export function operationalEventsOf(failed: readonly AttemptToRecord[], told: readonly AttemptToRecord[]): OperationalEvent[] {
  const isOfOthers = ({ delivery }: AttemptToRecord) => !isOperational(delivery.event.type);
  return [...failed.filter(isOfOthers).map(failureEventOf), ...told.filter(isOfOthers).map(healthEventOf)];
}

function failureEventOf({ delivery, number, endedAt }: AttemptToRecord): OperationalEvent {
  const { deliveryId, webhookId, hookId, event } = delivery;
  const payload = {
    deliveryId,
    eventId: event.id,
    webhookId,
    hookId,
    type: event.type,
    attemptCount: number,
    failedAt: isoTime(endedAt),
  };
  return { organizationId: event.organizationId, type: 'delivery_failed', payload, publishedAt: endedAt };
}

function healthEventOf({ health, delivery, endedAt }: AttemptToRecord): OperationalEvent {
  const { before, after, told } = health!;
  const { webhookId, hookId, event } = delivery;
  const about = { webhookId, hookId, type: event.type };
  const at = { organizationId: event.organizationId, publishedAt: endedAt };
  switch (told!.status) {
    case 'DISABLED':
      return { ...at, type: 'hook_disabled', payload: { ...about, reason: after.disabledReason, disabledAt: isoTime(endedAt) } };
    case 'FAILING': {
      const warning = { failingSince: isoTime(told!.since!), disablesAt: isoTime(told!.disablesAt!), warning: after.warningCount };
      return { ...at, type: 'hook_failing', payload: { ...about, ...warning } };
    }
    default: {
      const recovery = { failedSince: isoTime(before.failingSince!), recoveredAt: isoTime(endedAt) };
      return { ...at, type: 'hook_recovered', payload: { ...about, ...recovery } };
    }
  }
}
