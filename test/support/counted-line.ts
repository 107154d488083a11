import { connect, createServer, type AddressInfo, type Socket } from 'node:net';

/** A line to a PostgreSQL database that counts what it is asked. */
export interface CountedLine extends AsyncDisposable {
  /** Of the database, over this line. */
  readonly url: string;
  /** How many statements went over it: simple queries, and bound ones. */
  readonly statementCount: number;
}

/** Lays a line to the database of a URL. */
export async function startCountedLine(databaseUrl: string): Promise<CountedLine> {
  const to = new URL(databaseUrl);
  const sockets = new Set<Socket>();
  let statementCount = 0;
  const server = createServer((near) => {
    const far = connect(Number(to.port), to.hostname);
    for (const socket of [near, far]) {
      sockets.add(socket);
      socket.on('error', () => {}).on('close', () => sockets.delete(socket));
    }
    const messages = new MessageReader((type) => {
      if (type === 'Q' || type === 'B') statementCount += 1;
    });
    near.on('data', (data: Buffer) => messages.read(data));
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
    get statementCount() {
      return statementCount;
    },
    async [Symbol.asyncDispose]() {
      for (const socket of sockets) socket.destroy();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

/** Tells of the messages of a client by their types. https://www.postgresql.org/docs/current/protocol-message-formats.html */
class MessageReader {
  readonly #tell: (type: string) => void;
  #rest: Buffer = Buffer.alloc(0);
  /** The first message has no type. */
  #isStarted = false;

  constructor(tell: (type: string) => void) {
    this.#tell = tell;
  }

  read(data: Buffer): void {
    this.#rest = Buffer.concat([this.#rest, data]);
    for (;;) {
      const lengthAt = this.#isStarted ? 1 : 0;
      if (this.#rest.length < lengthAt + 4) return;
      const end = lengthAt + this.#rest.readUInt32BE(lengthAt);
      if (this.#rest.length < end) return;
      if (this.#isStarted) this.#tell(String.fromCharCode(this.#rest[0]!));
      this.#isStarted = true;
      this.#rest = this.#rest.subarray(end);
    }
  }
}
