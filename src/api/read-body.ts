import { isUtf8 } from 'node:buffer';
import type { FastifyInstance } from 'fastify';
import { CallerError } from '../errors.js';
import { findInexactNumber } from '../exact-json.js';
import { DEPTH_LIMIT, isDeeperThan } from '../publish/json-depth.js';

/** The largest request body, in bytes: room for a full `publishEvents` of ordinary payloads. */
export const BODY_LIMIT_BYTES = 16 * 1024 * 1024;

/** Where the payload of `publishEvents` stands in a body: so much deeper may the body be. */
const DEPTH_OF_PAYLOAD = 5;

/**
 * Reads JSON bodies and no others: a page of another site could send text unasked. Refuses those with something in them that could not go out again as it
 * came in.
 */
export function readJsonBodies(app: FastifyInstance): void {
  app.removeContentTypeParser(['application/json', 'text/plain']);
  app.addContentTypeParser('application/json', { parseAs: 'buffer' }, (_request, body, done) => {
    try {
      done(null, parseBody(readText(body as Buffer)));
    } catch (error) {
      done(error as Error);
    }
  });
}

/** The text of a body. A byte order mark before it says nothing; bytes that are no UTF-8 would become question marks. */
function readText(body: Buffer): string {
  if (!isUtf8(body)) throw new CallerError('BAD_USER_INPUT', 'The body has bytes that are no UTF-8.');
  const text = body.toString('utf8');
  return text.startsWith('\ufeff') ? text.slice(1) : text;
}

function parseBody(text: string): unknown {
  if (isDeeperThan(text, DEPTH_LIMIT + DEPTH_OF_PAYLOAD)) {
    const expected = `at most ${DEPTH_LIMIT} of them in a payload, and ${DEPTH_OF_PAYLOAD} around it`;
    throw new CallerError('BAD_USER_INPUT', `The body has too many lists and objects in each other: expected ${expected}.`);
  }
  let body: unknown;
  try {
    body = JSON.parse(text);
  } catch (error) {
    throw new CallerError('BAD_USER_INPUT', `The body is no JSON: ${withoutText((error as Error).message)}.`, { cause: error });
  }
  const inexact = findInexactNumber(text);
  if (inexact === undefined) return body;
  throw new CallerError(
    'BAD_USER_INPUT',
    `The body has the number ${inexact.slice(0, 80)}: expected a number that a double holds exactly, or a string.`,
  );
}

/** The engine repeats the text around the fault, which may be a secret: `Unexpected token 'x', ..."secret": x"... is not valid JSON`. */
function withoutText(message: string): string {
  return message.replace(/, (?:\.\.\.)?".*$/s, '');
}
