import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { setImmediate } from 'node:timers/promises';

/** A connection of somebody who means harm, and keeps to no rule of HTTP. */
export class Connection implements Disposable {
  readonly #socket: Socket;
  #received = '';
  #isOver: boolean;
  #wake = () => {};

  /** When `signal` is aborted it ends, whatever it waits for. */
  static async open(url: string, signal: AbortSignal): Promise<Connection> {
    const { hostname, port } = new URL(url);
    const socket = connect({ host: hostname, port: Number(port), signal });
    socket.on('error', () => {});
    await Promise.race([once(socket, 'connect'), once(socket, 'close')]).catch(() => {});
    return new Connection(socket);
  }

  private constructor(socket: Socket) {
    this.#socket = socket;
    this.#isOver = socket.destroyed;
    socket.on('drain', () => this.#wake());
    for (const name of ['end', 'close']) {
      socket.once(name, () => {
        this.#isOver = true;
        this.#wake();
      });
    }
  }

  /** Sends a text so many times, or as often until there is an answer. */
  async send(text: string, times = 1): Promise<void> {
    const timesInChunk = Math.max(1, Math.min(times, Math.floor(CHUNK_LENGTH / text.length)));
    const chunk = Buffer.from(text.repeat(timesInChunk));
    this.#read();
    for (let left = times; left > 0; left -= timesInChunk) {
      // What has come is read before more is sent: a connection that the other side has closed would lose it.
      await setImmediate();
      if (this.#received !== '' || this.#isOver) return;
      const isTaken = this.#socket.write(left < timesInChunk ? chunk.subarray(0, left * text.length) : chunk);
      if (!isTaken) await this.#change();
    }
  }

  /** Sends a text and reads nothing of what comes. */
  sendOnly(text: string): void {
    this.#socket.write(text);
  }

  /** The next answer, from its status line on; what there is of it where the connection ends before. */
  async answer(): Promise<string> {
    this.#read();
    for (;;) {
      const length = lengthOf(this.#received);
      if (this.#received.length >= length || this.#isOver) {
        const answer = this.#received.slice(0, length);
        this.#received = this.#received.slice(length);
        return answer;
      }
      await this.#change();
    }
  }

  [Symbol.dispose](): void {
    this.#socket.destroy();
  }

  #read(): void {
    if (this.#socket.listenerCount('data') > 0) return;
    this.#socket.setEncoding('latin1');
    this.#socket.on('data', (text: string) => {
      this.#received += text;
      this.#wake();
    });
  }

  #change(): Promise<void> {
    return new Promise((resolve) => {
      this.#wake = resolve;
    });
  }
}

const CHUNK_LENGTH = 64 * 1024;

/** How long the answer is that a text begins with; without bound where it does not say so, or not yet. */
function lengthOf(text: string): number {
  const headEnd = text.indexOf('\r\n\r\n');
  const [, length] = /^content-length: *(\d+)/im.exec(text.slice(0, Math.max(headEnd, 0))) ?? [];
  return length === undefined ? Infinity : headEnd + 4 + Number(length);
}
