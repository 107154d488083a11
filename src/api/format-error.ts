import { unwrapResolverError } from '@apollo/server/errors';
import { GraphQLError, type GraphQLFormattedError } from 'graphql';
import { CallerError } from '../errors.js';
import type { Log } from '../log.js';

/** Turns an error into what a caller may see. The same over HTTP and WebSocket. */
export type FormatError = (formatted: GraphQLFormattedError, error: unknown, requestId?: string) => GraphQLFormattedError;

/** The codes of Apollo for requests that are not well formed; their messages speak of the request alone. */
const REQUEST_CODES = new Set([
  'BAD_REQUEST',
  'BAD_USER_INPUT',
  'GRAPHQL_PARSE_FAILED',
  'GRAPHQL_VALIDATION_FAILED',
  'OPERATION_RESOLUTION_FAILURE',
  'UNAUTHENTICATED',
]);

/** What a caller did wrong is told as it is; anything else is logged with its cause and masked. */
export function errorFormatter(log: Log): FormatError {
  return (formatted, error, requestId) => {
    const cause = unwrapResolverError(error);
    if (cause instanceof CallerError) {
      const { code, faults, message } = cause;
      return { ...formatted, message, extensions: { code, ...(faults.length === 0 ? {} : { faults }) } };
    }
    const code = codeOf(formatted, cause);
    if (code !== undefined) return { ...formatted, message: withoutValues(formatted.message), extensions: { code } };

    log.error({ err: cause, path: formatted.path, requestId }, 'request.broken');
    const reference = requestId === undefined ? '' : ` It is in the log as ${requestId}.`;
    return {
      ...formatted,
      message: `Something went wrong on the server's side.${reference}`,
      extensions: { code: 'INTERNAL_SERVER_ERROR' },
    };
  };
}

function codeOf(formatted: GraphQLFormattedError, cause: unknown): string | undefined {
  const code = formatted.extensions?.code;
  if (typeof code === 'string' && REQUEST_CODES.has(code)) return code;
  // graphql-js's own errors have no code where Apollo is not in between, which is so on the socket.
  return cause instanceof GraphQLError && cause.originalError == null ? 'GRAPHQL_VALIDATION_FAILED' : undefined;
}

/** graphql-js repeats a variable's value when it is of the wrong type, and it may be a secret. */
function withoutValues(message: string): string {
  return message
    .replace(/^(Variable "\$\w+" got invalid value) .* (at "[^"]+"; )/s, '$1 $2')
    .replace(/^(Variable "\$\w+" got invalid value) .*?; /s, '$1; ')
    .replace(/(cannot represent (?:a |an )?[\w -]+): .*$/s, '$1.');
}
