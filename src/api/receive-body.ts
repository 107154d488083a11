import type { FastifyInstance, FastifyRequest, preParsingHookHandler } from 'fastify';
import type { Clock } from '../clock.js';
import { CallerError, type OverloadedError } from '../errors.js';
import type { BodyAccount, BodyMemory } from './limits/body-memory.js';

/** The largest body of a caller who may publish, in bytes: room for a full `publishEvents` of ordinary payloads. */
export const PUBLISH_BODY_LIMIT_BYTES = 16 * 1024 * 1024;

/** The largest body of any other caller, in bytes: room for a configuration document with a thousand hooks. */
export const BODY_LIMIT_BYTES = 1024 * 1024;

/** How long a body may take from its first byte to its last, in milliseconds. */
const BODY_TIMEOUT_MS = 30_000;

/** How often it is looked at how much has come, in milliseconds. */
const RATE_INTERVAL_MS = 10_000;

/** What has to come in such an interval, in bytes: 1.6 KiB a second. Whoever sends less stands still, or means to. */
const LEAST_BYTES_PER_INTERVAL = 16 * 1024;

/** A body that was refused is read to its end and dropped if it is announced to have no more bytes than this; else the connection is closed. */
const DROPPED_BODY_BYTES = 64 * 1024;

declare module 'fastify' {
  interface FastifyRequest {
    /** What the body takes of the memory for bodies; null where there is none. */
    bodyAccount: BodyAccount | null;
  }
}

/** Before the body of a caller who is known is read: what it takes is given back once the request is answered, or its connection gone. */
export function openBodyAccount(memory: BodyMemory): preParsingHookHandler {
  return (request, reply, payload, done) => {
    if (announcedBytes(request) > 0) {
      const account = memory.open(request.caller!);
      request.bodyAccount = account;
      reply.raw.once('close', () => account.release());
      if (/100-continue/i.test(request.headers.expect ?? '')) reply.raw.writeContinue();
    }
    done(null, payload);
  };
}

/** Reads a body as it comes: at most as much as its caller may send and as the server can hold, and in time. Throws a CallerError or an OverloadedError. */
export function receiveBody({ raw, caller, bodyAccount }: FastifyRequest, clock: Clock): Promise<Buffer> {
  const limit = caller!.may.has('PUBLISH') ? PUBLISH_BODY_LIMIT_BYTES : BODY_LIMIT_BYTES;
  const chunks: Buffer[] = [];
  let length = 0;
  let lengthBefore = 0;
  const startedAt = clock.elapsed();

  return new Promise((resolve, reject) => {
    // Most bodies come with their head, and are read to their end before any immediate: those need no timer.
    const waiting = setImmediate(() => (cancelTimer = clock.after(RATE_INTERVAL_MS, checkProgress)));
    let cancelTimer = () => clearImmediate(waiting);
    raw.on('data', take);
    raw.once('end', () => {
      cancelTimer();
      raw.off('close', breakOff);
      resolve(chunks.length === 1 ? chunks[0]! : Buffer.concat(chunks));
    });
    raw.once('error', breakOff);
    raw.once('close', breakOff);
    if (Number(raw.headers['content-length'] ?? 0) > limit) fail(tooLarge(limit));

    function take(chunk: Buffer): void {
      length += chunk.length;
      const refusal = length > limit ? tooLarge(limit) : bodyAccount?.add(chunk.length);
      if (refusal !== undefined) return fail(refusal);
      chunks.push(chunk);
    }

    function checkProgress(): void {
      const elapsedMs = clock.elapsed() - startedAt;
      if (elapsedMs >= BODY_TIMEOUT_MS || length - lengthBefore < LEAST_BYTES_PER_INTERVAL) return fail(tooSlow(length, elapsedMs));
      lengthBefore = length;
      cancelTimer = clock.after(RATE_INTERVAL_MS, checkProgress);
    }

    function breakOff(): void {
      fail(brokenOff(length));
    }

    function fail(error: CallerError | OverloadedError): void {
      cancelTimer();
      raw.off('data', take);
      chunks.length = 0;
      bodyAccount?.release();
      reject(error);
    }
  });
}

/**
 * Lets nobody without a key send a body: where the answer comes before the body has, the connection is closed, or a short body dropped. A body that its
 * client holds back is asked for only once it is to be read (RFC 9110, section 10.1.1), where Node would ask at once.
 */
export function leaveBodiesUnread(app: FastifyInstance): void {
  app.server.on('checkContinue', (request, response) => void app.server.emit('request', request, response));
  app.addHook('onSend', (request, reply, _payload, done) => {
    if (!request.raw.complete && announcedBytes(request) > DROPPED_BODY_BYTES) reply.header('connection', 'close');
    done();
  });
}

/** How long a body is said to be, in bytes; of one that does not say, without bound. */
function announcedBytes({ headers }: FastifyRequest): number {
  return headers['transfer-encoding'] === undefined ? Number(headers['content-length'] ?? 0) : Infinity;
}

function tooLarge(limit: number): CallerError {
  const mib = `${limit / 1024 / 1024} MiB`;
  const advice = limit === PUBLISH_BODY_LIMIT_BYTES ? 'publish fewer events in a call' : 'only keys with the scope PUBLISH may send more';
  return new CallerError('PAYLOAD_TOO_LARGE', `The body is larger than ${limit} bytes (${mib}): ${advice}.`);
}

function brokenOff(length: number): CallerError {
  return new CallerError('BAD_USER_INPUT', `The connection ended within the body, after ${length} bytes. Nothing was changed.`);
}

function tooSlow(length: number, elapsedMs: number): CallerError {
  const expected = `at least ${LEAST_BYTES_PER_INTERVAL / 1024} KiB in each ${RATE_INTERVAL_MS / 1000} s, and all of it within ${BODY_TIMEOUT_MS / 1000} s`;
  return new CallerError(
    'REQUEST_TIMEOUT',
    `The body comes too slowly: expected ${expected}, received ${length} bytes in ${Math.round(elapsedMs / 1000)} s. Nothing was changed.`,
  );
}
