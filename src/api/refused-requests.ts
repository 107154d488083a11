import type { FastifyInstance } from 'fastify';
import { CallerError, describe, UnavailableError } from '../errors.js';
import { messageOfFault } from './format-error.js';
import { GRAPHQL_PATH } from './graphql-path.js';
import { refuse } from './refusal.js';
import type { RequestFailures } from './request-failures.js';

/** What each path of ours takes. */
const METHODS: Readonly<Record<string, string>> = {
  '/': 'GET, HEAD',
  '/health': 'GET, HEAD',
  [GRAPHQL_PATH]: 'GET, POST',
};

/** What is at no path of ours, or comes by another method, is refused in the form of every other error. OPTIONS is answered. */
export function answerElsewhere(app: FastifyInstance): void {
  app.setNotFoundHandler(({ method, url }, reply) => {
    const path = url.split('?')[0]!;
    const allowed = METHODS[path];
    if (allowed === undefined) {
      const message = `There is nothing at ${describe(url)}: expected ${GRAPHQL_PATH} or /health.`;
      return reply.code(404).send({ errors: [{ message, extensions: { code: 'NOT_FOUND' } }] });
    }
    reply.header('allow', allowed);
    if (method === 'OPTIONS') return reply.code(204).send();
    const taken = path === GRAPHQL_PATH ? 'POST, and GET for queries' : 'GET';
    return reply
      .code(405)
      .send({ errors: [{ message: `${path} takes ${taken}: received ${method}.`, extensions: { code: 'BAD_REQUEST' } }] });
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
