import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { GRAPHQL_PATH } from './graphql-path.js';
import { StaticFiles } from './static-files.js';

/** Where the page's own files are; its HTML is at the API's path. */
const FILES_PATH = '/graphiql/';

const PAGE = 'index.html';

/**
 * What the page may do: run its own scripts and workers, ask this server, and nothing else. Monaco, the editor in it, puts its colours
 * and the places of its lines into `<style>` elements and `style` attributes at run time, and has no nonce for them: hence
 * 'unsafe-inline' for styles alone. Its style sheet has small pictures in `data:` addresses.
 */
const CONTENT_SECURITY_POLICY = [
  "default-src 'none'",
  "script-src 'self'",
  "worker-src 'self'",
  "style-src 'self' 'unsafe-inline'",
  "font-src 'self'",
  "img-src 'self' data:",
  "connect-src 'self'",
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
].join('; ');

const PAGE_HEADERS = {
  'content-security-policy': CONTENT_SECURITY_POLICY,
  'referrer-policy': 'no-referrer',
  'cross-origin-opener-policy': 'same-origin',
  // It names its files by their hashes: asked for anew each time, it costs a 304 as long as it is the same.
  'cache-control': 'no-cache',
};

/**
 * Serves the page's files, and gives the hook that answers browsers which open the API's path, before anything else looks at their
 * requests; others pass. It needs no key: what the page asks the API for is not given without one, the schema included. A server
 * without GraphiQL (`pageDir` null) says so instead.
 */
export function serveGraphiql(app: FastifyInstance, pageDir: string | null): PageHook {
  if (pageDir === null) return async (request, reply) => (isForPage(request) ? refusePage(reply) : undefined);
  const files = StaticFiles.open(pageDir);

  app.get<{ Params: { '*': string } }>(`${FILES_PATH}*`, async (request, reply) => {
    const path = `graphiql/${request.params['*']}`;
    if (!files.has(path)) return reply.callNotFound();
    // Its name has the hash of what is in it.
    void reply.header('cache-control', 'public, max-age=31536000, immutable');
    return files.send(path, request, reply);
  });

  return async (request, reply) => {
    if (!isForPage(request)) return undefined;
    void reply.headers({ ...PAGE_HEADERS, vary: 'Accept' });
    return files.send(PAGE, request, reply);
  };
}

type PageHook = (request: FastifyRequest, reply: FastifyReply) => Promise<FastifyReply | undefined>;

/** Whether somebody opens the address in a browser, who wants to see something. */
export function wantsHtml({ method, headers }: Pick<FastifyRequest, 'method' | 'headers'>): boolean {
  return (method === 'GET' || method === 'HEAD') && (headers.accept ?? '').includes('text/html');
}

function isForPage(request: FastifyRequest): boolean {
  return wantsHtml(request) && (request.query as { query?: unknown }).query === undefined;
}

/** Apollo would speak of a forged request. */
async function refusePage(reply: FastifyReply): Promise<FastifyReply> {
  const message = `This server has no GraphiQL (GRAPHIQL=false or INTROSPECTION=false): expected operations as JSON, by POST to ${GRAPHQL_PATH}.`;
  return reply.code(404).send({ errors: [{ message, extensions: { code: 'NOT_FOUND' } }] });
}
