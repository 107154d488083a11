import type { FastifyInstance } from 'fastify';
import { CallerError, describe, UnavailableError } from '../errors.js';
import { messageOfFault } from './format-error.js';
import { GRAPHQL_PATH } from './graphql-path.js';
import { refuse } from './refusal.js';
import type { RequestFailures } from './request-failures.js';

/** What is at no path of ours, or comes by another method, is refused in the form of every other error. */
export function answerElsewhere(app: FastifyInstance): void {
  app.setNotFoundHandler(({ method, url }, reply) => {
    const isGraphql = url.split('?')[0] === GRAPHQL_PATH;
    if (isGraphql) reply.header('allow', 'GET, POST');
    const message = isGraphql
      ? `${GRAPHQL_PATH} takes POST, and GET for queries: received ${method}.`
      : `There is nothing at ${describe(url)}: expected ${GRAPHQL_PATH} or /health.`;
    const code = isGraphql ? 'BAD_REQUEST' : 'NOT_FOUND';
    return reply.code(isGraphql ? 405 : 404).send({ errors: [{ message, extensions: { code } }] });
  });
}

/** A body that can't be read is refused in the form of every other error. */
export function answerRefusedBodies(app: FastifyInstance, failures: RequestFailures): void {
  app.setErrorHandler((error: Error & { code?: string; statusCode?: number }, { id: requestId, headers }, reply) => {
    if (error instanceof CallerError || error instanceof UnavailableError) return refuse(reply, error);
    const status = error.statusCode ?? 500;
    if (status >= 500) {
      failures.broken(error, { requestId });
      const extensions = { code: 'INTERNAL_SERVER_ERROR', requestId };
      return reply.code(status).send({ errors: [{ message: messageOfFault(requestId), extensions }] });
    }
    const message = refusalOf(error, headers['content-type']);
    return reply.code(status).send({ errors: [{ message, extensions: { code: 'BAD_USER_INPUT' } }] });
  });
}

function refusalOf({ code, message }: Error & { code?: string }, contentType: string | undefined): string {
  switch (code) {
    case 'FST_ERR_CTP_INVALID_MEDIA_TYPE':
      return `The header Content-Type: expected application/json, received ${describe(contentType)}.`;
    default:
      return message;
  }
}
