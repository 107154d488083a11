import { ApolloServer } from '@apollo/server';
import {
  ApolloServerPluginCacheControlDisabled,
  ApolloServerPluginInlineTraceDisabled,
  ApolloServerPluginLandingPageDisabled,
} from '@apollo/server/plugin/disabled';
import cors from '@fastify/cors';
import fastify, { type FastifyInstance, type FastifyRequest } from 'fastify';
import { GraphQLError, type GraphQLSchema } from 'graphql';
import { type Clock, systemClock } from '../clock.js';
import type { Standing } from '../lead/lead.js';
import type { Log } from '../log.js';
import { authenticateRequests } from './authenticate-requests.js';
import { type ApiParts, type Context, createContext } from './context.js';
import type { FormatError } from './format-error.js';
import { serveGraphiql } from './graphiql.js';
import { handleGraphql } from './graphql-handler.js';
import { GRAPHQL_PATH } from './graphql-path.js';
import { guardOperations, type RequestIds } from './guard-operations.js';
import type { Identify } from './identify.js';
import { Admission } from './limits/admission.js';
import { BodyMemory } from './limits/body-memory.js';
import { PARSED_WORDS } from './limits/document-words.js';
import type { KeyRates } from './limits/key-rates.js';
import { ERRORS_LIMIT } from './limits/limits.js';
import { type Overload, Refusals } from './limits/refusals.js';
import { cutOffStalledAnswers } from './limits/stalled-answers.js';
import { readBody } from './read-body.js';
import { leaveBodiesUnread, openBodyAccount, receiveBody } from './receive-body.js';
import type { RequestFailures } from './request-failures.js';
import { answerElsewhere, answerRefusedBodies } from './refused-requests.js';
import { serveStart } from './start-page.js';
import type { TrustedProxies } from './trusted-proxies.js';
import type { UpgradeLog } from './upgrade-log.js';
import { answerLostUpgrades, isWebSocketRequest } from './upgrades.js';

/** What GraphQL is served with, over HTTP and WebSocket alike. */
export interface GraphqlOptions {
  schema: GraphQLSchema;
  parts: ApiParts;
  identify: Identify;
  rates: KeyRates;
  formatError: FormatError;
  /** Whether callers may ask for the schema. */
  introspection: boolean;
  /** The folder with GraphiQL's page, for browsers; null for a server without it. */
  graphiqlDir: string | null;
}

export interface HttpOptions {
  /** Null for a server that only says how it is. */
  graphql: GraphqlOptions | null;
  clock: Clock;
  corsOrigins: readonly string[] | '*';
  failures: RequestFailures;
  log: Log;
  proxies: TrustedProxies;
  upgradeLog: UpgradeLog;
  limits: HttpLimits;
  readHealth: () => Promise<Health>;
}

export interface HttpLimits {
  /** Of HTTP and WebSockets together. */
  connections: number;
  /** What the bodies of requests that are not answered yet come to. A body takes some five times its length while it is dealt with. */
  bodyBytes: number;
}

/** How the server is, as anybody may know. `overloaded` names what it refuses; it works, and callers are told when to try again. */
export type Health =
  | ({ status: 'ok' } & Partial<Standing>)
  | ({ status: 'overloaded'; refusing: readonly Overload[] } & Partial<Standing>)
  | { status: 'starting' | 'stopping' }
  | { status: 'failing'; problems: readonly string[] };

export interface Http {
  app: FastifyInstance;
  admission: Admission;
  /** Lets the requests under way finish, for two seconds at most, and takes no more. */
  close(): Promise<void>;
}

/** How long requests under way may take to finish when the server stops, in milliseconds. */
const GOODBYE_MS = 2000;

/** How long the head of a request may take, in milliseconds. A body has limits of its own. */
const HEADERS_TIMEOUT_MS = 10_000;

/** How long a whole request may take, in milliseconds: what is read to be dropped has no other limit. */
const REQUEST_TIMEOUT_MS = 60_000;

/** How often Node looks for connections that have taken too long, in milliseconds. */
const TIMEOUT_CHECK_INTERVAL_MS = 5000;

/** The HTTP side of the API, not listening yet. */
export async function createHttp(options: HttpOptions): Promise<Http> {
  const app = fastify({
    http: {
      headersTimeout: HEADERS_TIMEOUT_MS,
      connectionsCheckingInterval: TIMEOUT_CHECK_INTERVAL_MS,
      // Without an API there are no sockets.
      shouldUpgradeCallback: options.graphql === null ? () => false : isWebSocketRequest,
    },
    requestTimeout: REQUEST_TIMEOUT_MS,
    genReqId: () => crypto.randomUUID(),
    forceCloseConnections: 'idle',
  });
  const refusals = new Refusals(options.clock);
  const admission = new Admission(app.server, options.limits.connections, refusals);
  admission.guard(app);
  const stopCuttingOff = cutOffStalledAnswers(app.server, options);
  if (options.graphql !== null) answerLostUpgrades(app, options.upgradeLog);
  // A body is read at one path alone, below, and there only of a caller who is known.
  app.removeAllContentTypeParsers();
  app.addContentTypeParser('*', (_request, _payload, done) => done(null));
  leaveBodiesUnread(app);
  answerRefusedBodies(app, options.failures);
  answerElsewhere(app);
  if (options.corsOrigins.length > 0) await allowOrigins(app, options.corsOrigins);
  // RFC 9110, section 15.5.2: a 401 says how to do it right.
  app.addHook('onSend', (_request, reply, _payload, done) => {
    if (reply.statusCode === 401) reply.header('www-authenticate', 'Bearer');
    done();
  });

  serveStart(app, { graphql: options.graphql !== null, graphiql: options.graphql !== null && options.graphql.graphiqlDir !== null });
  let pendingHealth: Promise<Health> | undefined;
  app.get('/health', async (_request, reply) => {
    // It asks the database, and anybody may ask for it: who asks at the same moment shares one answer.
    pendingHealth ??= options.readHealth().finally(() => {
      pendingHealth = undefined;
    });
    const health = withRefusals(await pendingHealth, refusals.current());
    return reply.code(health.status === 'ok' || health.status === 'overloaded' ? 200 : 503).send(health);
  });

  const apollo = options.graphql === null ? refuseGraphql(app) : await serveGraphql(app, options.graphql, options, refusals);

  return {
    app,
    admission,
    async close() {
      // How long the other side takes is real time, whatever clock the server goes by.
      const cancel = systemClock.after(GOODBYE_MS, () => app.server.closeAllConnections());
      await app.close();
      cancel();
      stopCuttingOff();
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

/** A server that works and has no room is not out of order: a load balancer that took all of them away would make it worse. */
function withRefusals(health: Health, refusing: readonly Overload[]): Health {
  return health.status === 'ok' && refusing.length > 0 ? { ...health, status: 'overloaded', refusing } : health;
}

async function serveGraphql(
  app: FastifyInstance,
  options: GraphqlOptions,
  { clock, proxies, limits: { bodyBytes } }: HttpOptions,
  refusals: Refusals,
): Promise<ApolloServer<Context>> {
  const { identify, rates, parts, graphiqlDir, formatError } = options;
  const requestIds: RequestIds = new WeakMap();
  const addressOf = ({ raw }: FastifyRequest) => proxies.clientAddressOf(raw);
  const apollo = await startApollo(options, requestIds, refusals);
  const servePage = serveGraphiql(app, graphiqlDir);
  const authenticate = authenticateRequests({ identify, rates, formatError, addressOf });
  const memory = new BodyMemory(bodyBytes, refusals);
  app.decorateRequest('caller', null);
  app.decorateRequest('bodyAccount', null);
  app.decorateRequest('bodySource', undefined);
  await app.register(async (scope) => {
    scope.removeAllContentTypeParsers();
    // A page of another site could send text unasked.
    scope.addContentTypeParser('application/json', async (request: FastifyRequest) => {
      const { value, source } = await readBody(await receiveBody(request, clock));
      request.bodySource = source;
      return value;
    });
    scope.route({
      method: ['GET', 'POST'],
      url: GRAPHQL_PATH,
      // Browsers get the page without a key, and are answered with that; every other request has to have one.
      onRequest: [servePage, authenticate],
      preParsing: openBodyAccount(memory),
      handler: handleGraphql(apollo, async (request): Promise<Context> => {
        const { id, caller, bodySource } = request;
        if (caller === null) throw new Error('A request without a caller has come as far as GraphQL.');
        return createContext({ requestId: id, caller, address: addressOf(request), parts, bodySource });
      }),
    });
  });
  return apollo;
}

async function startApollo(
  { schema, formatError, introspection }: GraphqlOptions,
  requestIds: RequestIds,
  refusals: Refusals,
): Promise<ApolloServer<Context>> {
  const requestIdOf = (error: unknown) =>
    error instanceof GraphQLError ? (requestIds.get(error) ?? (error.originalError && requestIds.get(error.originalError))) : undefined;
  const apollo = new ApolloServer<Context>({
    schema,
    formatError: (formatted, error) => formatError(formatted, error, requestIdOf(error)),
    introspection,
    includeStacktraceInErrorResponses: false,
    persistedQueries: false,
    // No page of another site can send either unasked.
    csrfPrevention: { requestHeaders: ['apollo-require-preflight', 'x-apollo-operation-name', 'authorization'] },
    stopOnTerminationSignals: false,
    parseOptions: { maxTokens: PARSED_WORDS },
    validationOptions: { maxErrors: ERRORS_LIMIT },
    executionOptions: { maxCoercionErrors: ERRORS_LIMIT },
    // Nothing is cached by anybody, and looking for hints would cost each field a call. Traces are for a gateway, which would have to
    // be in front, and what writes them would be loaded all the same.
    plugins: [
      ApolloServerPluginCacheControlDisabled(),
      ApolloServerPluginInlineTraceDisabled(),
      ApolloServerPluginLandingPageDisabled(),
      guardOperations(schema, { requestIds, refusals }),
    ],
  });
  await apollo.start();
  return apollo;
}
