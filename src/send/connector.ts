import { connect as connectTcp, isIP, type Socket } from 'node:net';
import { connect as connectTls } from 'node:tls';
import type { buildConnector } from 'undici';
import type { Clock } from '../clock.js';
import { AddressRefusedError, type AddressRules } from './address-rules.js';
import type { Timing } from './attempt.js';
import { guardAnswers } from './guard-answers.js';

/** What opening a connection took. */
export type ConnectionTiming = Omit<Timing, 'firstByteMs'>;

/** Opens connections for undici, by the address rules, and knows what each of them took. */
export interface Connector {
  /** undici's `connect`. Ignores proxies and unix sockets: they would go round the rules. */
  readonly connect: buildConnector.connector;
  /** Runs `dispatch`; a connection that it opens notes its times in `timing` as they become known. */
  timed(timing: ConnectionTiming, dispatch: () => void): void;
  /** The times of the connection that undici is being given at this moment; null while it uses one that it has. */
  handedOver(): ConnectionTiming | null;
  /** Gives up all connections that are not open yet. */
  close(): void;
}

export interface ConnectorOptions {
  rules: AddressRules;
  clock: Clock;
  /** For name, connection and TLS together. */
  timeoutMs: number;
}

/** A connector. What fails reaches undici as an error: `AddressRefusedError`, `UND_ERR_CONNECT_TIMEOUT` or the system's own. */
export function createConnector({ rules, clock, timeoutMs }: ConnectorOptions): Connector {
  const opening = new Set<Socket>();
  // undici opens connections inside of `dispatch` and sends the request inside of the callback. So plain variables, set around
  // the two, tell whose connection it is. AsyncLocalStorage would not: undici reopens connections from events of older ones.
  let dispatching: ConnectionTiming | null = null;
  let handing: ConnectionTiming | null = null;

  function connect(options: buildConnector.Options, callback: buildConnector.Callback): void {
    const timing = dispatching ?? blankTiming();
    const hand = (...result: Parameters<buildConnector.Callback>) => {
      handing = timing;
      try {
        callback(...result);
      } finally {
        handing = null;
      }
    };
    if (rules.findRefusal(options) !== undefined) return queueMicrotask(() => hand(new AddressRefusedError(), null));

    const isSecure = options.protocol === 'https:';
    const socket = openSocket(options, isSecure, rules);
    const cancelTimeout = clock.after(timeoutMs, () => socket.destroy(connectTimeout()));
    opening.add(socket);
    const settle = () => {
      cancelTimeout();
      return opening.delete(socket);
    };
    noteTimes(socket, timing);
    socket.once('connect', () => {
      const error = remoteAddressError(socket, rules);
      if (error) socket.destroy(error);
    });
    socket.once(isSecure ? 'secureConnect' : 'connect', () => {
      if (socket.destroyed || !settle()) return;
      guardAnswers(socket);
      hand(null, socket);
    });
    socket.on('error', (error) => {
      if (settle()) hand(error, null);
    });
  }

  return {
    connect,
    timed(timing, dispatch) {
      dispatching = timing;
      try {
        dispatch();
      } finally {
        dispatching = null;
      }
    },
    handedOver: () => handing,
    close() {
      for (const socket of opening) socket.destroy(failure('UND_ERR_DESTROYED', 'closed'));
    },
  };
}

/** The times of a request that needed no new connection. */
export function blankTiming(): ConnectionTiming {
  return { dnsMs: null, connectMs: null, tlsMs: null };
}

function openSocket({ hostname, port }: buildConnector.Options, isSecure: boolean, rules: AddressRules): Socket {
  const where = { host: hostname, port: Number(port) || (isSecure ? 443 : 80), lookup: rules.lookup, noDelay: true, keepAlive: true };
  if (!isSecure) return connectTcp(where);
  // Certificates name hosts without the dot at the end; addresses are not sent as server names (RFC 6066).
  const servername = isIP(hostname) ? '' : hostname.replace(/\.$/, '');
  return connectTls({ ...where, servername, ALPNProtocols: ['http/1.1'] });
}

function noteTimes(socket: Socket, timing: ConnectionTiming): void {
  let since = performance.now();
  const lap = () => {
    const before = since;
    since = performance.now();
    return Math.round(since - before);
  };
  socket.once('lookup', () => (timing.dnsMs = lap()));
  socket.once('connect', () => (timing.connectMs = lap()));
  socket.once('secureConnect', () => (timing.tlsMs = lap()));
}

/** What is wrong with where the socket came out, whatever it was told: the last line, should a check before it have a hole. */
function remoteAddressError(socket: Socket, rules: AddressRules): Error | null {
  if (socket.remoteAddress === undefined) return failure('ECONNRESET', 'reset at once');
  return rules.isForbiddenAddress(socket.remoteAddress) ? new AddressRefusedError() : null;
}

function connectTimeout(): Error {
  return failure('UND_ERR_CONNECT_TIMEOUT', 'no connection in time');
}

function failure(code: string, message: string): Error {
  return Object.assign(new Error(message), { code });
}
