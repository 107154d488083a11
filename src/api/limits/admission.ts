import type { Server } from 'node:http';
import type { Socket } from 'node:net';
import type { FastifyInstance, FastifyRequest } from 'fastify';
import { OverloadedError } from '../../errors.js';
import { BODY_LIMIT_BYTES } from '../read-body.js';

/** How many connections beyond the limit are still told that it is reached; more of them are closed without a word. */
const TOLD_CONNECTIONS = 100;

/** How soon it may be tried again, in milliseconds: what is under way takes less. */
const RETRY_AFTER_MS = 1000;

export interface AdmissionLimits {
  /** Of HTTP and WebSockets together. */
  connections: number;
  /** What the bodies of requests that are not answered yet come to. A body takes some five times its length while it is dealt with. */
  bodyBytes: number;
}

/** Lets in what the server can hold, and refuses the rest before it is read: by a 503 that says when to try again. */
export class Admission {
  readonly #limits: AdmissionLimits;
  readonly #excess = new WeakSet<Socket>();
  #connectionCount = 0;
  #bodyBytes = 0;

  constructor(server: Server, limits: AdmissionLimits) {
    this.#limits = limits;
    server.maxConnections = limits.connections + TOLD_CONNECTIONS;
    server.on('connection', (socket: Socket) => {
      this.#connectionCount += 1;
      if (this.#connectionCount > limits.connections) this.#excess.add(socket);
      socket.once('close', () => {
        this.#connectionCount -= 1;
      });
    });
  }

  /** Whether a connection is one too many. */
  isExcess(socket: Socket): boolean {
    return this.#excess.has(socket);
  }

  /** Counts the request until it is answered, or says why it is refused. */
  take(app: Pick<FastifyRequest['raw'], 'socket' | 'headers'>, answered: (give: () => void) => void): OverloadedError | undefined {
    const { connections, bodyBytes } = this.#limits;
    if (this.isExcess(app.socket)) return overloaded(`The server has ${connections} connections`);
    const bytes = lengthOf(app.headers);
    if (bytes === 0) return undefined;
    // One that is by itself is let in, whatever the limit.
    if (this.#bodyBytes > 0 && this.#bodyBytes + bytes > bodyBytes)
      return overloaded('The server has as many requests under way as it can hold');
    this.#bodyBytes += bytes;
    answered(() => {
      this.#bodyBytes -= bytes;
    });
    return undefined;
  }
}

/** How long a body will be; of one that does not say, as long as one may be. */
function lengthOf(headers: FastifyRequest['raw']['headers']): number {
  if (headers['transfer-encoding'] !== undefined) return BODY_LIMIT_BYTES;
  return Math.min(Number(headers['content-length'] ?? 0) || 0, BODY_LIMIT_BYTES);
}

function overloaded(reason: string): OverloadedError {
  return new OverloadedError(`${reason}, and takes no more at the moment.`, RETRY_AFTER_MS);
}

/** Asks for each request before its body is read. */
export function admitRequests(app: FastifyInstance, admission: Admission): void {
  app.addHook('onRequest', (request, reply, done) => {
    const refusal = admission.take(request.raw, (give) => reply.raw.once('close', give));
    if (refusal === undefined) return done();
    const { code, message, retryAfterMs } = refusal;
    // What has come of the body is not waited for.
    void reply
      .code(503)
      .headers({ 'retry-after': secondsOf(retryAfterMs!), connection: 'close' })
      .send({ errors: [{ message, extensions: { code, retryAfterMs } }] });
  });
}

/** As `Retry-After` has it (RFC 9110, section 10.2.3). */
export function secondsOf(ms: number): string {
  return String(Math.ceil(ms / 1000));
}
