import { GraphQLError } from 'graphql';
import type { CallerError, ErrorCode, UnavailableError } from '../errors.js';

/** The statuses of refusals that come before anything is resolved (RFC 9110, section 15). */
const statuses: Partial<Record<ErrorCode, number>> = { UNAUTHENTICATED: 401, FORBIDDEN: 403, OVERLOADED: 503, UNAVAILABLE: 503 };

/** An error of ours as graphql-js and Apollo take it while nothing is resolved yet, with its status of HTTP. */
export function asGraphqlError(error: CallerError | UnavailableError): GraphQLError {
  const { code, message } = error;
  return new GraphQLError(message, { originalError: error, extensions: { code, http: { status: statuses[code] ?? 400 } } });
}
