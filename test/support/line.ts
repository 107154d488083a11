import { connect, createServer, type AddressInfo, type Socket } from 'node:net';

/** A line to a database, over which a server reaches it until the line is cut. */
export interface Line extends AsyncDisposable {
  /** Of the database, over this line. */
  readonly url: string;
  /** From now on nothing comes over the connections that are there, in neither direction, and none of them ends: as when a cable is pulled. New ones are as before. */
  cut(): void;
  /** As `cut`, and nothing comes over new connections either until it is mended. */
  hang(): void;
  /** Ends all connections, and new ones at once, until it is mended. */
  refuse(): void;
  /** New connections are as before; those that hang end. */
  mend(): void;
  /** Lets the next commit through, and ends its connection in place of the answer. Resolves when that has happened. */
  loseCommit(): Promise<void>;
}

/** How a transaction is committed, as it goes over the line: a simple query. */
const COMMIT = Buffer.from('commit\0');

/** Lays a line to the database of a URL. */
export async function startLine(databaseUrl: string): Promise<Line> {
  const to = new URL(databaseUrl);
  const sockets = new Set<Socket>();
  let state: 'WELL' | 'HANGING' | 'REFUSING' = 'WELL';
  let commitLost: (() => void) | undefined;
  const keep = (socket: Socket) => {
    sockets.add(socket);
    // Whoever uses the line hears of it by the end of the connection.
    socket.on('error', () => {}).on('close', () => sockets.delete(socket));
  };
  const endAll = () => {
    for (const socket of sockets) socket.destroy();
  };
  const cut = () => {
    for (const socket of sockets) socket.unpipe().pause();
  };
  const server = createServer((near) => {
    if (state === 'REFUSING') {
      near.destroy();
      return;
    }
    if (state === 'HANGING') {
      keep(near);
      return;
    }
    const far = connect(Number(to.port), to.hostname);
    keep(near);
    keep(far);
    near.pipe(far);
    far.pipe(near);
    near.on('data', (data: Buffer) => {
      if (commitLost === undefined || !data.includes(COMMIT)) return;
      const lost = commitLost;
      commitLost = undefined;
      far.unpipe(near);
      // It answers once it is done.
      far.once('data', () => {
        near.destroy();
        lost();
      });
      far.resume();
    });
    near.on('close', () => far.destroy());
    far.on('close', () => near.destroy());
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const url = new URL(databaseUrl);
  url.port = String((server.address() as AddressInfo).port);
  return {
    url: url.href,
    cut,
    hang() {
      state = 'HANGING';
      cut();
    },
    refuse() {
      state = 'REFUSING';
      endAll();
    },
    mend() {
      if (state === 'HANGING') endAll();
      state = 'WELL';
    },
    async loseCommit() {
      const { promise, resolve } = Promise.withResolvers<void>();
      commitLost = resolve;
      await promise;
    },
    async [Symbol.asyncDispose]() {
      endAll();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
