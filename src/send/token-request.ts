import got from 'got';
import {
  allowInsecureRequests,
  clientCredentialsGrantRequest,
  ClientSecretPost,
  customFetch,
  type CustomFetchOptions,
} from 'oauth4webapi';
import type { Clock } from '../clock.js';
import { AddressRefusedError, type AddressRules } from './address-rules.js';
import type { ClientCredentials } from './attempt.js';
import { clientSecretBasic } from './client-secret-basic.js';
import { startDeadline } from './deadline.js';
import { errorCode } from './failure-outcome.js';
import { createGuardedAgents } from './guarded-agents.js';
import { readTokenAnswer, type TokenAnswer } from './token-answer.js';

/** A token server has as long as this, whatever time the attempts that wait for it have. */
export const TOKEN_TIMEOUT_MS = 10_000;

/** The longest answer of a token server that is read. */
const ANSWER_LIMIT_BYTES = 64 * 1024;

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

/** A requester on got. oauth4webapi makes the request; we read the answer, because its errors carry the body, secrets included. */
export function createTokenRequester({ rules, clock, userAgent }: TokenRequesterOptions): TokenRequester {
  const agents = createGuardedAgents(rules);

  async function post(url: string, { headers, body, signal }: CustomFetchOptions<'POST', URLSearchParams>): Promise<TokenAnswer> {
    const stream = got.stream.post(url, {
      headers: { ...headers, 'user-agent': userAgent, 'accept-encoding': 'identity' },
      body: body.toString(),
      signal,
      agent: { http: agents.http, https: agents.https },
      retry: { limit: 0 },
      followRedirect: false,
      throwHttpErrors: false,
      // got has no limit on what a small compressed answer grows to.
      decompress: false,
      timeout: { request: TOKEN_TIMEOUT_MS },
    });
    let status = 0;
    stream.once('response', (response: { statusCode: number }) => (status = response.statusCode));
    // The loop below reports errors; one after its end would otherwise be nobody's and stop the process.
    stream.on('error', () => {});
    const chunks: Buffer[] = [];
    let bytes = 0;
    for await (const chunk of stream as AsyncIterable<Buffer>) {
      bytes += chunk.length;
      // Leaving the loop destroys the stream and its connection.
      if (bytes > ANSWER_LIMIT_BYTES) return { failure: 'The answer of the token server is longer than 64 KiB.' };
      chunks.push(chunk);
    }
    return readTokenAnswer(status, Buffer.concat(chunks).toString('utf8'));
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
              answer = await post(url, options);
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
    close: () => agents.close(),
  };
}

function grantParameters({ scope, audience }: ClientCredentials): Record<string, string> {
  return { ...(scope === null ? {} : { scope }), ...(audience === null ? {} : { audience }) };
}

/** Never the error's own text: it may hold what was sent. */
function sentenceFor(error: unknown, signal: AbortSignal): string {
  if (isRefusal(error)) return 'The address of the token endpoint is not allowed.';
  const code = errorCode(error);
  if (signal.aborted || code === 'ETIMEDOUT') return `The token server did not answer within ${TOKEN_TIMEOUT_MS} ms.`;
  return `The token server could not be asked (${code}).`;
}

function isRefusal(error: unknown): boolean {
  return error instanceof AddressRefusedError || (error instanceof Error && error.cause !== undefined && isRefusal(error.cause));
}
