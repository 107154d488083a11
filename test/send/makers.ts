import type { Tenure } from '../../src/leadership-board.js';
import { createAddressRules } from '../../src/send/address-rules.js';
import type { ClientCredentials, Outgoing, OutgoingEvent, SentAttempt, Target } from '../../src/send/attempt.js';
import { createSender } from '../../src/send/sender.js';
import { sentOf } from '../support/attempt-report.js';
import { ManualClock } from '../support/manual-clock.js';

/** The secret of the Standard Webhooks specification's example. */
export const SIGNING_SECRET = 'whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw';

export const ATTEMPT_TIMEOUT_MS = 15_000;

export const loopbackAllowed = createAddressRules(['127.0.0.0/8']);

export function makeEvent(change: Partial<OutgoingEvent> = {}): OutgoingEvent {
  return {
    id: 'evt_1',
    organizationId: 'org_1',
    type: 'order.paid',
    payload: '{"amount":12}',
    isTest: false,
    createdAt: Date.UTC(2026, 0, 1, 11, 59, 59, 7),
    ...change,
  };
}

export function makeOutgoing(change: Partial<Outgoing> = {}): Outgoing {
  return { deliveryId: 'dlv_1', event: makeEvent(), ...change };
}

export function makeTarget(endpoint: string, change: Partial<Target> = {}): Target {
  return { hookId: 'hook_1', method: 'POST', endpoint, signingSecret: SIGNING_SECRET, authentication: null, ...change };
}

export function makeCredentials(endpoint: string, change: Partial<ClientCredentials> = {}): ClientCredentials {
  return {
    id: 'auth_1',
    version: 1,
    endpoint,
    clientId: 'client',
    clientSecret: 'client-secret',
    clientAuthentication: 'BASIC',
    scope: null,
    audience: null,
    resource: null,
    extraParameters: null,
    headerFormat: 'Authorization',
    headerValueFormat: 'Bearer %ACCESS_TOKEN%',
    ...change,
  };
}

export interface StartedSender extends AsyncDisposable {
  readonly clock: ManualClock;
  /** One attempt that is wanted. */
  send(outgoing: Outgoing, target: Target): Promise<SentAttempt>;
  /** One attempt, where `isWanted` says so right before each request. */
  sendIf(outgoing: Outgoing, target: Target, isWanted: () => boolean): Promise<SentAttempt | null>;
  close(): Promise<void>;
}

export function makeTenure(change: Partial<Tenure> = {}): Tenure {
  return { shard: 5, epoch: 1, ...change };
}

/** A sender that may talk to 127.0.0.1, on a clock of its own. Closes itself at the end of the scope. */
export function startSender(rules = loopbackAllowed, attemptTimeoutMs = ATTEMPT_TIMEOUT_MS): StartedSender {
  const clock = new ManualClock();
  const wanted = new Map<Tenure, () => boolean>();
  const holds = (tenure: Tenure) => wanted.get(tenure)?.() ?? true;
  const sender = createSender({ rules, clock, attemptTimeoutMs, userAgent: 'Hookgraph/0.0.0', holds });
  return {
    async sendIf(outgoing, target, isWanted) {
      const tenure = makeTenure();
      wanted.set(tenure, isWanted);
      const report = await sender.send(outgoing, target, tenure);
      return report && sentOf(report);
    },
    send: async (outgoing, target) => sentOf((await sender.send(outgoing, target, makeTenure()))!),
    close: () => sender.close(),
    clock,
    [Symbol.asyncDispose]: () => sender.close(),
  };
}
