import type { FastifyInstance } from 'fastify';
import { CallerError } from '../errors.js';
import { findInexactNumber } from '../exact-json.js';

/** The largest request body, in bytes: room for a full `publishEvents` of ordinary payloads. */
export const BODY_LIMIT_BYTES = 16 * 1024 * 1024;

/** Reads JSON bodies, and refuses those with a number that could not go out again as it came in. */
export function readJsonBodies(app: FastifyInstance): void {
  app.removeContentTypeParser('application/json');
  app.addContentTypeParser('application/json', { parseAs: 'string' }, (_request, body, done) => {
    try {
      done(null, parseBody(body as string));
    } catch (error) {
      done(error as Error);
    }
  });
}

function parseBody(text: string): unknown {
  let body: unknown;
  try {
    body = JSON.parse(text);
  } catch (error) {
    throw new CallerError('BAD_USER_INPUT', `The body is no JSON: ${(error as Error).message}`, { cause: error });
  }
  const inexact = findInexactNumber(text);
  if (inexact === undefined) return body;
  throw new CallerError(
    'BAD_USER_INPUT',
    `The body has the number ${inexact.slice(0, 80)}: expected a number that a double holds exactly, or a string`,
  );
}
