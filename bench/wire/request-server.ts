import { createServer, type Server, type Socket } from 'node:net';
import { type Message, MessageReader } from './message-reader.js';

/** Called with each POST once all of it is here, and when its first byte was. True: it is answered with 200. */
export type TakeRequest = (request: Message, arrivedAt: number) => boolean;

const OK = Buffer.from('HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok');
const NOT_FOUND = Buffer.from('HTTP/1.1 404 Not Found\r\ncontent-length: 0\r\n\r\n');

/** A server of HTTP/1.1 that knows one answer to a POST and keeps every connection until the other side ends it. */
export class RequestServer {
  readonly server: Server;
  readonly #sockets = new Set<Socket>();
  readonly #take: TakeRequest;
  readonly #now: () => number;

  constructor(take: TakeRequest, now: () => number) {
    this.#take = take;
    this.#now = now;
    this.server = createServer({ noDelay: true }, (socket) => this.#serve(socket));
  }

  /** Takes no more connections and ends those that there are. */
  close(): void {
    this.server.close();
    for (const socket of this.#sockets) socket.destroy();
  }

  #serve(socket: Socket): void {
    this.#sockets.add(socket);
    socket.on('close', () => this.#sockets.delete(socket));
    // What was broken off is the sender's to tell.
    socket.on('error', () => {});
    const reader = new MessageReader();
    let arrivedAt = 0;
    socket.on('data', (chunk) => {
      if (!reader.isWithinMessage) arrivedAt = this.#now();
      try {
        for (const request of reader.read(chunk)) {
          // Who looks for a server that has not begun to listen yet on what was a free port may come here instead.
          if (!request.startLine.startsWith('POST ')) socket.write(NOT_FOUND);
          else if (this.#take(request, arrivedAt)) socket.write(OK);
        }
      } catch (error) {
        // Whoever sent it gets no answer, and the ledger does not close.
        console.error(error);
        socket.destroy();
      }
    });
  }
}
