import { getCACertificates, setDefaultCACertificates } from 'node:tls';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { gzipSync } from 'node:zlib';
import { afterEach, beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import { readConfig } from '../../src/config.js';
import { systemRandom } from '../../src/random.js';
import { makeAuthority, makeSelfSigned } from '../support/certificates.js';
import {
  type Fault,
  type FaultyReceiver,
  neverReads,
  refusesUnread,
  resetsAtFirstBytes,
  resetsAtOnce,
  startFaultyReceiver,
} from '../support/faulty-receiver.js';
import { keepLog } from '../support/log.js';
import { ManualClock } from '../support/manual-clock.js';
import type { Notices } from '../support/notices.js';
import { ATTEMPTS, makeOrganization, makeWebhook, publish, publishMany } from '../support/platform.js';
import { type Exchange, type Receiver, startReceiver } from '../support/receiver.js';
import {
  drip,
  endlessBody,
  gzipBomb,
  hang,
  hangInBody,
  pour,
  raw,
  rawThenClose,
  rawThenReset,
  reset,
} from '../support/receiver-scripts.js';
import { startTestServer, type TestServer } from '../support/server.js';

const HOUR = 3_600_000;
const DAY = 24 * HOUR;
const KIB = 1024;
const MIB = 1024 * KIB;
const { attemptTimeoutMs: TIMEOUT } = readConfig({});
const LARGE = 'x'.repeat(250 * KIB);
const CHUNK = '1\r\nx\r\n';
const OK = 'HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok';

const authority = makeAuthority();
const clock = new ManualClock();
const log = keepLog();
let server: TestServer;
/** At every fault, somebody else's hook has its delivery. */
let neighbour: Receiver;

// One server takes all the faults. It tries again after an hour, to the millisecond, which no test waits for.
beforeAll(async () => {
  const trusted = getCACertificates('default');
  setDefaultCACertificates([...trusted, authority.cert]);
  const random = { ...systemRandom, fraction: () => 0.5 };
  server = await startTestServer({ clock, random, log: log.log, config: { retryScheduleMs: [HOUR] } });
  neighbour = await startReceiver();
  return async () => {
    setDefaultCACertificates(trusted);
    await Promise.all([server[Symbol.asyncDispose](), neighbour.close()]);
  };
});

// What a receiver does is a value: nothing of it is an error of ours.
afterEach(() => {
  const errors = log.lines().filter(({ level }) => level >= 50);
  if (errors.length > 0) throw new Error(JSON.stringify(errors, null, 2));
});

describe('a receiver that', () => {
  it.each<[what: string, code: string, fault: Fault]>([
    ['resets the connection at once', 'ECONNRESET', resetsAtOnce],
    ['resets at the first bytes of the request', 'ECONNRESET', resetsAtFirstBytes],
    ['resets instead of an answer', 'ECONNRESET', { onRequest: reset }],
    ['resets in the headers', 'ECONNRESET', { onRequest: rawThenReset('HTTP/1.1 200 OK\r\nx:') }],
    ['resets in the body', 'ECONNRESET', { onRequest: rawThenReset('HTTP/1.1 200 OK\r\ncontent-length: 9\r\n\r\nok') }],
    ['closes instead of an answer', 'UND_ERR_SOCKET', { onRequest: rawThenClose('') }],
    ['closes in the headers', 'UND_ERR_SOCKET', { onRequest: rawThenClose('HTTP/1.1 200 OK\r\nx:') }],
    ['closes in the body', 'UND_ERR_SOCKET', { onRequest: rawThenClose('HTTP/1.1 200 OK\r\ncontent-length: 9\r\n\r\nok') }],
    ['gives no HTTP in its status line', 'INVALID_HTTP', { onRequest: raw('ICY 200 OK\r\n\r\n') }],
    ['gives no number for its status', 'INVALID_HTTP', { onRequest: raw('HTTP/1.1 OK\r\n\r\n') }],
    ['gives a status below 100', 'INVALID_HTTP', { onRequest: raw(`HTTP/1.1 099 Early\r\n\r\n${OK}`) }],
    ['answers in HTTP/0.9', 'INVALID_HTTP', { onRequest: rawThenClose('<html>ok</html>') }],
    ['gives a huge header', 'UND_ERR_HEADERS_OVERFLOW', { onRequest: raw(`HTTP/1.1 200 OK\r\nx: ${'y'.repeat(20_000)}\r\n\r\n`) }],
    ['gives thousands of headers', 'UND_ERR_HEADERS_OVERFLOW', { onRequest: raw(`HTTP/1.1 200 OK\r\n${'x:\r\n'.repeat(5000)}\r\n`) }],
    ['changes the protocol by 101', 'UNEXPECTED_UPGRADE', { onRequest: raw('HTTP/1.1 101 Switching\r\nupgrade: x\r\n\r\n') }],
    ['answers 103 without end', 'ANSWER_TOO_LONG', { onRequest: pour('', 'HTTP/1.1 103 Early Hints\r\n\r\n'.repeat(500)) }],
    ['answers 100 without end', 'ANSWER_TOO_LONG', { onRequest: pour('', 'HTTP/1.1 100 Continue\r\n\r\n'.repeat(500)) }],
    ['gives a reason without end', 'ANSWER_TOO_LONG', { onRequest: pour('HTTP/1.1 200 ', 'x'.repeat(16 * KIB)) }],
    ['shows a certificate of another name', 'ERR_TLS_CERT_ALTNAME_INVALID', { tls: authority.certify({ names: ['other.example'] }) }],
    ['shows a certificate that has run out', 'CERT_HAS_EXPIRED', { tls: certify({ validTo: Date.now() - DAY / 2 }) }],
    ['shows a certificate that is not valid yet', 'CERT_NOT_YET_VALID', { tls: certify({ validFrom: Date.now() + DAY / 2 }) }],
    ['shows a certificate of its own', 'DEPTH_ZERO_SELF_SIGNED_CERT', { tls: makeSelfSigned() }],
    [
      'shows a certificate of an unknown authority',
      'UNABLE_TO_VERIFY_LEAF_SIGNATURE',
      { tls: makeAuthority().certify({ names: ['127.0.0.1'] }) },
    ],
    ['speaks plain HTTP where TLS is due', 'ERR_SSL_WRONG_VERSION_NUMBER', { scheme: 'https' }],
    ['speaks TLS where plain HTTP is due', 'UND_ERR_SOCKET', { scheme: 'http', tls: certify() }],
  ])('%s has a failed attempt, with the code %s', async (_what, code, fault) => {
    const { receiver, attempts } = await meet(fault);

    const attempt = await attemptAt(receiver, attempts);

    expect(attempt).toMatchObject({ outcome: { __typename: 'ConnectionFailed', code }, delivery: { status: 'RETRYING' } });
    // Each of these has a sentence of its own.
    expect(attempt.outcome.message).not.toContain('The request failed');
    expect(receiver.sentBytes).toBeLessThan(MIB);
    await receiver.ended();
  });

  it.each<[what: string, answer: object, fault: Fault]>([
    ['shows a good certificate', { status: 200, body: 'ok' }, { tls: certify() }],
    ['sends 100 first', { status: 200, body: 'ok' }, { onRequest: raw(`HTTP/1.1 100 Continue\r\n\r\n${OK}`) }],
    ['sends 102 first', { status: 200, body: 'ok' }, { onRequest: raw(`HTTP/1.1 102 Processing\r\n\r\n${OK}`) }],
    ['sends 103 first', { status: 200, body: 'ok' }, { onRequest: raw(`HTTP/1.1 103 Early Hints\r\nlink: x\r\n\r\n${OK}`) }],
    [
      'gives 204 a body',
      { status: 204, headers: [{ name: 'content-length', value: '2' }], body: '' },
      { onRequest: raw('HTTP/1.1 204 No Content\r\ncontent-length: 2\r\n\r\nok') },
    ],
    ['sends more than its length says', { status: 200, body: 'ok' }, { onRequest: raw(`${OK} and more`) }],
    ['ends its body by closing', { status: 200, body: 'ok' }, { onRequest: rawThenClose('HTTP/1.1 200 OK\r\n\r\nok') }],
    ['closes right after its answer', { status: 200, body: 'ok' }, { onRequest: rawThenClose(OK) }],
    ['resets right after its answer', { status: 200, body: 'ok' }, { onRequest: rawThenReset(OK) }],
    ['sends a body without end', { status: 200, body: 'x'.repeat(16 * KIB), bodyTruncated: true }, { onRequest: endlessBody }],
    ['sends markup and terminal codes', { body: '<script>\u001b[31m\u0000' }, { onRequest: { body: '<script>\u001b[31m\0' } }],
  ])('%s has its delivery', async (_what, answer, fault) => {
    const { receiver, attempts } = await meet(fault);

    const attempt = await attemptAt(receiver, attempts);

    expect(attempt).toMatchObject({ outcome: { __typename: 'ResponseReceived', ...answer }, delivery: { status: 'SUCCEEDED' } });
    expect(receiver.received).toHaveLength(1);
    expect(receiver.sentBytes).toBeLessThan(MIB);
  });

  it.each<[what: string, answer: string]>([
    ['gives two lengths', 'HTTP/1.1 200 OK\r\ncontent-length: 2\r\ncontent-length: 3\r\n\r\nok'],
    ['gives chunks and a length', 'HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\ncontent-length: 2\r\n\r\n2\r\nok\r\n0\r\n\r\n'],
    ['gives a length below nothing', 'HTTP/1.1 200 OK\r\ncontent-length: -2\r\n\r\nok'],
    ['gives a header without a colon', 'HTTP/1.1 200 OK\r\nnothing\r\n\r\n'],
    ['gives a header without a name', 'HTTP/1.1 200 OK\r\n: x\r\n\r\n'],
    ['folds a header', 'HTTP/1.1 200 OK\r\nx: y\r\n z\r\n\r\n'],
    ['gives a chunk without a length', 'HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\nok\r\n'],
    ['ends lines with LF alone', OK.replaceAll('\r', '')],
  ])('%s has its delivery, and is told that this is no HTTP', async (_what, answer) => {
    const { receiver, attempts } = await meet({ onRequest: raw(answer) });

    const attempt = await attemptAt(receiver, attempts);

    expect(attempt).toMatchObject({
      outcome: { __typename: 'ResponseReceived', status: 200, statusLine: 'HTTP/1.1 200 OK' },
      delivery: { status: 'SUCCEEDED' },
    });
    expect(attempt.outcome.protocolError).toContain('not as HTTP asks');
    expect(receiver.received).toHaveLength(1);
    await receiver.ended();
  });

  it('fails, and not as HTTP asks, has a failed attempt with its status', async () => {
    const { receiver, attempts } = await meet({ onRequest: raw('HTTP/1.1 500 Oops\n\nno') });

    const attempt = await attemptAt(receiver, attempts);

    expect(attempt).toMatchObject({ outcome: { status: 500, body: 'no' }, delivery: { status: 'RETRYING' } });
  });

  it.each<[status: number, headers: Record<string, string>]>([
    [301, { location: '/elsewhere' }],
    [307, { location: '/hook' }],
    [308, { location: 'http://169.254.169.254/latest/meta-data' }],
    [401, { 'www-authenticate': 'Bearer' }],
    [403, {}],
    [413, { 'retry-after': '60' }],
    [429, { 'retry-after': '60' }],
    [429, { 'retry-after': 'Thu, 01 Jan 2026 13:00:00 GMT' }],
    [429, {}],
    [500, {}],
    [503, { 'retry-after': 'a while' }],
    [503, {}],
    [999, {}],
  ])('answers %i with %j has a failed attempt, which keeps both', async (status, headers) => {
    const { receiver, attempts } = await meet({ onRequest: { status, headers, body: 'no' } });

    const attempt = await attemptAt(receiver, attempts);

    expect(attempt).toMatchObject({ outcome: { __typename: 'ResponseReceived', status, body: 'no' }, delivery: { status: 'RETRYING' } });
    for (const [name, value] of Object.entries(headers)) expect(attempt.outcome.headers).toContainEqual({ name, value });
    expect(receiver.received).toHaveLength(1);
  });

  it('answers 410 has a failed attempt, and gets no other until a person says so', async () => {
    const { receiver, attempts } = await meet({ onRequest: { status: 410, body: 'no' } });

    const attempt = await attemptAt(receiver, attempts);

    expect(attempt).toMatchObject({ outcome: { status: 410, body: 'no' }, delivery: { status: 'HELD' } });
    expect(receiver.received).toHaveLength(1);
  });

  it.each<[what: string, fault: Fault, payload?: unknown]>([
    ['accepts and reads nothing', neverReads],
    ['accepts and reads nothing of a large request', neverReads, LARGE],
    ['accepts and speaks no TLS', { ...neverReads, scheme: 'https' }],
    ['does not answer', { onRequest: hang }],
    ['hangs in its status', { onRequest: raw('HTTP/1.1 1') }],
    ['hangs in its headers', { onRequest: raw('HTTP/1.1 200 OK\r\nx:') }],
    ['hangs after 103', { onRequest: raw('HTTP/1.1 103 Early Hints\r\n\r\n') }],
  ])('%s is given up when the time of the attempt is up, and no sooner', async (_what, fault, payload) => {
    const { receiver, attempts } = await meet(fault, payload);
    await neighbourIsServed(attempts);
    await (fault.onConnection === undefined ? receiver.requests(1) : receiver.connected());

    const { before, attempt } = await outwait(receiver, attempts);

    expect(before.openCount).toBe(1);
    expect(attempt).toMatchObject({
      outcome: { __typename: 'TimedOut', message: 'The answer was not complete within 15000 ms.' },
      delivery: { status: 'RETRYING' },
    });
    await receiver.ended();
  });

  it.each<[what: string, fault: Fault, answer: object]>([
    ['hangs after its headers', { onRequest: raw('HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\n') }, { body: '' }],
    ['hangs in its body', { onRequest: hangInBody }, { body: 'the beginning' }],
    ['gives a byte of its body a second', { onRequest: drip(clock, 'HTTP/1.1 200 OK\r\n\r\n', 'x') }, { body: 'x' }],
    ['gives a chunk a second', { onRequest: drip(clock, 'HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n', CHUNK) }, { body: 'x' }],
    ['answers 500 and hangs in its body', { onRequest: raw('HTTP/1.1 500 Oops\r\n\r\nno') }, { status: 500, body: 'no' }],
  ])('%s has answered with its status two seconds after its headers', async (_what, fault, answer) => {
    const { receiver, attempts } = await meet(fault);
    await neighbourIsServed(attempts);
    await receiver.requests(1);
    await advance(0);
    await advance(1000);
    await advance(999);
    expect(receiver.openCount).toBe(1);

    clock.advance(1);

    const { attempt } = (await attempts.next()).deliveryAttempts;
    const expected = { __typename: 'ResponseReceived', status: 200, bodyTruncated: true, ...answer };
    expect(attempt).toMatchObject({ outcome: expected, delivery: { status: expected.status === 200 ? 'SUCCEEDED' : 'RETRYING' } });
    expect(receiver.received).toHaveLength(1);
    await receiver.ended();
  });

  it.each<[what: string, beginning: string, piece: string]>([
    ['byte of its headers', 'HTTP/1.1 200 OK\r\nx: ', 'y'],
    ['103', '', 'HTTP/1.1 103 Early Hints\r\n\r\n'],
  ])('gives a %s a second for ever is given up like one that gives nothing', async (_what, beginning, piece) => {
    const { receiver, attempts } = await meet({ onRequest: drip(clock, beginning, piece) });
    await neighbourIsServed(attempts);
    await receiver.requests(1);

    const { before, attempt } = await outwait(receiver, attempts);

    expect(before).toEqual({ openCount: 1, sentBytes: beginning.length + 14 * piece.length });
    expect(attempt).toMatchObject({ outcome: { __typename: 'TimedOut' }, delivery: { status: 'RETRYING' } });
    await receiver.ended();
  });

  it('refuses a large request before it has read it has a failed attempt, which keeps its answer', async () => {
    const { receiver, attempts } = await meet(refusesUnread('HTTP/1.1 413 Content Too Large\r\ncontent-length: 2\r\n\r\nno'), LARGE);

    const attempt = await attemptAt(receiver, attempts);

    expect(attempt).toMatchObject({ outcome: { status: 413, body: 'no' }, delivery: { status: 'RETRYING' } });
  });

  it('answers in the last millisecond is in time', async () => {
    const held: Exchange[] = [];
    const { receiver, attempts } = await meet({ onRequest: (exchange) => void held.push(exchange) });
    await neighbourIsServed(attempts);
    await receiver.requests(1);

    await advance(TIMEOUT - 1);
    held[0]!.response.end('just in time');

    const { attempt } = (await attempts.next()).deliveryAttempts;
    expect(attempt).toMatchObject({ outcome: { status: 200, body: 'just in time' } });
  });

  it('answers a millisecond later is too late, and what it says changes nothing', async () => {
    const held: Exchange[] = [];
    const { receiver, attempts } = await meet({ onRequest: (exchange) => void held.push(exchange) });
    await neighbourIsServed(attempts);
    await receiver.requests(1);

    clock.advance(TIMEOUT);
    held[0]!.response.end('too late');
    const { attempt } = (await attempts.next()).deliveryAttempts;
    await receiver.ended();

    expect(attempt).toMatchObject({ outcome: { __typename: 'TimedOut' }, delivery: { status: 'RETRYING', attemptCount: 1 } });
    const { delivery } = await server.gql('query ($id: ID!) { delivery(id: $id) { status attempts { edges { node { id } } } } }', {
      id: attempt.delivery.id,
    });
    expect(delivery).toEqual({ status: 'RETRYING', attempts: { edges: [{ node: { id: attempt.id } }] } });
  });

  it.each<[what: string, unpackedMib: number]>([
    ['a gzip bomb', 15],
    ['a gzip bomb that is larger than what is kept of it', 64],
  ])('sends %s has its delivery, and no more than what is kept is decompressed', async (_what, unpackedMib) => {
    const bomb = gzipBomb(unpackedMib);
    const { receiver, attempts } = await meet({ onRequest: { headers: { 'content-encoding': 'gzip' }, body: bomb } });

    const attempt = await attemptAt(receiver, attempts);

    expect(attempt).toMatchObject({
      outcome: { status: 200, body: '\0'.repeat(16 * KIB), bodyTruncated: true, bodyError: null },
      delivery: { status: 'SUCCEEDED' },
    });
    expect(attempt.outcome.headers).toContainEqual({ name: 'content-encoding', value: 'gzip' });
    expect(attempt.outcome.bodyBytes).toBeGreaterThanOrEqual(Math.min(bomb.length, 16 * KIB + 1));
    expect(attempt.outcome.bodyBytes).toBeLessThanOrEqual(bomb.length);
    expect(receiver.received[0]!.headers['accept-encoding']).toBe('identity');
  });

  it('sends compressed bodies that are broken has its delivery, and is told so', async () => {
    const cut = gzipSync('all that could be read, and what could not').subarray(0, 40);
    const { receiver, attempts } = await meet({ onRequest: { headers: { 'content-encoding': 'gzip' }, body: cut } });

    const attempt = await attemptAt(receiver, attempts);

    expect(attempt).toMatchObject({
      outcome: {
        body: expect.stringMatching(/^all that could/) as string,
        bodyTruncated: true,
        bodyBytes: 40,
        bodyError: 'The compressed body ends too soon; this is what could be read of it.',
      },
      delivery: { status: 'SUCCEEDED' },
    });
  });

  it.each(['gzip', null])('answers in another charset has its words in the record (content-encoding: %s)', async (coding) => {
    const said = Buffer.from('é', 'utf16le');
    const headers = { 'content-type': 'text/plain; charset=UTF-16LE', ...(coding === null ? {} : { 'content-encoding': coding }) };
    const body = coding === null ? said : gzipSync(said);
    const { receiver, attempts } = await meet({ onRequest: { headers, body } });

    const { outcome } = await attemptAt(receiver, attempts);

    expect(outcome).toMatchObject({ status: 200, body: 'é', bodyTruncated: false, bodyBytes: body.length, bodyError: null });
  });

  it.each(['TLSv1.3', 'TLSv1.2'] as const)('wants a client certificate is told that there is none (%s)', async (maxVersion) => {
    const { receiver, attempts } = await meet({ tls: { ...certify(), requestCert: true, maxVersion } });

    const attempt = await attemptAt(receiver, attempts);

    expect(attempt).toMatchObject({
      outcome: {
        __typename: 'ConnectionFailed',
        code: expect.stringMatching(/^ERR_SSL_/) as string,
      },
      delivery: { status: 'RETRYING' },
    });
    expect(attempt.outcome.message).toMatch(/want.* a client certificate, which this server does not have/);
    expect(receiver.received).toEqual([]);
  });

  it('closes its connections when it likes gets the next delivery over a new one', async () => {
    const { receiver, organizationId, attempts } = await meet({ onRequest: rawThenClose(OK) });
    await attemptAt(receiver, attempts);
    await receiver.ended();

    await publish(server, organizationId);

    expect(await attemptAt(receiver, attempts)).toMatchObject({ number: 1, outcome: { status: 200 } });
    expect(receiver.connectionCount).toBe(2);
  });

  it('closes a kept connection just as the next delivery comes gets that once more, in one attempt', async () => {
    const { receiver, organizationId, attempts } = await meet({ onRequest: [{ status: 200 }, reset, { status: 200, body: 'at last' }] });
    await attemptAt(receiver, attempts);

    await publish(server, organizationId);

    expect(await attemptAt(receiver, attempts)).toMatchObject({ number: 1, outcome: { status: 200, body: 'at last' } });
    const [first, second, third] = receiver.received;
    expect(second!.remotePort).toBe(first!.remotePort);
    expect(third).toMatchObject({ headers: { 'webhook-id': second!.headers['webhook-id'] }, body: second!.body });
    expect(receiver.received).toHaveLength(3);
  });

  it('sends two answers at once has the second taken for no other delivery', async () => {
    const smuggled = 'HTTP/1.1 200 OK\r\ncontent-length: 8\r\n\r\nsmuggled';
    const { receiver, organizationId, attempts } = await meet({ onRequest: [raw(OK + smuggled), { status: 500, body: 'its own' }] });
    await attemptAt(receiver, attempts);

    await publish(server, organizationId);

    expect(await attemptAt(receiver, attempts)).toMatchObject({ outcome: { status: 500, body: 'its own' } });
    expect(receiver.connectionCount).toBe(2);
  });

  it('sets a cookie gets it back neither with the retry nor with the next delivery', async () => {
    const ownClock = new ManualClock();
    await using own = await startTestServer({ clock: ownClock, config: { retryScheduleMs: [1000] } });
    await using receiver = await startFaultyReceiver({ onRequest: { status: 500, headers: { 'set-cookie': ['a=1; Path=/', 'b=2'] } } });
    const organizationId = await makeOrganization(own);
    await makeWebhook(own, { organizationId, endpoint: receiver.url });

    const attempts = await own.subscribe(ATTEMPTS, { organizationId });

    await publish(own, organizationId);
    await attempts.next();
    ownClock.advance(1200);
    await attempts.next();
    await publish(own, organizationId);

    const requests = await receiver.requests(3);
    expect(requests.filter(({ headers }) => 'cookie' in headers)).toEqual([]);
  });

  it('sends bodies without end to 200 deliveries costs no more memory than what is kept of them', async () => {
    const receiver = await startFaultyReceiver({ onRequest: endlessBody });
    onTestFinished(() => receiver.close());
    const organizationId = await makeOrganization(server);
    await makeWebhook(server, { organizationId, endpoint: receiver.url });
    const attempts = await server.subscribe(ATTEMPTS, { organizationId });
    await publishMany(server, organizationId, 20);
    await attempts.take(20);
    const before = usedMemory();

    await publishMany(server, organizationId, 200);
    for (let count = 0; count < 200; count += 1) {
      expect((await attempts.next()).deliveryAttempts.attempt.outcome).toMatchObject({ status: 200, bodyTruncated: true });
    }

    expect(usedMemory() - before).toBeLessThan(64 * MIB);
    expect(receiver.sentBytes / 220).toBeLessThan(256 * KIB);
    await receiver.ended();
  });
});

function certify(change: { validFrom?: number; validTo?: number } = {}) {
  return authority.certify({ names: ['127.0.0.1'], ...change });
}

interface Met {
  receiver: FaultyReceiver;
  organizationId: string;
  attempts: Notices<any>;
}

/** Publishes an event to a receiver with this fault, and to the neighbour. */
async function meet(fault: Fault, payload?: unknown): Promise<Met> {
  const receiver = await startFaultyReceiver(fault);
  onTestFinished(() => receiver.close());
  const organizationId = await makeOrganization(server);
  await makeWebhook(server, { organizationId, endpoint: receiver.url });
  await makeWebhook(server, { organizationId, endpoint: neighbour.url });
  const attempts = await server.subscribe(ATTEMPTS, { organizationId });
  onTestFinished(() => attempts.end());
  await publish(server, organizationId, undefined, payload);
  return { receiver, organizationId, attempts };
}

/** The attempt at this receiver, after that at the neighbour or before it. */
async function attemptAt(receiver: FaultyReceiver, attempts: Notices<any>): Promise<any> {
  const both = (await attempts.take(2)).map(({ deliveryAttempts }) => deliveryAttempts.attempt);
  expect(both.find(({ request }) => request.url.startsWith(neighbour.url))).toMatchObject({ outcome: { status: 200 } });
  return both.find(({ request }) => request.url.startsWith(receiver.url));
}

/** The attempt at the neighbour, which comes first where the receiver hangs. */
async function neighbourIsServed(attempts: Notices<any>): Promise<void> {
  const { attempt } = (await attempts.next()).deliveryAttempts;
  expect(attempt).toMatchObject({ request: { url: neighbour.url }, outcome: { status: 200 } });
}

/** Lets the time of an attempt pass, second by second, and answers with the attempt and how things stood a millisecond before its end. */
async function outwait(
  receiver: FaultyReceiver,
  attempts: Notices<any>,
): Promise<{ before: { openCount: number; sentBytes: number }; attempt: any }> {
  const startedAt = clock.now();
  for (let second = 1; second < TIMEOUT / 1000; second += 1) await advance(1000);
  await advance(999);
  const before = { openCount: receiver.openCount, sentBytes: receiver.sentBytes };
  clock.advance(1);
  const { attempt } = (await attempts.next()).deliveryAttempts;
  expect(attempt.request.url).toBe(receiver.url);
  // Had it ended sooner, the next would be due sooner.
  expect(Date.parse(attempt.delivery.nextAttemptAt)).toBe(startedAt + TIMEOUT + HOUR);
  return { before, attempt };
}

/** Moves the clock, and lets the server do all that it would do then. */
async function advance(ms: number): Promise<void> {
  clock.advance(ms);
  await server.gql('{ __typename }');
}

/** In bytes, after the garbage is out. */
function usedMemory(): number {
  setFlagsFromString('--expose-gc');
  (runInNewContext('gc') as () => void)();
  const { heapUsed, external } = process.memoryUsage();
  return heapUsed + external;
}
