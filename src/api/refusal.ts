import { HeaderMap } from '@apollo/server';
import type { FastifyReply } from 'fastify';
import { GraphQLError } from 'graphql';
import type { CallerError, ErrorCode, UnavailableError } from '../errors.js';

/** The statuses of refusals that come before anything is resolved (RFC 9110, section 15). */
const statuses: Partial<Record<ErrorCode, number>> = {
  UNAUTHENTICATED: 401,
  FORBIDDEN: 403,
  REQUEST_TIMEOUT: 408,
  PAYLOAD_TOO_LARGE: 413,
  RATE_LIMITED: 429,
  OVERLOADED: 503,
  UNAVAILABLE: 503,
};

function statusOf({ code }: CallerError | UnavailableError): number {
  return statuses[code] ?? 400;
}

/** An error of ours as graphql-js and Apollo take it while nothing is resolved yet, with its status of HTTP. */
export function asGraphqlError(error: CallerError | UnavailableError): GraphQLError {
  const { code, message, retryAfterMs } = error;
  const headers = new HeaderMap();
  if (retryAfterMs !== undefined) headers.set('retry-after', secondsOf(retryAfterMs));
  const head = { status: statusOf(error), headers };
  // Apollo wants its own map of headers here, which the types of another package know nothing of.
  const extensions = { code, http: head as { status: number } };
  return new GraphQLError(message, { originalError: error, extensions });
}

/** Answers a request that does not come as far as GraphQL, in the form of every other error. */
export function refuse(reply: FastifyReply, error: CallerError | UnavailableError): void {
  const { code, message, retryAfterMs } = error;
  if (retryAfterMs !== undefined) void reply.header('retry-after', secondsOf(retryAfterMs));
  const extensions = retryAfterMs === undefined ? { code } : { code, retryAfterMs };
  void reply.code(statusOf(error)).send({ errors: [{ message, extensions }] });
}

/** As `Retry-After` has it (RFC 9110, section 10.2.3). */
export function secondsOf(ms: number): string {
  return String(Math.ceil(ms / 1000));
}
