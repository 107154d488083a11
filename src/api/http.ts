import { ApolloServer } from '@apollo/server';
import {
  ApolloServerPluginCacheControlDisabled,
  ApolloServerPluginInlineTraceDisabled,
  ApolloServerPluginLandingPageDisabled,
} from '@apollo/server/plugin/disabled';
import cors from '@fastify/cors';
import fastify, { type FastifyInstance, type FastifyReply, type FastifyRequest } from 'fastify';
import { GraphQLError, type GraphQLSchema } from 'graphql';
import type { Caller } from '../api-keys/caller.js';
import { systemClock } from '../clock.js';
import { CallerError, UnavailableError } from '../errors.js';
import type { Standing } from '../lead/lead.js';
import { parseIpAddress } from '../send/ip-address.js';
import type { Log } from '../log.js';
import { type ApiParts, type Context, createContext } from './context.js';
import type { FormatError } from './format-error.js';
import { graphiqlPlugin } from './graphiql.js';
import { handleGraphql } from './graphql-handler.js';
import { GRAPHQL_PATH } from './graphql-path.js';
import { guardOperations, type RequestIds } from './guard-operations.js';
import type { Identify } from './identify.js';
import { Admission, type AdmissionLimits, admitRequests } from './limits/admission.js';
import type { KeyRates } from './limits/key-rates.js';
import { ERRORS_LIMIT, limits } from './limits/limits.js';
import { BODY_LIMIT_BYTES, readJsonBodies } from './read-body.js';
import { asGraphqlError } from './refusal.js';
import { answerElsewhere, answerRefusedBodies } from './refused-requests.js';

/** What GraphQL is served with, over HTTP and WebSocket alike. */
export interface GraphqlOptions {
  schema: GraphQLSchema;
  parts: ApiParts;
  identify: Identify;
  rates: KeyRates;
  formatError: FormatError;
  /** Whether callers may ask for the schema. */
  introspection: boolean;
  /** Whether browsers are given GraphiQL, with the schema in it. */
  graphiql: boolean;
}

export interface HttpOptions {
  /** Null for a server that only says how it is. */
  graphql: GraphqlOptions | null;
  corsOrigins: readonly string[] | '*';
  log: Log;
  /** CIDR ranges of proxies whose `X-Forwarded-For` is believed. */
  trustedProxies: readonly string[];
  limits: AdmissionLimits;
  readHealth: () => Promise<Health>;
}

/** How the server is, as anybody may know. */
export type Health =
  ({ status: 'ok' } & Partial<Standing>) | { status: 'starting' | 'stopping' } | { status: 'failing'; problems: readonly string[] };

export interface Http {
  app: FastifyInstance;
  admission: Admission;
  /** Lets the requests under way finish, for two seconds at most, and takes no more. */
  close(): Promise<void>;
}

/** How long requests under way may take to finish when the server stops, in milliseconds. */
const GOODBYE_MS = 2000;

/** The HTTP side of the API, not listening yet. */
export async function createHttp(options: HttpOptions): Promise<Http> {
  const app = fastify({
    bodyLimit: BODY_LIMIT_BYTES,
    genReqId: () => crypto.randomUUID(),
    forceCloseConnections: 'idle',
    trustProxy: options.trustedProxies.length === 0 ? false : [...options.trustedProxies],
  });
  const admission = new Admission(app.server, options.limits);
  admitRequests(app, admission);
  readJsonBodies(app);
  answerRefusedBodies(app, options.log);
  answerElsewhere(app);
  if (options.corsOrigins.length > 0) await allowOrigins(app, options.corsOrigins);
  // RFC 9110, section 15.5.2: a 401 says how to do it right.
  app.addHook('onSend', (_request, reply, _payload, done) => {
    if (reply.statusCode === 401) reply.header('www-authenticate', 'Bearer');
    done();
  });

  app.get('/health', async (_request, reply) => {
    const health = await options.readHealth();
    return reply.code(health.status === 'ok' ? 200 : 503).send(health);
  });

  const apollo = options.graphql === null ? refuseGraphql(app) : await serveGraphql(app, options.graphql);

  return {
    app,
    admission,
    async close() {
      // How long the other side takes is real time, whatever clock the server goes by.
      const cancel = systemClock.after(GOODBYE_MS, () => app.server.closeAllConnections());
      await app.close();
      cancel();
      await apollo?.stop();
    },
  };
}

async function allowOrigins(app: FastifyInstance, origins: HttpOptions['corsOrigins']): Promise<void> {
  await app.register(cors, {
    origin: origins === '*' ? '*' : [...origins],
    methods: ['GET', 'POST', 'OPTIONS'],
    maxAge: 600,
  });
}

function refuseGraphql(app: FastifyInstance): null {
  const message = 'This server sends and answers no GraphQL (ROLE=dispatcher): ask one with ROLE=api or ROLE=all.';
  app.all(GRAPHQL_PATH, (_request, reply) => reply.code(404).send({ errors: [{ message, extensions: { code: 'NOT_FOUND' } }] }));
  return null;
}

async function serveGraphql(app: FastifyInstance, options: GraphqlOptions): Promise<ApolloServer<Context>> {
  const { identify, rates, parts, graphiql } = options;
  const requestIds: RequestIds = new WeakMap();
  const apollo = await startApollo(options, requestIds);
  app.route({
    method: ['GET', 'POST'],
    url: GRAPHQL_PATH,
    preHandler: graphiql ? [] : [refusePage],
    handler: handleGraphql(apollo, async (request): Promise<Context> => {
      const { id, headers } = request;
      const address = addressOf(request);
      const caller = await identifyOrRefuse(identify, headers.authorization).catch((error: Error) => {
        requestIds.set(error, id);
        throw error;
      });
      const refusal = rates.take(caller);
      if (refusal !== undefined) throw asGraphqlError(refusal);
      return createContext({ requestId: id, caller, address, parts });
    }),
  });
  return apollo;
}

/** Who opens the address in a browser is told why there is nothing to see; Apollo would speak of a forged request. */
function refusePage({ method, headers, query }: FastifyRequest, reply: FastifyReply, done: () => void): void {
  const isPage = method === 'GET' && (headers.accept ?? '').includes('text/html') && (query as { query?: unknown }).query === undefined;
  if (!isPage) return done();
  const message = `This server has no GraphiQL (GRAPHIQL=false or INTROSPECTION=false): expected operations as JSON, by POST to ${GRAPHQL_PATH}.`;
  void reply.code(404).send({ errors: [{ message, extensions: { code: 'NOT_FOUND' } }] });
}

async function startApollo(
  { schema, formatError, introspection, graphiql }: GraphqlOptions,
  requestIds: RequestIds,
): Promise<ApolloServer<Context>> {
  const requestIdOf = (error: unknown) =>
    error instanceof GraphQLError ? (requestIds.get(error) ?? (error.originalError && requestIds.get(error.originalError))) : undefined;
  const apollo = new ApolloServer<Context>({
    schema,
    formatError: (formatted, error) => formatError(formatted, error, requestIdOf(error)),
    introspection,
    includeStacktraceInErrorResponses: false,
    persistedQueries: false,
    stopOnTerminationSignals: false,
    parseOptions: { maxTokens: limits.tokens },
    validationOptions: { maxErrors: ERRORS_LIMIT },
    executionOptions: { maxCoercionErrors: ERRORS_LIMIT },
    // Nothing is cached by anybody, and looking for hints would cost each field a call. Traces are for a gateway, which would have to
    // be in front, and what writes them would be loaded all the same.
    plugins: [
      ApolloServerPluginCacheControlDisabled(),
      ApolloServerPluginInlineTraceDisabled(),
      graphiql ? graphiqlPlugin() : ApolloServerPluginLandingPageDisabled(),
      guardOperations(schema, requestIds),
    ],
  });
  await apollo.start();
  return apollo;
}

/**
 * Whom a request came from: the other side of its connection, or, while that is a trusted proxy, the one before it in
 * `X-Forwarded-For`. What stands there is no address where a proxy passes on what it was told.
 */
function addressOf({ ip, socket }: FastifyRequest): string | null {
  const remoteAddress = socket.remoteAddress ?? null;
  return ip === remoteAddress || parseIpAddress(ip) !== null ? ip : remoteAddress;
}

async function identifyOrRefuse(identify: Identify, authorization: string | undefined): Promise<Caller> {
  return identify(authorization).catch((error: unknown) => {
    throw error instanceof CallerError || error instanceof UnavailableError ? asGraphqlError(error) : error;
  });
}
