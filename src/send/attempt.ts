import type { Header, Outcome, Verdict } from './outcome.js';

/** The methods a hook may use. */
export type HttpMethod = 'POST' | 'PUT' | 'PATCH';

/** What is sent: one delivery of one event. */
export interface Outgoing {
  deliveryId: string;
  event: OutgoingEvent;
}

export interface OutgoingEvent {
  id: string;
  organizationId: string;
  type: string;
  /** The payload as JSON text, exactly as it was stored when it was accepted. */
  payload: string;
  /** Whether it is only to try a hook out. */
  isTest: boolean;
  /** Milliseconds since the epoch. */
  createdAt: number;
}

/** A delivery with an attempt to come and all that the attempt needs, as it goes from publish or from the table to the dispatcher. */
export interface OpenDelivery extends Outgoing {
  webhookId: string;
  hookId: string;
  /** Attempts made so far. */
  attemptCount: number;
  /** What it shares with those that wait for its end; null where none do. */
  orderingKey: string | null;
}

/** Where it is sent, and as whom: a hook with its webhook's secret and authentication, as they stand now. */
export interface Target {
  hookId: string;
  method: HttpMethod;
  endpoint: string;
  /** `whsec_` and 24 to 64 bytes in base64. */
  signingSecret: string;
  authentication: ClientCredentials | null;
}

/** An OAuth2 client-credentials grant (RFC 6749, section 4.4) and the header its token goes into. */
export interface ClientCredentials {
  id: string;
  /** Rises with each change; a token fetched for an earlier version is never used. */
  version: number;
  /** The token endpoint. */
  endpoint: string;
  clientId: string;
  clientSecret: string;
  /** How the client shows its secret: HTTP Basic, or in the form body. */
  clientAuthentication: 'BASIC' | 'BODY';
  scope: string | null;
  audience: string | null;
  /** What the token is to be used for, each an absolute URI (RFC 8707). */
  resource: readonly string[] | null;
  /** What this token endpoint wants to have beside. */
  extraParameters: readonly ExtraParameter[] | null;
  /** The header's name. */
  headerFormat: string;
  /** The header's value, with `%ACCESS_TOKEN%` where the token goes. */
  headerValueFormat: string;
}

/** A parameter of a token request that no standard knows of. Its value may be a secret. */
export interface ExtraParameter {
  name: string;
  value: string;
}

/** All that is known of one attempt once it is over. */
export interface SentAttempt {
  /** Milliseconds since the epoch. */
  startedAt: number;
  /** From the start to the outcome, the fetching of a token included, in whole milliseconds. */
  durationMs: number;
  timing: Timing;
  request: SentRequest;
  /** Whether the receiver refused the token and the request was sent once more with a new one. */
  tokenRenewed: boolean;
  outcome: Outcome;
}

/** What is told of an attempt to who judges and records it. */
export interface AttemptReport {
  /** As the attempt's. */
  startedAt: number;
  durationMs: number;
  outcome: Verdict;
  stored: StoredTexts;
}

/** The rest of it, in the JSON that is stored. */
export interface StoredTexts {
  timing: string;
  request: string;
  outcome: string;
}

/** Whole milliseconds, each null where it did not happen: a kept-alive connection has no DNS, connect or TLS. */
export interface Timing {
  dnsMs: number | null;
  connectMs: number | null;
  tlsMs: number | null;
  /** From handing the request to the connection to the first byte of the answer. */
  firstByteMs: number | null;
}

/**
 * The request as sent, its credentials masked. The body is not here: it follows from the event (`requestBody`). Without headers
 * where it did not come to a request.
 */
export interface SentRequest {
  method: HttpMethod;
  url: string;
  headers: Header[];
  /** What the token server granted of the scope that was asked for, where that is not all of it. */
  grantedScope?: string;
}
