import { brotliCompressSync, deflateRawSync, deflateSync, gzipSync, zstdCompressSync } from 'node:zlib';
import fc from 'fast-check';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { startReceiver, type Receiver, type Script } from '../support/receiver.js';
import { rawThenClose, rawThenReset } from '../support/receiver-scripts.js';
import { makeCredentials, makeOutgoing, makeTarget, startSender, type StartedSender } from '../send/makers.js';
import { fuzz, seed, timeout } from './fuzz.js';
import { changed, hostileJson, hostileText } from './hostile.js';

const SECRET = 'Canary-Secret-1';

let receiver: Receiver;
let tokenServer: Receiver;
let sender: StartedSender;

beforeAll(async () => {
  [receiver, tokenServer] = await Promise.all([startReceiver(), startReceiver()]);
  sender = startSender();
});

afterAll(() => Promise.all([sender.close(), receiver.close(), tokenServer.close()]));

const ordinary = { access_token: 'abc', token_type: 'Bearer', expires_in: 3600, scope: 'hooks', error: 'invalid_client', debug: SECRET };

/** With a life of any kind: numbers, and text that is nearly one. */
const anyLife = fc.oneof(
  fc.double(),
  fc.integer({ min: -10, max: 120 }),
  fc.double({ min: 0, max: 1e12 }).map(String),
  fc.tuple(fc.constantFrom('', ' ', '\t', '+'), fc.nat(), fc.constantFrom('', '.0', ' ', 's', 'e9')).map((parts) => parts.join('')),
  hostileJson,
);

const bodies = fc.oneof(
  { weight: 3, arbitrary: anyLife.map((life) => JSON.stringify({ ...ordinary, expires_in: life })) },
  { weight: 2, arbitrary: changed(ordinary).map((value) => JSON.stringify(value) ?? '') },
  hostileText,
  hostileText.map((text) => JSON.stringify({ ...ordinary, access_token: text, token_type: undefined })),
  hostileText.map((text) => JSON.stringify({ ...ordinary, token_type: text })),
);

const codings = fc.constantFrom('identity', 'gzip', 'deflate', 'br', 'zstd', 'gzip, gzip', '__proto__', ', ,', 'GZIP;q=1');
const compressors: ((text: string) => Buffer)[] = [gzipSync, deflateSync, deflateRawSync, brotliCompressSync, zstdCompressSync];

const waits = fc.constantFrom(
  '0',
  '1',
  '-1',
  '1.5',
  '99999999999999999999',
  'soon',
  'Thu, 01 Jan 1970 00:00:00 UTC',
  '1767268900',
  '120',
  '',
);

/** An answer in HTTP, and how many requests at the most it may bring about. */
const answers: fc.Arbitrary<{ script: Script; requestLimit: number }> = fc
  .record({
    status: fc.oneof(
      { weight: 3, arbitrary: fc.constant(200) },
      fc.constantFrom(201, 203, 204, 299, 304, 307, 400, 401, 403, 429, 500, 503),
    ),
    body: bodies,
    compress: fc.option(fc.constantFrom(...compressors)),
    mark: fc.constantFrom('', '\ufeff'),
    coding: fc.option(codings, { freq: 2 }),
    wait: fc.option(waits),
  })
  .map(({ status, body, compress, mark, coding, wait }) => ({
    requestLimit: 1,
    script: {
      status,
      body: compress === null ? mark + body : compress(mark + body),
      headers: { ...(coding === null ? {} : { 'content-encoding': coding }), ...(wait === null ? {} : { 'retry-after': wait }) },
    },
  }));

/** Bytes that are no HTTP, or are cut off. A kept connection that says nothing is tried once more. */
const breaks = fc
  .tuple(
    fc.constantFrom(rawThenClose, rawThenReset),
    fc.oneof(hostileText, fc.constantFrom('HTTP/1.1 200 OK\r\n', 'HTTP/1.1 200 OK\r\ncontent-length: 9\r\n\r\n{}')),
  )
  .map(([end, text]) => ({ script: end(text), requestLimit: 2 }));

it(
  `sends nothing without a token, asks once for many deliveries and tells no secret, whatever token servers say (FUZZ_SEED=${seed})`,
  { timeout },
  async () => {
    let round = 0;

    await fuzz(fc.oneof({ weight: 5, arbitrary: answers }, breaks), async ({ script, requestLimit }) => {
      tokenServer.answerWith(script);
      const credentials = makeCredentials(tokenServer.url, { id: `auth_${(round += 1)}`, clientSecret: SECRET, scope: 'hooks orders' });
      const target = makeTarget(receiver.url, { authentication: credentials });
      const [askedBefore, sentBefore] = [tokenServer.received.length, receiver.received.length];

      const attempts = [];
      for (let delivery = 0; delivery < 4; delivery += 1) {
        attempts.push(await sender.send(makeOutgoing(), target));
        sender.clock.advance(100);
      }

      const kinds = new Set(attempts.map(({ outcome }) => outcome.kind));
      const sent = receiver.received.slice(sentBefore);
      expect(['RESPONSE_RECEIVED', 'AUTHENTICATION_FAILED']).toContain([...kinds].join());
      expect(sent).toHaveLength(kinds.has('RESPONSE_RECEIVED') ? 4 : 0);
      for (const { headers } of sent) expect(headers['authorization']).toMatch(/^Bearer +[!-~][ -~]*$/);
      expect(tokenServer.received.length - askedBefore).toBeLessThanOrEqual(requestLimit);
      expect(JSON.stringify(attempts)).not.toContain(SECRET);
    });
  },
);
