import { connect, createServer, type AddressInfo, type Socket } from 'node:net';

/** A line to a PostgreSQL database that counts what it is asked. */
export interface CountedLine extends AsyncDisposable {
  /** Of the database, over this line. */
  readonly url: string;
  /** How many statements went over it: simple queries, and bound ones. */
  readonly statementCount: number;
  /** How many of them read and change nothing. */
  readonly readCount: number;
}

/** As the text of a statement begins that may only read, and what it has in it where it does more. */
const READS = /^\s*(?:select|with)\b/i;
const WRITES = /\b(?:insert into|update|delete from)\b/i;

/** Lays a line to the database of a URL. */
export async function startCountedLine(databaseUrl: string): Promise<CountedLine> {
  const to = new URL(databaseUrl);
  const sockets = new Set<Socket>();
  let statementCount = 0;
  let readCount = 0;
  const server = createServer((near) => {
    const far = connect(Number(to.port), to.hostname);
    for (const socket of [near, far]) {
      sockets.add(socket);
      socket.on('error', () => {}).on('close', () => sockets.delete(socket));
    }
    const prepared = new Map<string, string>();
    const asked = (text: string) => {
      statementCount += 1;
      if (READS.test(text) && !WRITES.test(text)) readCount += 1;
    };
    const messages = new MessageReader((type, body) => {
      if (type === 'Q') asked(stringsOf(body, 1)[0]!);
      else if (type === 'P') {
        const [name, text] = stringsOf(body, 2);
        prepared.set(name!, text!);
      } else if (type === 'B') asked(prepared.get(stringsOf(body, 2)[1]!)!);
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
    get readCount() {
      return readCount;
    },
    async [Symbol.asyncDispose]() {
      for (const socket of sockets) socket.destroy();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

/** The strings with which a message begins, each ended by a zero. */
function stringsOf(body: Buffer, count: number): string[] {
  const strings: string[] = [];
  for (let start = 0; strings.length < count;) {
    const end = body.indexOf(0, start);
    strings.push(body.toString('utf8', start, end));
    start = end + 1;
  }
  return strings;
}

/** Tells of the messages of a client by their types, with what is in them. https://www.postgresql.org/docs/current/protocol-message-formats.html */
class MessageReader {
  readonly #tell: (type: string, body: Buffer) => void;
  #rest: Buffer = Buffer.alloc(0);
  /** The first message has no type. */
  #isStarted = false;

  constructor(tell: (type: string, body: Buffer) => void) {
    this.#tell = tell;
  }

  read(data: Buffer): void {
    this.#rest = Buffer.concat([this.#rest, data]);
    for (;;) {
      const lengthAt = this.#isStarted ? 1 : 0;
      if (this.#rest.length < lengthAt + 4) return;
      const end = lengthAt + this.#rest.readUInt32BE(lengthAt);
      if (this.#rest.length < end) return;
      if (this.#isStarted) this.#tell(String.fromCharCode(this.#rest[0]!), this.#rest.subarray(5, end));
      this.#isStarted = true;
      this.#rest = this.#rest.subarray(end);
    }
  }
}
