import type { Server } from 'node:http';
import type { Socket } from 'node:net';
import type { FastifyInstance } from 'fastify';
import { OverloadedError } from '../../errors.js';
import { refuse } from '../refusal.js';
import type { Refusals } from './refusals.js';

/** How many connections beyond the limit are still told that it is reached; more of them are closed without a word. */
const TOLD_CONNECTIONS = 100;

/** How soon it may be tried again, in milliseconds: what is under way takes less. */
const RETRY_AFTER_MS = 1000;

/** Counts connections, of HTTP and WebSockets together, and knows those that are too many. */
export class Admission {
  readonly #limit: number;
  readonly #refusals: Refusals;
  readonly #excess = new WeakSet<Socket>();
  #connectionCount = 0;

  constructor(server: Server, limit: number, refusals: Refusals) {
    this.#limit = limit;
    this.#refusals = refusals;
    server.maxConnections = limit + TOLD_CONNECTIONS;
    server.on('connection', (socket: Socket) => {
      this.#connectionCount += 1;
      if (this.#connectionCount > limit) this.#excess.add(socket);
      socket.once('close', () => {
        this.#connectionCount -= 1;
      });
    });
    server.on('drop', () => refusals.note('CONNECTIONS'));
  }

  /** Why what comes on a connection is refused, where that is one too many. */
  refusalOf(socket: Socket): OverloadedError | undefined {
    if (!this.#excess.has(socket)) return undefined;
    this.#refusals.note('CONNECTIONS');
    return new OverloadedError(`The server has ${this.#limit} connections, and takes no more at the moment.`, RETRY_AFTER_MS);
  }

  /** Refuses what comes on a connection that is one too many. */
  guard(app: FastifyInstance): void {
    app.addHook('onRequest', (request, reply, done) => {
      const refusal = this.refusalOf(request.raw.socket);
      if (refusal === undefined) return done();
      void reply.header('connection', 'close');
      refuse(reply, refusal);
    });
  }
}
