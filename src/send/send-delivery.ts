import type { Clock } from '../clock.js';
import type { AccessTokens, UsableToken } from './access-tokens.js';
import { AddressRefusedError } from './address-rules.js';
import type { ClientCredentials, Outgoing, SentAttempt, SentRequest, Target, Timing } from './attempt.js';
import { authenticationHeader, hasSecretPart, maskedHeader, secretsBeside } from './authentication-header.js';
import { blankTiming } from './connector.js';
import { startDeadline } from './deadline.js';
import type { EndpointAddress } from './endpoint-address.js';
import { failureOutcome } from './failure-outcome.js';
import { hideToken } from './hide-token.js';
import type { HttpClient } from './http-client.js';
import type { AuthenticationFailed, Header, Outcome } from './outcome.js';
import { refusesToken } from './refused-token.js';
import { requestBodyBytes } from './request-body.js';
import { signatureHeaders } from './signature.js';

/** What sending takes. */
export interface Means {
  clock: Clock;
  client: HttpClient;
  tokens: AccessTokens;
  readEndpoint: (endpoint: string) => EndpointAddress | null;
  attemptTimeoutMs: number;
  userAgent: string;
}

/** What one request came to; an attempt has two when a token is renewed. */
interface Pass {
  outcome: Outcome;
  timing: Timing;
  /** Masked; empty when it did not come to a request. */
  headers: Header[];
  /** What it was sent with; null without authentication, or when it was not sent. */
  token: UsableToken | null;
}

/**
 * One attempt, within `attemptTimeoutMs` from the first look for a token to the end of the answer. Never rejects.
 *
 * With an authentication nothing is ever sent without its header. When the time runs out before there is a token, the outcome
 * is AUTHENTICATION_FAILED rather than TIMED_OUT: it names the side that was slow.
 *
 * `isWanted` is asked right before each request, since there may have been a long wait for a token: where it says no, nothing
 * is sent, and where nothing was sent before either, there was no attempt, which is null.
 */
export async function sendDelivery(means: Means, outgoing: Outgoing, target: Target, isWanted: () => boolean): Promise<SentAttempt | null> {
  const startedAt = means.clock.now();
  const start = performance.now();
  const deadline = startDeadline(means.clock, means.attemptTimeoutMs);
  try {
    const sendNow = () => sendOnce(means, outgoing, target, isWanted, deadline.signal);
    const first = await sendNow();
    if (first === null) return null;
    const second = await renewAndSendAgain(means, target, first, sendNow);
    const { outcome, timing, headers, token } = second ?? first;
    return {
      startedAt,
      durationMs: Math.round(performance.now() - start),
      timing,
      request: { method: target.method, url: target.endpoint, headers, ...scopeOf(token) },
      tokenRenewed: second !== null && second.token !== null,
      outcome,
    };
  } finally {
    deadline.cancel();
  }
}

async function sendOnce(
  means: Means,
  outgoing: Outgoing,
  target: Target,
  isWanted: () => boolean,
  signal: AbortSignal,
): Promise<Pass | null> {
  const address = means.readEndpoint(target.endpoint);
  if (address === null) return withoutRequest(failureOutcome({ code: 'ERR_INVALID_URL' }, means.attemptTimeoutMs));
  if (address.isForbidden) return withoutRequest(failureOutcome(new AddressRefusedError(), means.attemptTimeoutMs));

  const authentication = target.authentication === null ? null : await authenticate(means, target.authentication, signal);
  if (authentication !== null && 'kind' in authentication) return withoutRequest(authentication);

  if (!isWanted()) return null;
  const body = requestBodyBytes(outgoing.event);
  const headers = deliveryHeaders(means, outgoing, target, body);
  const sent = authentication === null ? headers : [...headers, authentication.header];
  const shown = authentication === null ? headers : [...headers, authentication.masked];
  const { origin, path } = address;
  const { outcome, timing } = await means.client.call({ origin, path, method: target.method, headers: sent, body }, signal);
  if (authentication === null) return { outcome, timing, headers: shown, token: null };
  const { token, secrets } = authentication;
  return { outcome: secrets.reduce(hideToken, outcome), timing, headers: shown, token };
}

/** The second request of an attempt whose token the receiver refused, or null when the first stands. */
async function renewAndSendAgain(means: Means, target: Target, first: Pass, sendNow: () => Promise<Pass | null>): Promise<Pass | null> {
  const { outcome, token, timing } = first;
  if (outcome.kind !== 'RESPONSE_RECEIVED' || !refusesToken(outcome) || token === null || target.authentication === null) return null;
  if (!means.tokens.drop(target.authentication, token.token)) return null;
  const second = await sendNow();
  if (second === null) return null;
  if (second.outcome.kind === 'AUTHENTICATION_FAILED') {
    const message = `The receiver answered ${outcome.status}, and there was no new token: ${second.outcome.message}`;
    return { ...first, token: null, outcome: { ...second.outcome, message } };
  }
  // The second request mostly uses the connection that the first has opened.
  const { dnsMs, connectMs, tlsMs, firstByteMs } = second.timing;
  return {
    ...second,
    timing: { dnsMs: dnsMs ?? timing.dnsMs, connectMs: connectMs ?? timing.connectMs, tlsMs: tlsMs ?? timing.tlsMs, firstByteMs },
  };
}

/** What a request is authenticated with. */
interface Credentials {
  token: UsableToken;
  header: Header;
  /** The header as records show it. */
  masked: Header;
  /** What is masked where the receiver repeats it, in this order. */
  secrets: string[];
}

async function authenticate(
  { tokens }: Means,
  credentials: ClientCredentials,
  signal: AbortSignal,
): Promise<AuthenticationFailed | Credentials> {
  const result = await tokens.get(credentials, signal);
  if ('kind' in result) return result;
  const header = authenticationHeader(credentials, result.token);
  if (header !== null) {
    const format = credentials.headerValueFormat;
    // Whole first: what stands beside the token would be left of it.
    const secrets = hasSecretPart(format) ? [header.value, result.token, ...secretsBeside(format)] : [result.token];
    return { token: result, header, masked: maskedHeader(credentials), secrets };
  }
  return { kind: 'AUTHENTICATION_FAILED', message: 'The format of the authentication makes no valid header.', notBefore: null };
}

/** All headers but the authentication's. Signed when sent, not when queued, so that the timestamp is of now. */
function deliveryHeaders({ clock, userAgent }: Means, { deliveryId }: Outgoing, { signingSecret }: Target, body: Buffer): Header[] {
  return [
    { name: 'content-type', value: 'application/json' },
    { name: 'user-agent', value: userAgent },
    // A compressed answer would be stored as it is, or cost what it pleases to unpack.
    { name: 'accept-encoding', value: 'identity' },
    ...signatureHeaders({ id: deliveryId, timestampSeconds: Math.floor(clock.now() / 1000), body, secret: signingSecret }),
  ];
}

/** The scope of the token, where it is not the one that was asked for. */
function scopeOf(token: UsableToken | null): Pick<SentRequest, 'grantedScope'> {
  return token?.grantedScope === undefined ? {} : { grantedScope: token.grantedScope };
}

function withoutRequest(outcome: Outcome): Pass {
  return { outcome, timing: { ...blankTiming(), firstByteMs: null }, headers: [], token: null };
}
