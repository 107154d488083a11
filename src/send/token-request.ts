import type { IncomingHttpHeaders } from 'node:http';
import { allowInsecureRequests, clientCredentialsGrantRequest, ClientSecretPost, customFetch, type CustomFetchOptions } from 'oauth4webapi';
import type { Clock } from '../clock.js';
import { AddressRefusedError, type AddressRules } from './address-rules.js';
import type { ClientCredentials } from './attempt.js';
import { clientSecretBasic } from './client-secret-basic.js';
import { startDeadline } from './deadline.js';
import { decompressBody } from './decompress-body.js';
import { errorCode, wantsClientCertificate } from './failure-outcome.js';
import { createFormClient } from './form-client.js';
import { retryAfterMs } from './retry-after.js';
import { readTokenAnswer, type TokenAnswer } from './token-answer.js';

/** A token server has as long as this, whatever time the attempts that wait for it have. */
export const TOKEN_TIMEOUT_MS = 10_000;

/** The longest answer of a token server that is read, and the longest that a compressed one may grow to. */
const ANSWER_LIMIT_BYTES = 64 * 1024;

const tooLong: TokenAnswer = { failure: 'The answer of the token server is longer than 64 KiB.' };

/** Asks token servers. */
export interface TokenRequester {
  /** One client-credentials grant, asked for once. Never rejects. */
  request(credentials: ClientCredentials): Promise<TokenAnswer>;
  /** Closes all connections. */
  close(): void;
}

export interface TokenRequesterOptions {
  rules: AddressRules;
  clock: Clock;
  userAgent: string;
}

/** A requester. oauth4webapi makes the request; we read the answer, because its errors carry the body, secrets included. */
export function createTokenRequester({ rules, clock, userAgent }: TokenRequesterOptions): TokenRequester {
  const client = createFormClient({ rules, clock, timeoutMs: TOKEN_TIMEOUT_MS, limitBytes: ANSWER_LIMIT_BYTES });

  async function post(
    url: string,
    { headers, body, signal }: CustomFetchOptions<'POST', URLSearchParams>,
    askedScope: string | null,
  ): Promise<TokenAnswer> {
    const request = { url, headers: { ...headers, 'user-agent': userAgent }, body: body.toString() };
    const { status, headers: ofAnswer, body: compressed } = await client.post(request, signal!);
    if (compressed === null) return tooLong;
    const { bytes, end } = await decompressBody(compressed, ofAnswer['content-encoding'] ?? '', ANSWER_LIMIT_BYTES);
    if (end === 'TOO_LONG') return tooLong;
    // Of what can't be decompressed the status counts all the same. The decoder drops a byte order mark.
    const text = end === 'WHOLE' ? new TextDecoder().decode(bytes) : '';
    const answer = readTokenAnswer(status, text, askedScope);
    return 'failure' in answer ? { ...answer, retryAfterMs: askedWaitMs(ofAnswer, clock.now()) } : answer;
  }

  return {
    async request(credentials) {
      const deadline = startDeadline(clock, TOKEN_TIMEOUT_MS);
      let answer: TokenAnswer = { failure: 'The token request could not be made.' };
      try {
        await clientCredentialsGrantRequest(
          { issuer: credentials.endpoint, token_endpoint: credentials.endpoint },
          { client_id: credentials.clientId },
          credentials.clientAuthentication === 'BASIC'
            ? clientSecretBasic(credentials.clientSecret)
            : ClientSecretPost(credentials.clientSecret),
          grantParameters(credentials),
          {
            [allowInsecureRequests]: true,
            [customFetch]: async (url, options) => {
              answer = await post(url, options, credentials.scope);
              return new Response(null);
            },
            signal: deadline.signal,
          },
        );
        return answer;
      } catch (error) {
        return { failure: sentenceFor(error, deadline.signal) };
      } finally {
        deadline.cancel();
      }
    },
    close: () => client.close(),
  };
}

function grantParameters({ scope, audience, resource, extraParameters }: ClientCredentials): URLSearchParams {
  const parameters = new URLSearchParams();
  for (const { name, value } of extraParameters ?? []) parameters.append(name, value);
  if (scope !== null) parameters.set('scope', scope);
  if (audience !== null) parameters.set('audience', audience);
  for (const uri of resource ?? []) parameters.append('resource', uri);
  return parameters;
}

function askedWaitMs(headers: IncomingHttpHeaders, now: number): number | null {
  const value = headers['retry-after'];
  return value === undefined ? null : retryAfterMs([{ name: 'retry-after', value }], now);
}

/** Never the error's own text: it may hold what was sent. */
function sentenceFor(error: unknown, signal: AbortSignal): string {
  if (isRefusal(error)) return 'The address of the token endpoint is not allowed.';
  const code = errorCode(error);
  if (code === 'ANSWER_TOO_LONG') return 'The answer of the token server had no end within 256 KiB.';
  if (signal.aborted || code === 'ETIMEDOUT') return `The token server did not answer within ${TOKEN_TIMEOUT_MS} ms.`;
  if (wantsClientCertificate(code)) return 'The token server wants a client certificate, which this server does not have.';
  return `The token server could not be asked (${code}).`;
}

function isRefusal(error: unknown): boolean {
  return error instanceof AddressRefusedError || (error instanceof Error && error.cause !== undefined && isRefusal(error.cause));
}
