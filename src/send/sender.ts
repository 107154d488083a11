import type { Clock } from '../clock.js';
import type { Tenure } from '../leadership-board.js';
import { createAccessTokens } from './access-tokens.js';
import type { AddressRules } from './address-rules.js';
import type { AttemptReport, Outgoing, Target } from './attempt.js';
import { createEndpointReader } from './endpoint-address.js';
import { createHttpClient } from './http-client.js';
import { reportOf } from './report.js';
import { sendDelivery } from './send-delivery.js';
import { createTokenRequester } from './token-request.js';

/** Sends deliveries and makes a value of whatever receivers do. */
export interface Sender {
  /** One attempt. Null where its tenure was over before anything was sent. Never rejects for anything outside's doing; see `sendDelivery`. */
  send(outgoing: Outgoing, target: Target, tenure: Tenure): Promise<AttemptReport | null>;
  /** Breaks off the attempts under way, which come out as CONNECTION_FAILED, and closes all connections. */
  close(): Promise<void>;
}

export interface SenderOptions {
  /** Where requests may go, token requests included. */
  rules: AddressRules;
  clock: Clock;
  /** For one whole attempt. */
  attemptTimeoutMs: number;
  /** `Hookgraph/1.2.3` */
  userAgent: string;
  /** Asked right before each request. */
  holds: (tenure: Tenure) => boolean;
}

/** A sender with its own connections and tokens; one is enough for a process. */
export function createSender({ rules, clock, attemptTimeoutMs, userAgent, holds }: SenderOptions): Sender {
  const client = createHttpClient({ rules, clock, timeoutMs: attemptTimeoutMs });
  const requester = createTokenRequester({ rules, clock, userAgent });
  const tokens = createAccessTokens({ clock, requestToken: (credentials) => requester.request(credentials) });
  const means = { clock, client, tokens, readEndpoint: createEndpointReader(rules), attemptTimeoutMs, userAgent };
  return {
    async send(outgoing, target, tenure) {
      const sent = await sendDelivery(means, outgoing, target, () => holds(tenure));
      return sent === null ? null : reportOf(sent);
    },
    async close() {
      requester.close();
      await client.close();
    },
  };
}
