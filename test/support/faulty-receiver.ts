import type { Socket } from 'node:net';
import { type Receiver, type ReceiverTls, type Script, startReceiver } from './receiver.js';

/** What is wrong with a receiver. */
export interface Fault {
  /** What it does with each connection before it reads anything. */
  onConnection?: (socket: Socket) => void;
  /** What it does with each request that it has read; 200 `ok` unless said otherwise. */
  onRequest?: Script | readonly Script[];
  /** With it the receiver speaks HTTPS. */
  tls?: ReceiverTls;
  /** What the endpoint says, where that is not what the receiver speaks. */
  scheme?: 'http' | 'https';
}

/** A receiver with a fault, and what it sees of how it is dealt with. */
export interface FaultyReceiver extends Receiver {
  /** As soon as a first connection stands. */
  connected(): Promise<void>;
  /** How many connections are open. */
  readonly openCount: number;
  /** How many bytes the other side's system has taken of its answers, over all connections. Plain HTTP alone. */
  readonly sentBytes: number;
  /** When the other side has ended all connections. */
  ended(): Promise<void>;
}

/** Starts a receiver with a fault. */
export async function startFaultyReceiver({ onConnection, onRequest, tls, scheme }: Fault): Promise<FaultyReceiver> {
  const sockets: Socket[] = [];
  const first = Promise.withResolvers<void>();
  const receiver = await startReceiver({
    ...(tls === undefined ? {} : { tls }),
    onConnection(socket) {
      sockets.push(socket);
      first.resolve();
      onConnection?.(socket);
    },
  });
  if (onRequest !== undefined) receiver.answerWith(onRequest);

  const open = () => sockets.filter((socket) => !socket.closed);
  return {
    ...receiver,
    get connectionCount() {
      return receiver.connectionCount;
    },
    url: scheme === undefined ? receiver.url : receiver.url.replace(/^https?/, scheme),
    connected: () => first.promise,
    get openCount() {
      return open().length;
    },
    get sentBytes() {
      return sockets.reduce((sum, { bytesWritten, writableLength }) => sum + bytesWritten - writableLength, 0);
    },
    async ended() {
      const closed = open().map((socket) => new Promise((resolve) => socket.once('close', resolve)));
      // One that does not read does not learn of the end either.
      for (const socket of open()) socket.resume();
      await Promise.all(closed);
    },
  };
}

/** Accepts connections and reads nothing from them. */
export const neverReads: Fault = {
  // Node's server has asked for a first read to come, which would undo a pause made at once.
  onConnection: (socket) => process.nextTick(() => socket.pause()),
};

/** Resets each connection as soon as it stands. */
export const resetsAtOnce: Fault = { onConnection: (socket) => void socket.resetAndDestroy() };

/** Resets each connection when the first bytes of a request arrive. */
export const resetsAtFirstBytes: Fault = { onConnection: (socket) => void socket.once('data', () => socket.resetAndDestroy()) };

/** Answers at the first bytes of a request, whatever it is, reads no further and closes. */
export function refusesUnread(answer: string): Fault {
  return {
    onConnection: (socket) =>
      void socket.once('data', () => {
        socket.pause();
        socket.end(answer, 'latin1', () => socket.destroy());
      }),
  };
}
