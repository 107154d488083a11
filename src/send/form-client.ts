import type { ClientRequest, IncomingHttpHeaders, IncomingMessage } from 'node:http';
import got from 'got';
import type { Clock } from '../clock.js';
import type { AddressRules } from './address-rules.js';
import { errorCode } from './failure-outcome.js';
import { createGuardedAgents, type GuardedAgents } from './guarded-agents.js';
import { createConnectionOpener } from './open-connection.js';
import { wasStale } from './stale-connection.js';

/** A form to post. */
export interface FormRequest {
  url: string;
  headers: Record<string, string>;
  body: string;
}

/** An answer, whatever its status; its body as it came, or null where it is longer than may be. */
export interface FormAnswer {
  status: number;
  headers: IncomingHttpHeaders;
  body: Buffer | null;
}

/** Posts forms and reads the answers whole. */
export interface FormClient {
  /** Posts once. Rejects with what broke it off, the abort of `signal` included. */
  post(request: FormRequest, signal: AbortSignal): Promise<FormAnswer>;
  /** Closes all connections. */
  close(): void;
}

export interface FormClientOptions {
  rules: AddressRules;
  clock: Clock;
  /** Tells got when a wait has no more sense; whoever posts has a deadline of its own. */
  timeoutMs: number;
  /** The longest body that is read. */
  limitBytes: number;
  /** For how long connections are kept that nothing goes over. */
  idleMs?: number;
}

/**
 * A client on got, by the same rules as the one that sends deliveries (`http-client.ts`): where it may connect to, how much may
 * come, how long connections are kept, and when a request goes out once more. It follows no redirect, decompresses nothing,
 * knows no cookies and no proxy.
 */
export function createFormClient({ rules, clock, timeoutMs, limitBytes, idleMs }: FormClientOptions): FormClient {
  const opener = createConnectionOpener({ rules, clock, timeoutMs });
  const agents = createGuardedAgents({ opener, ...(idleMs === undefined ? {} : { idleMs }) });
  // For a request that broke a kept connection.
  const freshAgents = createGuardedAgents({ opener, idleMs: 0 });

  async function post({ url, headers, body }: FormRequest, signal: AbortSignal, by: GuardedAgents): Promise<FormAnswer> {
    const stream = got.stream.post(url, {
      headers: { ...headers, 'accept-encoding': 'identity' },
      body,
      signal,
      agent: { http: by.http, https: by.https },
      retry: { limit: 0 },
      followRedirect: false,
      throwHttpErrors: false,
      // got has no limit on what a small compressed answer grows to.
      decompress: false,
      timeout: { request: timeoutMs },
    });
    const connection = watchConnection(stream);
    let answer: Omit<FormAnswer, 'body'> = { status: 0, headers: {} };
    stream.once(
      'response',
      ({ statusCode = 0, headers: ofAnswer }: IncomingMessage) => (answer = { status: statusCode, headers: ofAnswer }),
    );
    // The loop below reports errors; one after its end would otherwise be nobody's and stop the process.
    stream.on('error', () => {});
    const chunks: Buffer[] = [];
    let bytes = 0;
    try {
      for await (const chunk of stream as AsyncIterable<Buffer>) {
        bytes += chunk.length;
        // Leaving the loop destroys the stream and its connection.
        if (bytes > limitBytes) return { ...answer, body: null };
        chunks.push(chunk);
      }
    } catch (error) {
      if (by === freshAgents || signal.aborted || !wasStale({ code: errorCode(error), ...connection() })) throw error;
      return post({ url, headers, body }, signal, freshAgents);
    }
    return { ...answer, body: Buffer.concat(chunks) };
  }

  return {
    post: (request, signal) => post(request, signal, agents),
    close() {
      opener.close();
      agents.close();
      freshAgents.close();
    },
  };
}

/** Tells of the connection that got's request goes over whether it was used before, and whether anything came back. */
function watchConnection(stream: NodeJS.EventEmitter): () => { isReused: boolean; hasAnswerBegun: boolean } {
  let isReused = false;
  let answeredBytes = () => 0;
  stream.once('request', (request: ClientRequest) => {
    request.once('socket', (socket) => {
      isReused = request.reusedSocket;
      const bytesBefore = socket.bytesRead;
      answeredBytes = () => socket.bytesRead - bytesBefore;
    });
  });
  return () => ({ isReused, hasAnswerBegun: answeredBytes() > 0 });
}
