import { randomUUID } from 'node:crypto';
import { unwrapResolverError } from '@apollo/server/errors';
import { GraphQLError, type GraphQLFormattedError } from 'graphql';
import { storageFaultOf, unreadable } from '../database/storage-fault.js';
import { CallerError, UnavailableError } from '../errors.js';
import { tooManyWords, tooNested } from './limits/document-limits.js';
import type { RequestFailures } from './request-failures.js';

/**
 * Turns an error into what a caller may see. The same over HTTP and WebSocket. What is in the log is named by the id of the
 * request; where none is known, by one made for it.
 */
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

/** What Apollo says of requests in words of its own insides, by how it begins, and what we say instead. */
const words: ReadonlyArray<[begin: string, message: string]> = [
  [
    'This operation has been blocked as a potential Cross-Site Request Forgery',
    'Expected a POST with the header "Content-Type: application/json", or a GET with "Apollo-Require-Preflight: yes": a page of another ' +
      'site could make a browser send what came.',
  ],
  ['POST body missing', 'The body has no operation: expected a JSON object with a "query".'],
  ['Operation batching disabled', 'The body is a list: expected one operation, a JSON object with a "query".'],
  ['GraphQL introspection is not allowed', 'The schema may not be asked for at this server (INTROSPECTION=false).'],
];

function inOurWords(message: string): string {
  return words.find(([begin]) => message.startsWith(begin))?.[1] ?? message;
}

/** Why a text was not read to its end, which is no error of syntax: the parser says so, or ran out of stack before it could. */
function unreadOf({ message, extensions }: GraphQLFormattedError): CallerError | undefined {
  if (/^Syntax Error: Document contains more that \d+ tokens/.test(message)) return tooManyWords;
  return extensions?.code === 'GRAPHQL_PARSE_FAILED' && message === 'Maximum call stack size exceeded' ? tooNested : undefined;
}

/**
 * What a caller did wrong is told as it is, and so is that the server can't at the moment: of writes the log says so once for
 * all, of reads as they fail. Anything else is logged with its cause and masked. `hidesSchema` says whether callers may not know the schema.
 */
export function errorFormatter(failures: RequestFailures, { hidesSchema = false } = {}): FormatError {
  return (formatted, error, requestId = randomUUID()) => {
    const cause = causeOf(error);
    if (cause instanceof CallerError || cause instanceof UnavailableError) {
      const { code, message, retryAfterMs } = cause;
      const { faults = [], details = {} } = cause instanceof CallerError ? cause : {};
      const extensions = {
        ...details,
        code,
        ...(faults.length === 0 ? {} : { faults }),
        ...(retryAfterMs === undefined ? {} : { retryAfterMs }),
      };
      return { ...formatted, message, extensions };
    }

    const fault = storageFaultOf(cause);
    if (fault !== undefined) {
      failures.unread(cause, { path: formatted.path, requestId });
      const { message, code } = unreadable(fault);
      return { ...formatted, message, extensions: { code, requestId } };
    }

    const unread = unreadOf(formatted);
    if (unread !== undefined) return { ...formatted, message: unread.message, extensions: { code: unread.code } };

    const code = codeOf(formatted, error, cause);
    if (code !== undefined) {
      const message = shortened(inOurWords(messageWithoutValues(formatted.message, cause)));
      return { ...formatted, message: hidesSchema ? withoutSuggestions(message) : message, extensions: { code } };
    }

    failures.broken(cause, { path: formatted.path, requestId });
    return { ...formatted, message: messageOfFault(requestId), extensions: { code: 'INTERNAL_SERVER_ERROR', requestId } };
  };
}

/** The most of a request that an error repeats, in characters. */
const ECHO_LIMIT = 200;

/** A message in which no quoted text, name or number of the request is longer than the limit. */
function shortened(message: string): string {
  if (message.length <= ECHO_LIMIT) return message;
  const cut = (text: string) => `${text.slice(0, ECHO_LIMIT)}…`;
  return message.replace(/(?<=")[^"]{201,}/g, cut).replace(/[^\s"]{201,}/g, cut);
}

/** What a caller is told of a fault of ours. */
export function messageOfFault(requestId: string): string {
  return `Something went wrong on the server's side. It is in the log as ${requestId}.`;
}

/** What a resolver threw, or what a caller did wrong before any resolver ran. */
function causeOf(error: unknown): unknown {
  const original = error instanceof GraphQLError ? error.originalError : undefined;
  return original instanceof CallerError || original instanceof UnavailableError ? original : unwrapResolverError(error);
}

function codeOf(formatted: GraphQLFormattedError, error: unknown, cause: unknown): string | undefined {
  const code = formatted.extensions?.code;
  if (typeof code === 'string' && REQUEST_CODES.has(code)) return code;
  if (!isRequestError(error, cause)) return undefined;
  if (formatted.message.startsWith('Syntax Error')) return 'GRAPHQL_PARSE_FAILED';
  return /^Variable "\$\w+" (?:got invalid value|of (?:required|non-null) type)/.test(formatted.message)
    ? 'BAD_USER_INPUT'
    : 'GRAPHQL_VALIDATION_FAILED';
}

/**
 * Whether graphql-js says that the request is wrong; its own errors have no code where Apollo is not in between, as on the
 * socket. What breaks while a field is read has a path; an argument that a variable made wrong has one too, but points
 * into the query.
 */
function isRequestError(error: unknown, cause: unknown): boolean {
  if (!(error instanceof GraphQLError) || !(cause instanceof GraphQLError)) return false;
  return error.path === undefined ? cause.originalError == null || cause.originalError instanceof GraphQLError : cause.nodes !== undefined;
}

/** What a wrong name may have been meant for, and the values that an enum has, by which the schema could be found out name by name. */
function withoutSuggestions(message: string): string {
  return message.replace(/ (?:Did you mean [^?]*\?|Expected one of [^.]*\.)/g, '');
}

/** graphql-js repeats values that are of the wrong type, and one may be a secret or hold one. */
function messageWithoutValues(message: string, cause: unknown): string {
  const [start] = /^Variable "\$\w+" got invalid value /.exec(message) ?? [];
  const reason = cause instanceof GraphQLError ? cause.originalError?.message : undefined;
  if (start === undefined || reason === undefined || !message.endsWith(`; ${reason}`)) return reasonWithoutValue(message);

  const value = message.slice(start.length, -`; ${reason}`.length);
  const [place = ''] = / at "[^"]+"$/.exec(value) ?? [];
  return `${start.trimEnd()}${place}; ${reasonWithoutValue(reason)}`;
}

function reasonWithoutValue(reason: string): string {
  return reason
    .replace(/^(Variable "\$\w+" got invalid value) .*$/s, '$1.')
    .replace(/^(Argument "\w+" has invalid value) .*$/s, '$1.')
    .replace(/^(DateTime) cannot represent .*$/s, '$1: expected an instant with its zone, such as "2030-01-01T00:00:00Z".')
    .replace(/(cannot represent [\w -]+): .*?( Expected one of [^.]*\.)?$/s, '$1.$2')
    .replace(/^(Expected value of type "[^"]+"), found .*$/s, '$1, found another.');
}
