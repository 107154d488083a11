import { randomUUID } from 'node:crypto';
import type { Server } from 'node:http';
import type { GraphQLError, GraphQLSchema } from 'graphql';
import { CloseCode } from 'graphql-ws';
import { useServer } from 'graphql-ws/use/ws';
import { WebSocketServer } from 'ws';
import type { Caller } from '../api-keys/caller.js';
import { systemClock } from '../clock.js';
import { CallerError, UnavailableError } from '../errors.js';
import { type ApiParts, type Context, createContext } from './context.js';
import { DocumentNeeds } from './document-needs.js';
import type { FormatError } from './format-error.js';
import { GRAPHQL_PATH } from './http.js';
import type { Identify } from './identify.js';
import { DocumentLimits } from './limits/document-limits.js';
import { noticeKeyOf, SharedExecutions } from './shared-executions.js';
import { createSharedReads } from './shared-reads.js';
import { mayOpenSocket } from './origin-rule.js';
import { asGraphqlError } from './refusal.js';
import type { SocketKeys } from './socket-keys.js';
import { SubscriptionReader } from './subscription-reader.js';
import { subscribeWithFreshContexts } from './notice-stream.js';

export interface SocketOptions {
  server: Server;
  schema: GraphQLSchema;
  parts: ApiParts;
  identify: Identify;
  keys: SocketKeys;
  corsOrigins: readonly string[] | '*';
  formatError: FormatError;
}

/** What is known of a socket once its client has said who it is. */
interface Connection extends Record<PropertyKey, unknown> {
  requestId?: string;
  caller?: Caller;
}

/** The largest message of a client, in bytes: a subscription and its variables are small. */
const MESSAGE_LIMIT_BYTES = 64 * 1024;

/** How long a client may take to say who it is, in milliseconds. */
const INIT_TIMEOUT_MS = 10_000;

/** The code of RFC 6455's registry for a server that can't at the moment. */
const TRY_AGAIN_LATER = 1013;

/** The protocol's own code for a fault of the server. */
const INTERNAL_SERVER_ERROR = CloseCode.InternalServerError;

/** How long clients may take to answer that the server goes away, in milliseconds. */
const GOODBYE_MS = 2000;

/**
 * Subscriptions over WebSocket (graphql-transport-ws), at the path of the HTTP side. The key comes in `connectionParams`
 * as `Authorization: Bearer <key>`; without a valid one, and once it is one no more, the connection ends with 4403. Queries and
 * mutations are refused here: their one door is HTTP, with its rules.
 */
export function createSocket({ server, schema, parts, identify, keys, corsOrigins, formatError }: SocketOptions): {
  close: () => Promise<void>;
} {
  // Not `server`: with it, an error of the HTTP server, such as a taken port, would be reported as one of the socket.
  const sockets = new WebSocketServer({ noServer: true, path: GRAPHQL_PATH, maxPayload: MESSAGE_LIMIT_BYTES, perMessageDeflate: false });
  server.on('upgrade', (request, socket, head) => {
    if (!mayOpenSocket(request.headers, corsOrigins)) return void socket.end('HTTP/1.1 403 Forbidden\r\nconnection: close\r\n\r\n');
    sockets.handleUpgrade(request, socket, head, (client) => sockets.emit('connection', client, request));
  });
  const reader = new SubscriptionReader(schema);
  const needs = new DocumentNeeds(schema);
  const documentLimits = new DocumentLimits(schema);
  const executions = new SharedExecutions();
  const sharedReads = createSharedReads(parts.newEntityManager);
  const logged = (error: unknown, requestId: string) => formatError({ message: '' }, error, requestId).message;
  const format = (errors: readonly GraphQLError[], { requestId }: Connection) =>
    errors.map((error) => formatError(error.toJSON(), error, requestId));

  const { dispose } = useServer<Record<string, unknown>, Connection>(
    {
      connectionInitWaitTimeout: INIT_TIMEOUT_MS,
      async onConnect({ connectionParams, extra }) {
        extra.requestId = randomUUID();
        const key = connectionParams?.Authorization ?? connectionParams?.authorization;
        try {
          extra.caller = await identify(typeof key === 'string' ? key : undefined);
        } catch (error) {
          if (error instanceof UnavailableError) extra.socket.close(TRY_AGAIN_LATER, 'Try again later');
          else if (!(error instanceof CallerError)) extra.socket.close(INTERNAL_SERVER_ERROR, logged(error, extra.requestId));
          return false;
        }
        if (extra.socket.readyState === extra.socket.OPEN) keys.add(extra.socket, extra.caller);
        return true;
      },
      onDisconnect: ({ extra }) => keys.remove(extra.socket),
      onSubscribe: ({ extra }, _id, { query, operationName, variables }) => {
        const asked = reader.read(query, operationName);
        if (Array.isArray(asked)) return asked;
        const { document } = asked;
        const refusal =
          needs.findRefusal(extra.caller!, document, operationName) ?? documentLimits.findExcess(document, operationName, variables);
        if (refusal !== undefined) return [asGraphqlError(refusal)];
        return {
          ...asked,
          variableValues: variables ?? {},
          contextValue: createContext({ requestId: extra.requestId!, caller: extra.caller!, address: null, parts }),
        };
      },
      subscribe: (args) => {
        const { requestId, caller } = args.contextValue as Context;
        const freshContext = () => createContext({ requestId, caller, address: null, parts, readByIds: sharedReads });
        return subscribeWithFreshContexts(args, { freshContext, executions, key: noticeKeyOf(args) });
      },
      onNext: ({ extra }, _id, _payload, _args, { data, errors }) =>
        errors === undefined ? undefined : { data: data ?? null, errors: format(errors, extra) },
      onError: ({ extra }, _id, _payload, errors) => format(errors, extra),
    },
    sockets,
  );

  return {
    async close() {
      // How long the other side takes is real time, whatever clock the server goes by.
      const cancel = systemClock.after(GOODBYE_MS, () => {
        for (const socket of sockets.clients) socket.terminate();
      });
      keys.close();
      await dispose();
      cancel();
    },
  };
}
