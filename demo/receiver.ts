import { once } from 'node:events';
import { createServer, type IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';
import { Webhook } from 'standardwebhooks';
import type { Clock } from '../src/clock.js';
import type { CheckToken } from './check-token.js';

/** The event type whose endpoint is down at first: each of its deliveries is answered so before it succeeds. */
export const TROUBLED_TYPE = 'order_created';
const TROUBLES = [500, 503];

/** The event type at whose first delivery the token in use is taken back. */
export const REVOKING_TYPE = 'order_updated';

export interface Receiver extends AsyncDisposable {
  /** Without a path; the endpoint of an event type is its name below it. */
  url: string;
  /** Verifies by this secret from now on. */
  trust(signingSecret: string): void;
  /** How many signatures it has verified. */
  readonly signatureCount: number;
}

/** A receiver as a customer would run it: first the signature, then the access token, then its own doings. */
export async function startReceiver({ checkToken, clock }: { checkToken: CheckToken; clock: Clock }): Promise<Receiver> {
  let webhook: Webhook | undefined;
  let signatureCount = 0;
  const refusedCounts = new Map<string, number>();
  const revoked = new Set<string>();

  async function statusFor(request: IncomingMessage, body: string): Promise<number> {
    if (!isSigned(request, body)) return 400;
    signatureCount += 1;

    const type = request.url?.slice(1);
    const token = /^Bearer (\S+)$/.exec(request.headers.authorization ?? '')?.[1];
    if (token === undefined) return 401;
    if (type === REVOKING_TYPE && revoked.size === 0) revoked.add(token);
    if (revoked.has(token) || !(await checkToken(token, clock.now()))) return 401;

    return (type === TROUBLED_TYPE ? nextTrouble(String(request.headers['webhook-id'])) : undefined) ?? 200;
  }

  function isSigned({ headers }: IncomingMessage, body: string): boolean {
    try {
      webhook?.verify(body, headers as Record<string, string>);
      return webhook !== undefined;
    } catch {
      return false;
    }
  }

  function nextTrouble(deliveryId: string): number | undefined {
    const refusedCount = refusedCounts.get(deliveryId) ?? 0;
    refusedCounts.set(deliveryId, refusedCount + 1);
    return TROUBLES[refusedCount];
  }

  const server = createServer((request, response) => {
    void readBody(request)
      .then((body) => statusFor(request, body))
      .catch(() => 500)
      .then((status) => response.writeHead(status).end());
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');

  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    trust(signingSecret) {
      webhook = new Webhook(signingSecret);
    },
    get signatureCount() {
      return signatureCount;
    },
    async [Symbol.asyncDispose]() {
      server.close();
      server.closeAllConnections();
    },
  };
}

async function readBody(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of request as AsyncIterable<Buffer>) chunks.push(chunk);
  return Buffer.concat(chunks).toString('utf8');
}
