import { connect as connectTcp, isIP, type Socket } from 'node:net';
import { connect as connectTls } from 'node:tls';
import type { Clock } from '../clock.js';
import { AddressRefusedError, type AddressRules, type Destination } from './address-rules.js';
import type { AnswerHead } from './answer-head.js';
import { guardAnswers } from './guard-answers.js';

/** For how long a connection is kept that nothing goes over. Firewalls and servers forget idle ones after minutes, and say nothing. */
export const IDLE_CONNECTION_MS = 4000;

/** Gets a connection that stands, or why there is none; called once. */
export type OnConnection = (...result: [error: Error, socket: null] | [error: null, socket: Socket]) => void;

/** Opens all connections that leave this server for receivers and token servers, whichever HTTP client uses them. */
export interface ConnectionOpener {
  /**
   * Opens a connection by the address rules, TLS included, and bounds what answers over it may take (`guardAnswers`). `watch`
   * gets the socket before it is connected. Errors are `AddressRefusedError`, `UND_ERR_CONNECT_TIMEOUT` or the system's own.
   */
  open(destination: Destination, onConnection: OnConnection, watch?: (socket: Socket) => void): void;
  /** Gives up all connections that are not open yet. */
  close(): void;
}

export interface ConnectionOpenerOptions {
  rules: AddressRules;
  clock: Clock;
  /** For name, connection and TLS together. */
  timeoutMs: number;
  /** As `guardAnswers` has it. */
  takeStarted?: () => AnswerHead | null;
}

/** Ignores proxies and unix sockets: they would go round the rules. */
export function createConnectionOpener({ rules, clock, timeoutMs, takeStarted }: ConnectionOpenerOptions): ConnectionOpener {
  const opening = new Set<Socket>();
  return {
    open(destination, onConnection, watch) {
      if (rules.findRefusal(destination) !== undefined) return queueMicrotask(() => onConnection(new AddressRefusedError(), null));

      const isSecure = destination.protocol === 'https:';
      const socket = openSocket(destination, isSecure, rules);
      const cancelTimeout = clock.after(timeoutMs, () => socket.destroy(connectTimeout()));
      opening.add(socket);
      const settle = () => {
        cancelTimeout();
        return opening.delete(socket);
      };
      watch?.(socket);
      socket.once('connect', () => {
        const error = remoteAddressError(socket, rules);
        if (error) socket.destroy(error);
      });
      socket.once(isSecure ? 'secureConnect' : 'connect', () => {
        if (socket.destroyed || !settle()) return;
        guardAnswers(socket, takeStarted);
        onConnection(null, socket);
      });
      socket.on('error', (error) => {
        if (settle()) return onConnection(error, null);
        // An alert after the handshake, as TLS 1.3 asks for a client certificate, leaves the socket to come to its end, and undici
        // would tell of that end alone. Without the error, which all others hear now: twice would be once more than got bears.
        socket.destroy();
      });
    },
    close() {
      for (const socket of opening) socket.destroy(failure('UND_ERR_DESTROYED', 'closed'));
    },
  };
}

function openSocket({ hostname, port }: Destination, isSecure: boolean, rules: AddressRules): Socket {
  const where = { host: hostname, port: Number(port) || (isSecure ? 443 : 80), lookup: rules.lookup, noDelay: true, keepAlive: true };
  if (!isSecure) return connectTcp(where);
  // Certificates name hosts without the dot at the end; addresses are not sent as server names (RFC 6066).
  const servername = isIP(hostname) ? '' : hostname.replace(/\.$/, '');
  return connectTls({ ...where, servername, ALPNProtocols: ['http/1.1'] });
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
