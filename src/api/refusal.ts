import { HeaderMap } from '@apollo/server';
import { GraphQLError } from 'graphql';
import type { CallerError, ErrorCode, UnavailableError } from '../errors.js';
import { secondsOf } from './limits/admission.js';

/** The statuses of refusals that come before anything is resolved (RFC 9110, section 15). */
const statuses: Partial<Record<ErrorCode, number>> = {
  UNAUTHENTICATED: 401,
  FORBIDDEN: 403,
  RATE_LIMITED: 429,
  OVERLOADED: 503,
  UNAVAILABLE: 503,
};

/** An error of ours as graphql-js and Apollo take it while nothing is resolved yet, with its status of HTTP. */
export function asGraphqlError(error: CallerError | UnavailableError): GraphQLError {
  const { code, message, retryAfterMs } = error;
  const headers = new HeaderMap();
  if (retryAfterMs !== undefined) headers.set('retry-after', secondsOf(retryAfterMs));
  const head = { status: statuses[code] ?? 400, headers };
  // Apollo wants its own map of headers here, which the types of another package know nothing of.
  const extensions = { code, http: head as { status: number } };
  return new GraphQLError(message, { originalError: error, extensions });
}
