import { type AddressInfo, connect, createServer, type Socket } from 'node:net';

/** Stands between a client and a server, and keeps what the client sends. */
export interface Relay extends AsyncDisposable {
  /** Of the server, by way of the relay. */
  readonly url: string;
  /** What came over each connection, in the order of their beginning. */
  readonly connections: ReadonlyArray<{ readonly sent: string }>;
}

/** Starts a relay to a server. */
export async function startRelay(server: { url: string }): Promise<Relay> {
  const connections: Array<{ sent: string }> = [];
  const sockets = new Set<Socket>();
  const relay = createServer((near) => {
    const connection = { sent: '' };
    connections.push(connection);
    const far = connect(Number(new URL(server.url).port), '127.0.0.1');
    for (const socket of [near, far]) {
      sockets.add(socket);
      socket.on('error', () => {}).on('close', () => sockets.delete(socket));
    }
    near.on('data', (data: Buffer) => (connection.sent += data.toString('latin1')));
    near.pipe(far);
    far.pipe(near);
  });
  await new Promise<void>((resolve) => relay.listen(0, '127.0.0.1', resolve));
  return {
    url: `http://127.0.0.1:${(relay.address() as AddressInfo).port}`,
    connections,
    async [Symbol.asyncDispose]() {
      for (const socket of sockets) socket.destroy();
      await new Promise((resolve) => relay.close(resolve));
    },
  };
}
