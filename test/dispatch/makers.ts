import type { BacklogKind } from '../../src/dispatch/backlog.js';
import type { HookToServe } from '../../src/dispatch/hook-to-serve.js';
import { Lane } from '../../src/dispatch/lane.js';
import type { HealthColumns } from '../../src/entities/hook-health.js';
import type { OpenDelivery } from '../../src/send/attempt.js';
import type { Outcome } from '../../src/send/outcome.js';
import { makeEvent, makeTarget } from '../send/makers.js';

export const SILENCE: Outcome = { kind: 'TIMED_OUT', message: 'no answer' };

export function answer(status: number): Outcome {
  return { kind: 'RESPONSE_RECEIVED', status, headers: [], body: '', bodyTruncated: false };
}

export function makeHealth(change: Partial<HealthColumns> = {}): HealthColumns {
  return { status: 'ACTIVE', statusChangedAt: 0, disabledReason: null, failingSince: null, warningCount: 0, ...change };
}

export function makeHookToServe(change: Partial<HookToServe> = {}): HookToServe {
  const target = makeTarget('http://127.0.0.1/');
  return { target, inFlightLimit: 16, rateLimit: null, ordering: 'NONE', health: makeHealth(), ...change };
}

export function makeOpenDelivery(deliveryId: string, change: Partial<OpenDelivery> = {}): OpenDelivery {
  return { deliveryId, webhookId: 'w', hookId: 'h', attemptCount: 0, orderingKey: null, event: makeEvent(), ...change };
}

export interface LaneMaking {
  hook?: Partial<HookToServe>;
  /** How many first attempts wait. */
  pending?: number;
  /** How many retries wait. */
  retrying?: number;
  /** Whether its last attempt was answered, was not, or several in a row were not, so that it is probed. */
  receiver?: 'NEW' | 'ANSWERS' | 'SILENT';
}

/** A hook's lane that has been read; its deliveries are called after the hook, the kind and their place. */
export function makeLane(hookId: string, { hook, pending = 0, retrying = 0, receiver = 'NEW' }: LaneMaking = {}): Lane {
  const lane = new Lane(hookId);
  lane.serve(makeHookToServe(hook));
  if (receiver === 'ANSWERS') lane.pace.ended({ outcome: answer(200), startedAt: 0, askedWaitMs: null }, 0);
  if (receiver === 'SILENT') fallSilent(lane);
  lane.pending.queue.push(...deliveriesOf(lane, 'PENDING', pending));
  lane.retrying.queue.push(...deliveriesOf(lane, 'RETRYING', retrying));
  return lane;
}

/** Five attempts in a row without an answer. */
export function fallSilent({ pace }: Pick<Lane, 'pace'>, now = 0): void {
  for (let index = 0; index < 5; index += 1) pace.ended({ outcome: SILENCE, startedAt: now, askedWaitMs: null }, now);
}

function deliveriesOf({ hookId }: Lane, kind: BacklogKind, count: number): OpenDelivery[] {
  const attemptCount = kind === 'PENDING' ? 0 : 1;
  return Array.from({ length: count }, (_, index) => makeOpenDelivery(`${hookId} ${kind} ${index + 1}`, { hookId, attemptCount }));
}
