import { randomUUID } from 'node:crypto';
import type { IncomingMessage, Server } from 'node:http';
import type { ExecutionResult, GraphQLError, GraphQLSchema } from 'graphql';
import { CloseCode, GRAPHQL_TRANSPORT_WS_PROTOCOL, MessageType, stringifyMessage } from 'graphql-ws';
import { useServer } from 'graphql-ws/use/ws';
import { type WebSocket, WebSocketServer } from 'ws';
import type { Caller } from '../api-keys/caller.js';
import { type Clock, systemClock } from '../clock.js';
import { CallerError, UnavailableError } from '../errors.js';
import { type ApiParts, type Context, createContext } from './context.js';
import { DocumentNeeds } from './document-needs.js';
import type { FormatError } from './format-error.js';
import { type Closing, closingOf, READS_TOO_SLOWLY, TRY_AGAIN_LATER } from './close-codes.js';
import type { Identify } from './identify.js';
import type { Admission } from './limits/admission.js';
import { Counts } from './limits/counts.js';
import { DocumentLimits } from './limits/document-limits.js';
import type { KeyRates } from './limits/key-rates.js';
import { OpenSubscriptions, type SubscriptionCount } from './limits/open-subscriptions.js';
import { Outlet } from './limits/outlet.js';
import { noticeKeyOf, SharedExecutions } from './shared-executions.js';
import { createSharedReads } from './shared-reads.js';
import { asGraphqlError } from './refusal.js';
import type { SocketKeys } from './socket-keys.js';
import { SubscriptionReader } from './subscription-reader.js';
import { subscribeWithFreshContexts } from './notice-stream.js';
import { textOfResult } from './notice-text.js';
import type { TrustedProxies } from './trusted-proxies.js';
import { malformedHandshake, type UpgradeRefusal } from './upgrade-refusals.js';
import type { UpgradeLog } from './upgrade-log.js';
import { answerUpgrades } from './upgrades.js';

export interface SocketOptions {
  server: Server;
  admission: Admission;
  schema: GraphQLSchema;
  parts: ApiParts;
  identify: Identify;
  rates: KeyRates;
  keys: SocketKeys;
  corsOrigins: readonly string[] | '*';
  proxies: TrustedProxies;
  upgradeLog: UpgradeLog;
  formatError: FormatError;
  clock: Clock;
  limits: SocketLimits;
}

/** What there may be of sockets and subscriptions. */
export interface SocketLimits {
  socketsPerKey: number;
  subscriptionsPerKey: number;
  subscriptions: number;
}

/** What is known of a socket once its client has said who it is. */
interface Connection extends SubscriptionCount {
  requestId: string;
  caller: Caller;
  outlet: Outlet;
}

interface Subscription {
  /** As its client calls it. */
  id: string;
  socket: WebSocket;
  connection: Connection;
}

/** The largest message of a client, in bytes: a subscription and its variables are small. */
const MESSAGE_LIMIT_BYTES = 64 * 1024;

/** How long a client may take to say who it is, in milliseconds. */
const INIT_TIMEOUT_MS = 10_000;

/** More than this waits only for a client that sends and does not read: the notices that may be on their way take less. In bytes. */
const UNREAD_LIMIT_BYTES = 16 * 1024 * 1024;

/** The protocol's own code for a fault of the server. */
const INTERNAL_SERVER_ERROR = CloseCode.InternalServerError;

/** The protocol's own code for a client that does not say who it is. */
const INIT_TIMEOUT = CloseCode.ConnectionInitialisationTimeout;

/** How long clients may take to answer that the server goes away, in milliseconds. */
const GOODBYE_MS = 2000;

/**
 * Subscriptions over WebSocket (graphql-transport-ws), at the path of the HTTP side. The key comes in `connectionParams`
 * as `Authorization: Bearer <key>`; without a valid one, and once it is one no more, the connection ends with a code that says why
 * (`close-codes.ts`). A minute before a key expires, its client is told. Queries and mutations are refused here: their one door is HTTP,
 * with its rules.
 */
export function createSocket(options: SocketOptions): { close: () => Promise<void> } {
  const { server, admission, proxies, upgradeLog, schema, parts, identify, rates, keys, corsOrigins, formatError, clock, limits } = options;
  // Not `server`: with it, an error of the HTTP server, such as a taken port, would be reported as one of the socket.
  const sockets = new WebSocketServer({ noServer: true, maxPayload: MESSAGE_LIMIT_BYTES, perMessageDeflate: false });
  const refusers = new WeakMap<IncomingMessage, (refusal: UpgradeRefusal) => void>();
  sockets.on('wsClientError', (error, _, request) => refusers.get(request)?.(malformedHandshake(error)));
  answerUpgrades({ server, admission, log: upgradeLog, proxies, corsOrigins }, (request, socket, head, refuse) => {
    refusers.set(request, refuse);
    sockets.handleUpgrade(request, socket, head, (client) => {
      if (client.protocol === GRAPHQL_TRANSPORT_WS_PROTOCOL) return sockets.emit('connection', client, request);
      client.on('error', () => {});
      client.close(CloseCode.SubprotocolNotAcceptable, `Expected the subprotocol ${GRAPHQL_TRANSPORT_WS_PROTOCOL}`);
    });
  });
  const reader = new SubscriptionReader(schema);
  const needs = new DocumentNeeds(schema);
  const documentLimits = new DocumentLimits(schema);
  const executions = new SharedExecutions();
  const sharedReads = createSharedReads(parts.newEntityManager);
  const logged = (error: unknown, requestId: string) => formatError({ message: '' }, error, requestId).message;
  const format = (errors: readonly GraphQLError[], { requestId }: Connection) =>
    errors.map((error) => formatError(error.toJSON(), error, requestId));

  const withFormattedErrors = ({ data, errors = [] }: ExecutionResult, connection: Connection) => ({
    data: data ?? null,
    errors: format(errors, connection),
  });

  const socketCounts = new Counts();
  const openSubscriptions = new OpenSubscriptions({ perKey: limits.subscriptionsPerKey, inAll: limits.subscriptions });
  const initTimers = new WeakMap<WebSocket, () => void>();
  /** By the contexts that they begin with. */
  const subscriptions = new WeakMap<object, Subscription>();

  const { dispose } = useServer<Record<string, unknown>, { connection?: Connection }>(
    {
      // By our own clock, below.
      connectionInitWaitTimeout: 0,
      async onConnect({ connectionParams, extra }) {
        const { socket } = extra;
        initTimers.get(socket)?.();
        const requestId = randomUUID();
        const key = connectionParams?.Authorization ?? connectionParams?.authorization;
        // What is no text has another form than a key, as an empty text has.
        const caller = await identify(
          key == null ? undefined : typeof key === 'string' ? key : '',
          proxies.clientAddressOf(extra.request),
        ).catch((error: unknown) => {
          if (error instanceof UnavailableError) socket.close(TRY_AGAIN_LATER, 'Try again later');
          else if (error instanceof CallerError) close(socket, closingOf(error));
          else socket.close(INTERNAL_SERVER_ERROR, logged(error, requestId));
        });
        if (caller === undefined || socket.readyState !== socket.OPEN) return false;
        if (socketCounts.of(caller) >= limits.socketsPerKey) {
          socket.close(TRY_AGAIN_LATER, `This key has ${limits.socketsPerKey} connections: expected at most so many`);
          return false;
        }
        extra.connection = begin(socket, requestId, caller);
        return true;
      },
      onSubscribe: ({ extra }, id, { query, operationName, variables }) => {
        const connection = extra.connection!;
        const { requestId, caller } = connection;
        const tooSoon = rates.take(caller);
        if (tooSoon !== undefined) return [asGraphqlError(tooSoon)];
        const asked = reader.read(query, operationName);
        if (Array.isArray(asked)) return asked;
        const { document } = asked;
        const refusal =
          needs.findRefusal(caller, document, operationName) ??
          documentLimits.findExcess(document, operationName, variables) ??
          openSubscriptions.take(connection, caller);
        if (refusal !== undefined) return [asGraphqlError(refusal)];
        const contextValue = createContext({ requestId, caller, address: null, parts });
        subscriptions.set(contextValue, { id, socket: extra.socket, connection });
        return { ...asked, variableValues: variables ?? {}, contextValue };
      },
      subscribe: (args) => {
        const { id, socket, connection } = subscriptions.get(args.contextValue as Context)!;
        const { requestId, caller, outlet } = connection;
        const beforePayload = `{"id":${JSON.stringify(id)},"type":"next","payload":`;
        const payloadOf = (result: ExecutionResult) =>
          result.errors === undefined ? textOfResult(result) : JSON.stringify(withFormattedErrors(result, connection));
        return subscribeWithFreshContexts(args, {
          freshContext: () => createContext({ requestId, caller, address: null, parts, readByIds: sharedReads }),
          executions,
          key: noticeKeyOf(args),
          outlet,
          send: (result) => sendText(socket, `${beforePayload}${payloadOf(result)}}`),
          ended: () => openSubscriptions.give(connection, caller),
        });
      },
      onPing: ({ extra }) => endUnread(extra.socket),
      // Of subscriptions that never began; the notices of the others are sent by their streams.
      onNext: ({ extra }, _id, _payload, _args, result) => withFormattedErrors(result, extra.connection!),
      onError({ extra }, _id, _payload, errors) {
        const { socket } = extra;
        // What could not be written to a client that is gone is nobody's fault, and told to nobody.
        if (socket.readyState !== socket.OPEN) return [];
        endUnread(socket);
        return format(errors, extra.connection!);
      },
    },
    sockets,
  );

  function begin(socket: WebSocket, requestId: string, caller: Caller): Connection {
    const outlet = new Outlet({
      clock,
      isBehind: () => socket.bufferedAmount > 0,
      stalled: () => socket.close(READS_TOO_SLOWLY, 'Reads too slowly: go on from the last cursor'),
    });
    socketCounts.add(caller);
    const watched = {
      close: (closing: Closing) => close(socket, closing),
      ping: (payload: object) => socket.send(stringifyMessage({ type: MessageType.Ping, payload: { ...payload } })),
    };
    keys.add(watched, caller);
    socket.once('close', () => {
      outlet.close();
      socketCounts.remove(caller);
      keys.remove(watched);
    });
    return { requestId, caller, outlet, subscriptionCount: 0 };
  }

  sockets.on('connection', (socket) => {
    const cancel = clock.after(INIT_TIMEOUT_MS, () => socket.close(INIT_TIMEOUT, 'Connection initialisation timeout'));
    initTimers.set(socket, cancel);
    socket.once('close', cancel);
    // Answered by ws itself.
    socket.on('ping', () => endUnread(socket));
    // A client that breaks the protocol or the connection is closed by ws with the right code. graphql-ws would print that as a fault.
    socket.removeAllListeners('error');
    socket.on('error', () => {});
    forgetUnsent(socket);
  });

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

/**
 * What can no longer be written to a client that is gone is nobody's fault, and its connection ends by itself. graphql-ws would print
 * a stack for each such message.
 */
function forgetUnsent(socket: WebSocket): void {
  const send = socket.send.bind(socket) as (message: unknown, answered: () => void) => void;
  socket.send = (message: unknown, answered?: unknown) => send(message, () => (answered as (() => void) | undefined)?.());
}

function close(socket: WebSocket, { code, reason }: Closing): void {
  socket.close(code, reason);
}

/** Answers when a text is written, or never will be. */
function sendText(socket: WebSocket, text: string): Promise<void> {
  return new Promise((resolve) => socket.send(text, () => resolve()));
}

/** Ends a connection whose client sends and does not read: answers to it are held in memory for as long as it likes. */
function endUnread(socket: WebSocket): void {
  if (socket.bufferedAmount > UNREAD_LIMIT_BYTES) socket.terminate();
}
