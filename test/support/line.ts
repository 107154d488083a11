import { connect, createServer, type AddressInfo, type Socket } from 'node:net';

/** A line to a database, over which a server reaches it until the line is cut. */
export interface Line extends AsyncDisposable {
  /** Of the database, over this line. */
  readonly url: string;
  /** From now on nothing comes over the connections that are there, in neither direction, and none of them ends: as when a cable is pulled. New ones are as before. */
  cut(): void;
}

/** Lays a line to the database of a URL. */
export async function startLine(databaseUrl: string): Promise<Line> {
  const to = new URL(databaseUrl);
  const sockets = new Set<Socket>();
  const keep = (socket: Socket) => {
    sockets.add(socket);
    // Whoever uses the line hears of it by the end of the connection.
    socket.on('error', () => {}).on('close', () => sockets.delete(socket));
  };
  const server = createServer((near) => {
    const far = connect(Number(to.port), to.hostname);
    keep(near);
    keep(far);
    near.pipe(far);
    far.pipe(near);
    near.on('close', () => far.destroy());
    far.on('close', () => near.destroy());
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const url = new URL(databaseUrl);
  url.port = String((server.address() as AddressInfo).port);
  return {
    url: url.href,
    cut() {
      for (const socket of sockets) socket.unpipe().pause();
    },
    async [Symbol.asyncDispose]() {
      for (const socket of sockets) socket.destroy();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
