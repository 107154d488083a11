import { type ApolloServer, HeaderMap, type HTTPGraphQLRequest } from '@apollo/server';
import type { FastifyReply, FastifyRequest } from 'fastify';
import type { Context } from './context.js';

/** All headers that Apollo looks at. */
const READ_HEADERS = ['accept', 'content-type', 'x-apollo-operation-name', 'apollo-require-preflight'] as const;

/** What clients mostly accept. All of it comes to JSON, as an empty text does: what else there is, and nothing too, Apollo weighs anew each time. */
const ANSWERED_WITH_JSON = new Set<unknown>([undefined, '*/*', 'application/json']);

/** Gives what comes by HTTP to Apollo, and its answer back. */
export function handleGraphql(apollo: ApolloServer<Context>, contextOf: (request: FastifyRequest) => Promise<Context>) {
  return async (request: FastifyRequest, reply: FastifyReply): Promise<string> => {
    const { headers, body, status } = await apollo.executeHTTPGraphQLRequest({
      httpGraphQLRequest: forApollo(request),
      context: () => contextOf(request),
    });
    for (const [name, value] of headers) void reply.header(name, value);
    void reply.code(status ?? 200);
    // The other kind is for answers in parts, which graphql-js 16 has none of.
    if (body.kind !== 'complete') throw new Error(`Apollo answered with a body of the kind ${body.kind}: expected a complete one.`);
    return body.string;
  };
}

function forApollo({ method, url, headers, body }: FastifyRequest): HTTPGraphQLRequest {
  const read = new HeaderMap();
  for (const name of READ_HEADERS) {
    const value = headers[name];
    if (name === 'accept' && method === 'POST' && ANSWERED_WITH_JSON.has(value)) read.set(name, '');
    else if (value !== undefined) read.set(name, String(value));
  }
  // That there is a key, as Apollo may know it; whose it is has been found out.
  if (headers.authorization !== undefined) read.set('authorization', 'given');
  if (method !== 'GET') return { method, headers: read, body, search: '' };
  return { method, headers: read, body, search: new URL(url, 'http://localhost').search };
}
