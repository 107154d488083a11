import type { FastifyInstance } from 'fastify';
import { wantsHtml } from './graphiql.js';
import { GRAPHQL_PATH } from './graphql-path.js';

/** Leads whoever opens the server's address on to what is there: a browser to GraphiQL, where there is one, and a program by a list. */
export function serveStart(app: FastifyInstance, has: { graphql: boolean; graphiql: boolean }): void {
  const addresses = {
    ...(has.graphql && { graphql: GRAPHQL_PATH }),
    ...(has.graphiql && { graphiql: GRAPHQL_PATH }),
    health: '/health',
  };
  app.get('/', (request, reply) => {
    void reply.header('vary', 'Accept');
    // Relative, for a proxy that puts a prefix before the path.
    if (has.graphiql && wantsHtml(request)) return reply.redirect(GRAPHQL_PATH.slice(1), 302);
    return reply.send({ name: 'Hookgraph', addresses });
  });
}
