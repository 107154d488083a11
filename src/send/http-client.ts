import pLimit from 'p-limit';
import { Agent } from 'undici';
import type { Clock } from '../clock.js';
import type { AddressRules } from './address-rules.js';
import { AnswerCollector, type Collected } from './answer-collector.js';
import { HEADER_LIMIT_BYTES } from './answer-limits.js';
import type { HttpMethod, Timing } from './attempt.js';
import { createConnector } from './connector.js';
import { IDLE_CONNECTION_MS } from './open-connection.js';
import type { Header, Outcome } from './outcome.js';
import { showDecompressed } from './shown-body.js';

/** One request, ready to go. */
export interface HttpRequest {
  /** `https://example.com:8443` */
  origin: string;
  /** Path and query. */
  path: string;
  method: HttpMethod;
  headers: readonly Header[];
  body: Buffer;
}

/** Sends requests and makes a value of whatever comes of it. */
export interface HttpClient {
  /** Sends `request`; gives up when `signal` is aborted, whatever the receiver is doing. Never rejects. */
  call(request: HttpRequest, signal: AbortSignal): Promise<{ outcome: Outcome; timing: Timing }>;
  /** Breaks off what is under way (`UND_ERR_DESTROYED`) and closes all connections. */
  close(): Promise<void>;
}

export interface HttpClientOptions {
  rules: AddressRules;
  clock: Clock;
  /** The time that whoever calls gives each attempt; tells undici when a wait has no more sense. */
  timeoutMs: number;
  /** For how long connections are kept that nothing goes over, whatever receivers offer. */
  idleMs?: number;
}

/**
 * A client on undici, with a pool of kept-alive connections for each origin. It follows no redirect, repeats no request,
 * decompresses no more of an answer than is kept, knows no cookies and no proxy.
 */
export function createHttpClient({ rules, clock, timeoutMs, idleMs = IDLE_CONNECTION_MS }: HttpClientOptions): HttpClient {
  const connector = createConnector({ rules, clock, timeoutMs });
  const agent = new Agent({
    connect: connector.connect,
    // One request at a time on a connection, so that a receiver that hangs delays nobody else's deliveries.
    pipelining: 1,
    allowH2: false,
    maxHeaderSize: HEADER_LIMIT_BYTES,
    keepAliveTimeout: idleMs,
    keepAliveMaxTimeout: idleMs,
    // Behind the signal: it covers what these do not (answers below 200 without end), these are there should it have a hole.
    headersTimeout: timeoutMs,
    bodyTimeout: timeoutMs,
  });

  // One at a time, so that receivers that compress take one of the threads that look names up as well, and the memory of one.
  const decompressing = pLimit(1);

  function send(request: HttpRequest, signal: AbortSignal): Promise<Collected> {
    return new Promise((settle) => {
      const collector = new AnswerCollector({ connector, clock, timeoutMs }, (collected) => {
        signal.removeEventListener('abort', cutOff);
        settle(collected);
      });
      const cutOff = () => collector.cutOff();
      if (signal.aborted) return cutOff();
      signal.addEventListener('abort', cutOff);
      const { origin, path, method, body } = request;
      const headers = request.headers.flatMap(({ name, value }) => [name, value]);
      connector.timed(collector.timing, () => agent.dispatch({ origin, path, method, headers, body }, collector));
    });
  }

  return {
    async call(request, signal) {
      const first = await send(request, signal);
      // A receiver closes idle connections when it likes, and the request that crosses the news is lost without anybody's fault.
      // Sending it again at once is safe: deliveries are promised at least once, and the repetition has the same `webhook-id`,
      // should the receiver have read the first after all. It goes over a new connection: undici gives it to the first client of
      // the origin's pool that is free, and that is the one whose connection has just broken.
      const { outcome, timing, compressed } = first.connectionWasStale ? await send(request, signal) : first;
      if (compressed === null || outcome.kind !== 'RESPONSE_RECEIVED') return { outcome, timing };
      const shown = await decompressing(() => showDecompressed(compressed, compressed.contentEncoding, outcome.headers));
      return { outcome: { ...outcome, ...shown }, timing };
    },
    async close() {
      connector.close();
      await agent.destroy();
    },
  };
}
