import type { Socket } from 'node:net';
import type { buildConnector } from 'undici';
import type { AnswerHead } from './answer-head.js';
import type { Timing } from './attempt.js';
import { createConnectionOpener, type ConnectionOpenerOptions } from './open-connection.js';

/** What opening a connection took. */
export type ConnectionTiming = Omit<Timing, 'firstByteMs'>;

/** Opens connections for undici, by the address rules, and knows what each of them took. */
export interface Connector {
  /** undici's `connect`. */
  readonly connect: buildConnector.connector;
  /** Runs `dispatch`; a connection that it opens notes its times in `timing` as they become known. */
  timed(timing: ConnectionTiming, dispatch: () => void): void;
  /** The times of the connection that undici is being given at this moment; null while it uses one that it has. */
  handedOver(): ConnectionTiming | null;
  /** Has the beginning of an answer kept in `head`. To be called right before its request is written, on whatever connection. */
  starting(head: AnswerHead): void;
  /** Gives up all connections that are not open yet. */
  close(): void;
}

/** A connector. */
export function createConnector(options: Omit<ConnectionOpenerOptions, 'takeStarted'>): Connector {
  // undici opens connections inside of `dispatch` and sends the request inside of the callback. So plain variables, set around
  // the two, tell whose connection it is. AsyncLocalStorage would not: undici reopens connections from events of older ones.
  let dispatching: ConnectionTiming | null = null;
  let handing: ConnectionTiming | null = null;
  let startedHead: AnswerHead | null = null;
  const takeStarted = () => {
    const head = startedHead;
    startedHead = null;
    return head;
  };
  const opener = createConnectionOpener({ ...options, takeStarted });

  return {
    connect(destination, callback) {
      const timing = dispatching ?? blankTiming();
      const hand = (...result: Parameters<buildConnector.Callback>) => {
        handing = timing;
        try {
          callback(...result);
        } finally {
          handing = null;
        }
      };
      opener.open(destination, hand, (socket) => noteTimes(socket, timing));
    },
    timed(timing, dispatch) {
      dispatching = timing;
      try {
        dispatch();
      } finally {
        dispatching = null;
      }
    },
    handedOver: () => handing,
    starting(head) {
      startedHead = head;
    },
    close: () => opener.close(),
  };
}

/** The times of a request that needed no new connection. */
export function blankTiming(): ConnectionTiming {
  return { dnsMs: null, connectMs: null, tlsMs: null };
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
