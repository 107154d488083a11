import { once } from 'node:events';
import { WebSocket } from 'ws';

/** A socket that speaks graphql-transport-ws message by message. */
export interface RawSocket extends AsyncDisposable {
  send(message: object | string): void;
  next(): Promise<any>;
  /** The code by which the server closes. */
  closed: Promise<number>;
}

export async function openSocket(server: { url: string }): Promise<RawSocket> {
  const socket = new WebSocket(`${server.url.replace('http', 'ws')}/graphql`, 'graphql-transport-ws');
  const arrived: any[] = [];
  let wake = () => {};
  socket.on('message', (data: Buffer) => {
    arrived.push(JSON.parse(data.toString('utf8')));
    wake();
  });
  const closed = once(socket, 'close').then(([code]) => code as number);
  await once(socket, 'open');
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
    closed,
    async [Symbol.asyncDispose]() {
      socket.close();
      await closed;
    },
  };
}
