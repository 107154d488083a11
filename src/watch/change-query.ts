import { isFinal } from '../entities/delivery.js';
import type { Change } from './change.js';

/** Which changes a subscriber wants: those of one organization that fit all that is given. */
export interface ChangeQuery {
  organizationId: string;
  webhookId?: string | null | undefined;
  hookId?: string | null | undefined;
  eventId?: string | null | undefined;
  types?: readonly string[] | null | undefined;
  /** Those that an attempt made, those that made a delivery final, or all. */
  kind: 'ATTEMPTS' | 'RESULTS' | 'ALL';
}

export function fits({ webhookId, hookId, eventId, types, kind }: ChangeQuery, change: Change): boolean {
  return (
    (webhookId == null || change.webhookId === webhookId) &&
    (hookId == null || change.hookId === hookId) &&
    (eventId == null || change.eventId === eventId) &&
    (types == null || types.includes(change.type)) &&
    (kind === 'ALL' || (kind === 'ATTEMPTS' ? change.attempt !== null : isResult(change)))
  );
}

/**
 * Whether a change made its delivery final. An attempt that was on the wire when its delivery was cancelled is logged
 * with that status too, but the cancellation has been told already.
 */
function isResult({ status, attempt }: Change): boolean {
  return isFinal(status) && !(status === 'CANCELLED' && attempt !== null);
}
