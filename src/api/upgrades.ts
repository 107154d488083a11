import type { IncomingMessage, Server } from 'node:http';
import type { Duplex } from 'node:stream';
import type { FastifyInstance } from 'fastify';
import type { Admission } from './limits/admission.js';
import type { UpgradeLog } from './upgrade-log.js';
import {
  bodyOf,
  findLostUpgrade,
  findUpgradeRefusal,
  statusPhrases,
  tooManyConnections,
  type UpgradeRefusal,
  type UpgradeRules,
} from './upgrade-refusals.js';

export interface UpgradeOptions extends UpgradeRules {
  server: Server;
  admission: Admission;
  log: UpgradeLog;
}

/** What may become a WebSocket: `refuse` is for what turns out to be none after all. */
export type OpenSocket = (request: IncomingMessage, socket: Duplex, head: Buffer, refuse: (refusal: UpgradeRefusal) => void) => void;

/**
 * Whether a request leaves HTTP. Any other `Upgrade`, such as the h2c that Java's HttpClient and `curl --http2` offer with each
 * request, is ignored, as RFC 9110 (section 7.8) lets a server: the request is answered as if it did not have that header.
 */
export function isWebSocketRequest({ headers }: IncomingMessage): boolean {
  return (headers.upgrade ?? '').split(',').some((protocol) => protocol.trim().toLowerCase() === 'websocket');
}

/** Gives each request for a WebSocket to `open`, or refuses it with a reason in the body and in the log. */
export function answerUpgrades({ server, admission, log, ...rules }: UpgradeOptions, open: OpenSocket): void {
  server.on('upgrade', (request: IncomingMessage, socket: Duplex, head: Buffer) => {
    // Node has taken its own listener away, and an error that nobody listens for would end the process.
    socket.on('error', () => socket.destroy());
    const refuse = (refusal: UpgradeRefusal) => {
      log.refused(request, refusal);
      answerRefusal(socket, refusal);
    };
    const excess = admission.refusalOf(request.socket);
    const refusal = excess === undefined ? findUpgradeRefusal(request, rules) : tooManyConnections(excess);
    if (refusal === undefined) open(request, socket, head, refuse);
    else refuse(refusal);
  });
}

/** Tells whoever asks for a WebSocket through a proxy that passes the handshake on without its `Upgrade` what is missing. */
export function answerLostUpgrades(app: FastifyInstance, log: UpgradeLog): void {
  app.addHook('onRequest', (request, reply, done) => {
    const refusal = findLostUpgrade(request.raw);
    if (refusal === undefined) return done();
    log.refused(request.raw, refusal);
    void reply
      .code(refusal.status)
      .headers({ ...refusal.headers })
      .send(bodyOf(refusal));
  });
}

/** Answers a request whose connection has already left HTTP, and ends the connection. */
function answerRefusal(socket: Duplex, refusal: UpgradeRefusal): void {
  const body = JSON.stringify(bodyOf(refusal));
  const headers = {
    ...refusal.headers,
    Connection: refusal.headers?.Upgrade === undefined ? 'close' : 'Upgrade, close',
    'Content-Type': 'application/json; charset=utf-8',
    'Content-Length': Buffer.byteLength(body),
  };
  const lines = Object.entries(headers).map(([name, value]) => `${name}: ${value}`);
  // A client that never closes its side would keep the connection for good.
  socket.once('finish', () => socket.destroy());
  socket.end(`HTTP/1.1 ${refusal.status} ${statusPhrases[refusal.status]}\r\n${lines.join('\r\n')}\r\n\r\n${body}`);
}
