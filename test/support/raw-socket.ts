import { once } from 'node:events';
import { WebSocket } from 'ws';

/** A socket that speaks graphql-transport-ws message by message. */
export interface RawSocket extends AsyncDisposable {
  send(message: object | string): void;
  next(): Promise<any>;
  /** How many messages have come and were not taken. */
  readonly waitingCount: number;
  /** Stops to read, so that what the server sends stays with it, and begins again. */
  pause(): void;
  resume(): void;
  /** The code by which the server closes. */
  closed: Promise<number>;
  /** What the server says beside the code. */
  closeReason: Promise<string>;
}

export async function openSocket(server: { url: string }, headers: Record<string, string> = {}): Promise<RawSocket> {
  const socket = new WebSocket(`${server.url.replace('http', 'ws')}/graphql`, 'graphql-transport-ws', { headers });
  const arrived: any[] = [];
  let wake = () => {};
  socket.on('message', (data: Buffer) => {
    arrived.push(JSON.parse(data.toString('utf8')));
    wake();
  });
  const { promise: closed, resolve: closedWith } = Promise.withResolvers<number>();
  const { promise: closeReason, resolve: closedFor } = Promise.withResolvers<string>();
  socket.on('close', (code, reason) => {
    closedWith(code);
    closedFor(reason.toString('utf8'));
  });
  await once(socket, 'open');
  // A connection that the server cuts is told by `closed`.
  socket.on('error', () => {});
  return {
    send: (message) => socket.send(typeof message === 'string' ? message : JSON.stringify(message)),
    async next() {
      while (arrived.length === 0) {
        await new Promise<void>((resolve) => {
          wake = resolve;
        });
      }
      return arrived.shift();
    },
    get waitingCount() {
      return arrived.length;
    },
    pause: () => socket.pause(),
    resume: () => socket.resume(),
    closed,
    closeReason,
    async [Symbol.asyncDispose]() {
      socket.close();
      await closed;
    },
  };
}
