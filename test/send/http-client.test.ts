import { once } from 'node:events';
import { createServer, type Socket } from 'node:net';
import { describe, expect, it } from 'vitest';
import { createAddressRules, type Resolve } from '../../src/send/address-rules.js';
import { createOwnAddresses } from '../../src/send/own-addresses.js';
import { makeSelfSigned } from '../support/certificates.js';
import { ManualClock } from '../support/manual-clock.js';
import type { ReceiverOptions, Script } from '../support/receiver.js';
import { endlessBody, hang, pour, raw, reset, resetInBody } from '../support/receiver-scripts.js';
import { trustedCertificate } from '../support/trusted-certificate.js';
import { callOnce, connectionIsFree, listen, resolveTo, start, startClient } from './client.js';
import { ATTEMPT_TIMEOUT_MS } from './makers.js';

const NO_ADDRESS =
  'The host name does not exist, or it leads to an address that requests may not go to. Check how it is spelled; an operator can allow addresses by DANGEROUSLY_ALLOWED_ADDRESSES.';

const timedOut = { kind: 'TIMED_OUT', message: 'The answer was not complete within 15000 ms.' };

describe('what a receiver answers', () => {
  it('is given as it came: status, headers in order and spelling, body', async () => {
    const { receiver, call } = await start();
    receiver.answerWith(raw('HTTP/1.1 418 Teapot\r\nX-One: 1\r\nx-two: \xe9\r\nX-One: 2\r\nContent-Length: 3\r\n\r\nno!'));

    const { outcome } = await call();

    expect(outcome).toEqual({
      kind: 'RESPONSE_RECEIVED',
      status: 418,
      headers: [
        { name: 'X-One', value: '1' },
        { name: 'x-two', value: 'é' },
        { name: 'X-One', value: '2' },
        { name: 'Content-Length', value: '3' },
      ],
      body: 'no!',
      bodyTruncated: false,
    });
  });

  it('is given with headers of up to 16 KiB', async () => {
    const { receiver, call } = await start();
    receiver.answerWith(raw(`HTTP/1.1 204 No Content\r\n${'name: value\r\n'.repeat(1260)}\r\n`));

    const { outcome } = await call();

    expect(outcome).toMatchObject({ status: 204, headers: Array.from({ length: 1260 }, () => ({ name: 'name', value: 'value' })) });
  });

  it.each<[string, Script, string, boolean]>([
    ['an empty body', { body: '' }, '', false],
    ['16 KiB', { body: 'x'.repeat(16_384) }, 'x'.repeat(16_384), false],
    ['one byte more', { body: 'x'.repeat(16_385) }, 'x'.repeat(16_384), true],
    ['a body without end', endlessBody, 'x'.repeat(16_384), true],
    ['bytes that are not UTF-8', { body: Buffer.from([0x61, 0xff, 0x62]) }, 'a\ufffdb', false],
    ['a character in halves at the cut', { body: `${'x'.repeat(16_383)}éé` }, 'x'.repeat(16_383), true],
    ['markup and terminal codes', { body: '<script>\u001b[31m' }, '<script>\u001b[31m', false],
  ])('is kept to 16 KiB: %s', async (_title, script, body, bodyTruncated) => {
    const { receiver, call } = await start();
    receiver.answerWith(script);

    const { outcome } = await call();

    expect(outcome).toMatchObject({ kind: 'RESPONSE_RECEIVED', status: 200, body, bodyTruncated });
  });

  it('stops the receiver that sends a body without end', async () => {
    const { receiver, call } = await start();
    const { promise: closed, resolve } = Promise.withResolvers<void>();
    receiver.answerWith((exchange) => {
      exchange.socket.once('close', () => resolve());
      if (typeof endlessBody === 'function') endlessBody(exchange);
    });

    await call();

    await closed;
  });

  it.each([301, 302, 303, 307, 308])('is not followed when it is a redirect (%i)', async (status) => {
    const { receiver, call } = await start();
    receiver.answerWith({ status, headers: { location: `${receiver.url}/elsewhere` } });

    const { outcome } = await call();

    expect(outcome).toMatchObject({ status });
    expect(receiver.received).toHaveLength(1);
  });

  it.each(['100 Continue', '102 Processing', '103 Early Hints', '199 Whatever'])(
    'is the final answer, after any number of %s',
    async (early) => {
      const { receiver, call } = await start();
      receiver.answerWith(raw(`HTTP/1.1 ${early}\r\nlink: a\r\n\r\n`.repeat(3), 'HTTP/1.1 204 No Content\r\n\r\n'));

      const { outcome } = await call();

      expect(outcome).toMatchObject({ status: 204, headers: [] });
    },
  );
});

describe('what a receiver breaks', () => {
  it.each<[string, Script, string]>([
    ['a reset instead of an answer', reset, 'ECONNRESET'],
    ['a reset in the body', resetInBody, 'ECONNRESET'],
    ['a close instead of an answer', ({ socket }) => void socket.end(), 'UND_ERR_SOCKET'],
    ['a close after 100', ({ socket }) => void socket.end('HTTP/1.1 100 Continue\r\n\r\n'), 'UND_ERR_SOCKET'],
    ['a close in the middle of a 100', ({ socket }) => void socket.end('HTTP/1.1 100 Con'), 'UND_ERR_SOCKET'],
    [
      'a body shorter than it says',
      ({ response, socket }) => {
        response.writeHead(200, { 'content-length': '100' });
        response.write('short', () => socket.end());
      },
      'UND_ERR_SOCKET',
    ],
    ['101 with an upgrade', raw('HTTP/1.1 101 Switching Protocols\r\nconnection: upgrade\r\nupgrade: x\r\n\r\n'), 'UNEXPECTED_UPGRADE'],
    ['101 without one', raw('HTTP/1.1 101 Switching Protocols\r\n\r\n'), 'UNEXPECTED_UPGRADE'],
    ['no HTTP at all', raw('SSH-2.0-OpenSSH_9.9\r\n\r\n'), 'INVALID_HTTP'],
    ['a status below 100', raw('HTTP/1.1 099 Early\r\n\r\n'), 'INVALID_HTTP'],
    [
      'a body shorter than it says, on a connection to be closed',
      ({ socket }) => void socket.end('HTTP/1.1 200 OK\r\nconnection: close\r\ncontent-length: 100\r\n\r\nshort'),
      'UND_ERR_RES_CONTENT_LENGTH_MISMATCH',
    ],
    ['headers without measure', raw(`HTTP/1.1 200 OK\r\nx: ${'y'.repeat(20_000)}\r\n\r\n`), 'UND_ERR_HEADERS_OVERFLOW'],
    ['headers without number', raw(`HTTP/1.1 200 OK\r\n${'a:\r\n'.repeat(5000)}\r\n`), 'UND_ERR_HEADERS_OVERFLOW'],
  ])('is a failed connection: %s', async (_title, script, code) => {
    const { receiver, call } = await start();
    receiver.answerWith(script);

    const { outcome } = await call();

    expect(outcome).toMatchObject({ kind: 'CONNECTION_FAILED', code });
    expect(receiver.received).toHaveLength(1);
  });

  it.each<[string, string, string]>([
    ['100s', '', 'HTTP/1.1 100 Continue\r\n\r\n'.repeat(500)],
    ['103s', '', 'HTTP/1.1 103 Early Hints\r\n\r\n'.repeat(500)],
    ['blank lines before the answer', '', '\r\n'.repeat(8192)],
    ['a reason', 'HTTP/1.1 200 ', 'x'.repeat(16_384)],
    ['spaces in a header', 'HTTP/1.1 200 OK\r\nx:', ' '.repeat(16_384)],
  ])('is a failed connection after 256 KiB: %s without end', async (_title, beginning, piece) => {
    const { receiver, call } = await start();
    receiver.answerWith(pour(beginning, piece));

    const { outcome } = await call();

    expect(outcome).toMatchObject({ kind: 'CONNECTION_FAILED', code: 'ANSWER_TOO_LONG', message: 'The answer had no end within 256 KiB.' });
    await receiver.connectionsClosed();
  });

  it('is a failed connection when it is reset before anything is read', async () => {
    const { call } = await start({ onConnection: (socket) => socket.resetAndDestroy() });

    const { outcome } = await call();

    expect(outcome).toMatchObject({ kind: 'CONNECTION_FAILED', code: 'ECONNRESET' });
  });

  it('is a failed connection when nobody listens, told without the address', async () => {
    const { receiver, call } = await start();
    await receiver.close();

    const { outcome } = await call();

    expect(outcome).toEqual({ kind: 'CONNECTION_FAILED', code: 'ECONNREFUSED', message: 'The connection was refused.' });
  });
});

describe('the deadline', () => {
  it.each<[string, Script]>([
    ['before the headers', hang],
    ['after 103, over and over', raw('HTTP/1.1 103 Early Hints\r\n\r\n'.repeat(5))],
    ['after 100', raw('HTTP/1.1 100 Continue\r\n\r\n')],
    ['in the middle of a 100', raw('HTTP/1.1 100 Con')],
    ['in the middle of the status line', raw('HTTP/1.1 200')],
  ])('ends the wait for a receiver that hangs %s', async (_title, script) => {
    const { receiver, call, clock } = await start();
    receiver.answerWith(script);

    const called = call();
    await receiver.requests(1);
    clock.advance(ATTEMPT_TIMEOUT_MS);

    expect((await called).outcome).toEqual(timedOut);
  });

  it('ends the wait for a receiver that accepts and never speaks TLS', async () => {
    const server = createServer();
    const accepted = once(server, 'connection') as Promise<[Socket]>;
    const port = await listen(server);
    const { client, clock } = startClient();

    const called = callOnce(client, clock, `https://127.0.0.1:${port}`);
    const [socket] = await accepted;
    clock.advance(ATTEMPT_TIMEOUT_MS);

    expect(await called).toMatchObject({ outcome: timedOut, timing: { tlsMs: null, firstByteMs: null } });
    socket.destroy();
  });

  it('ends the wait for a name server that hangs', async () => {
    const { promise: asked, resolve } = Promise.withResolvers<void>();
    const { client, clock } = startClient(createAddressRules([], { resolve: () => resolve() }));

    const called = callOnce(client, clock, 'http://example.com');
    await asked;
    clock.advance(ATTEMPT_TIMEOUT_MS);

    expect((await called).outcome).toEqual(timedOut);
  });

  it('keeps back a request whose connection stands too late', async () => {
    const { receiver } = await start({ onConnection: () => connected.resolve() });
    const connected = Promise.withResolvers<void>();
    const asked = Promise.withResolvers<() => void>();
    const rules = createAddressRules(['127.0.0.0/8'], {
      resolve: (_hostname, _options, callback) => asked.resolve(() => callback(null, [{ address: '127.0.0.1', family: 4 }])),
    });
    const { client } = startClient(rules);
    const impatient = new AbortController();
    const origin = `http://slow.example:${receiver.port}`;

    const called = client.call({ origin, path: '/', method: 'POST', headers: [], body: Buffer.from('{}') }, impatient.signal);
    const answer = await asked.promise;
    impatient.abort();
    answer();
    await connected.promise;

    expect((await called).outcome).toEqual(timedOut);
    await receiver.connectionsClosed();
    expect(receiver.received).toHaveLength(0);
  });

  it('leaves no timer behind', async () => {
    const { call, clock } = await start();

    await call();

    expect(clock.timerCount).toBe(0);
  });
});

describe('a connection', () => {
  it('is used again, and then has no times of its own', async () => {
    const { receiver, call } = await start();

    const first = await call();
    await connectionIsFree();
    const second = await call();

    expect(receiver.connectionCount).toBe(1);
    expect(first.timing).toEqual({ dnsMs: null, connectMs: expect.any(Number), tlsMs: null, firstByteMs: expect.any(Number) });
    expect(second.timing).toEqual({ dnsMs: null, connectMs: null, tlsMs: null, firstByteMs: expect.any(Number) });
  });

  it.each(['http', 'https'])('is used for any number of answers, however much they come to (%s)', async (scheme) => {
    const { receiver, call } = await start(scheme === 'https' ? { tls: trustedCertificate() } : {});
    receiver.answerWith({ body: 'x'.repeat(16_384) });

    for (let count = 0; count < 20; count += 1) {
      expect((await call()).outcome).toMatchObject({ status: 200, bodyTruncated: false });
      await connectionIsFree();
    }

    expect(receiver.connectionCount).toBe(1);
  });

  it('notes how long the name server took', async () => {
    const { receiver } = await start();
    const { client, clock } = startClient(createAddressRules(['127.0.0.0/8'], { resolve: resolveTo('127.0.0.1') }));

    const { outcome, timing } = await callOnce(client, clock, `http://receiver.example:${receiver.port}`);

    expect(outcome).toMatchObject({ status: 200 });
    expect(timing.dnsMs).toEqual(expect.any(Number));
    expect(receiver.received[0]?.headers['host']).toBe(`receiver.example:${receiver.port}`);
  });

  it('is opened anew when the receiver closed it just as the request came', async () => {
    const { receiver, call } = await start();
    receiver.answerWith([{ body: 'first' }, reset, { body: 'third' }]);
    await call();
    await connectionIsFree();

    const { outcome } = await call();

    expect(outcome).toMatchObject({ kind: 'RESPONSE_RECEIVED', body: 'third' });
    expect(receiver.received).toHaveLength(3);
  });

  it('that the receiver closed in between costs nothing but a new one', async () => {
    const { receiver, call } = await start();
    receiver.answerWith(({ response, socket }) => void response.end('ok', () => socket.end()));
    await call();
    await connectionIsFree();

    const { outcome, timing } = await call();

    expect(outcome).toMatchObject({ kind: 'RESPONSE_RECEIVED', status: 200 });
    expect(timing.connectMs).toEqual(expect.any(Number));
  });

  it('is tried anew only once', async () => {
    const { receiver, call } = await start();
    receiver.answerWith([{ body: 'first' }, reset]);
    await call();
    await connectionIsFree();

    const { outcome } = await call();

    expect(outcome).toMatchObject({ kind: 'CONNECTION_FAILED' });
    expect(receiver.received).toHaveLength(3);
  });

  it('is not tried anew when the answer had begun', async () => {
    const { receiver, call } = await start();
    receiver.answerWith([{ body: 'first' }, resetInBody]);
    await call();
    await connectionIsFree();

    const { outcome } = await call();

    expect(outcome).toMatchObject({ kind: 'CONNECTION_FAILED', code: 'ECONNRESET' });
    expect(receiver.received).toHaveLength(2);
  });

  it('carries no second request while a first hangs', async () => {
    const { receiver, call, clock } = await start();
    receiver.answerWith([hang, { body: 'ok' }]);
    const hanging = call();
    await receiver.requests(1);

    const { outcome } = await call();

    expect(outcome).toMatchObject({ status: 200 });
    clock.advance(ATTEMPT_TIMEOUT_MS);
    expect((await hanging).outcome).toEqual(timedOut);
  });

  it('is broken off by close', async () => {
    const { receiver, call, client } = await start();
    receiver.answerWith(hang);
    const called = call();
    await receiver.requests(1);

    await client.close();

    expect((await called).outcome).toMatchObject({ kind: 'CONNECTION_FAILED', code: 'UND_ERR_DESTROYED' });
    expect((await call()).outcome).toMatchObject({ kind: 'CONNECTION_FAILED', code: 'UND_ERR_DESTROYED' });
  });
});

describe('a name', () => {
  it.each<[string, Resolve]>([
    ['does not exist', (_hostname, _options, callback) => callback(Object.assign(new Error('no such name'), { code: 'ENOTFOUND' }), [])],
    ['has no address', resolveTo()],
    ['leads inside', resolveTo('10.0.0.1')],
    ['leads to this machine', resolveTo('127.0.0.1')],
    ['leads to a metadata server', resolveTo('169.254.169.254')],
    ['leads outside and inside', resolveTo('93.184.216.34', '10.0.0.1')],
  ])('that %s has the same outcome as every other that requests may not go to', async (_title, resolve) => {
    const { client, clock } = startClient(createAddressRules([], { resolve }));

    const { outcome } = await callOnce(client, clock, 'http://db.corp.example');

    expect(outcome).toEqual({ kind: 'CONNECTION_FAILED', code: 'ENOTFOUND', message: NO_ADDRESS });
  });

  it.each([
    ['ENOTFOUND', NO_ADDRESS],
    ['EAI_AGAIN', 'The name server did not answer.'],
  ])('that the name server answers by %s is a failed connection', async (code, message) => {
    const failing: Resolve = (_hostname, _options, callback) => callback(Object.assign(new Error('no such name'), { code }), []);
    const { client, clock } = startClient(createAddressRules([], { resolve: failing }));

    const { outcome } = await callOnce(client, clock, 'http://nowhere.example');

    expect(outcome).toEqual({ kind: 'CONNECTION_FAILED', code, message });
  });

  it('that has several addresses is reached at the first that answers', async () => {
    const { receiver } = await start();
    const rules = createAddressRules(['127.0.0.0/8'], { resolve: resolveTo('127.0.0.3', '127.0.0.2', '127.0.0.1') });
    const { client, clock } = startClient(rules);

    const { outcome } = await callOnce(client, clock, `http://several.example:${receiver.port}`);

    expect(outcome).toMatchObject({ status: 200 });
    expect(receiver.received).toHaveLength(1);
  });

  it('that was public at first and is private at the next connection is refused then', async () => {
    const { receiver } = await start();
    receiver.answerWith({ headers: { connection: 'close' } });
    const answers = ['127.0.0.1', '10.0.0.1'];
    const rules = createAddressRules(['127.0.0.0/8'], {
      resolve: (_hostname, _options, callback) => callback(null, [{ address: answers.shift()!, family: 4 }]),
    });
    const { client, clock } = startClient(rules);
    const origin = `http://rebinding.example:${receiver.port}`;

    const { outcome: first } = await callOnce(client, clock, origin);
    await receiver.connectionsClosed();
    const { outcome: second } = await callOnce(client, clock, origin);

    expect(first).toMatchObject({ status: 200 });
    expect(second).toMatchObject({ kind: 'CONNECTION_FAILED', code: 'ENOTFOUND' });
    expect(receiver.received).toHaveLength(1);
  });
});

describe('TLS', () => {
  it('is timed, and its names are checked', async () => {
    const { receiver, call } = await start({ tls: trustedCertificate() });
    const { client, clock } = startClient(createAddressRules(['127.0.0.0/8'], { resolve: resolveTo('127.0.0.1') }));

    const right = await call();
    const wrong = await callOnce(client, clock, `https://wrong.example:${receiver.port}`);

    expect(right.outcome).toMatchObject({ status: 200 });
    expect(right.timing.tlsMs).toEqual(expect.any(Number));
    expect(wrong.outcome).toMatchObject({ kind: 'CONNECTION_FAILED', code: 'ERR_TLS_CERT_ALTNAME_INVALID' });
    expect(receiver.received).toHaveLength(1);
  });

  it('with a certificate that nobody vouches for is a failed connection', async () => {
    const { call } = await start({ tls: makeSelfSigned() });

    const { outcome } = await call();

    expect(outcome).toMatchObject({
      kind: 'CONNECTION_FAILED',
      code: 'DEPTH_ZERO_SELF_SIGNED_CERT',
      message: 'The certificate is not valid: self-signed certificate',
    });
  });

  it('spoken to a receiver that speaks none is a failed connection', async () => {
    const { receiver, client, clock } = await start();

    const { outcome } = await callOnce(client, clock, `https://127.0.0.1:${receiver.port}`);

    expect(outcome).toMatchObject({ kind: 'CONNECTION_FAILED', message: expect.stringContaining('TLS') as string });
  });
});

describe('a forbidden address', () => {
  const refused = { kind: 'ADDRESS_REFUSED', message: 'The address of this endpoint is not allowed.' };

  it('is refused as a literal, and nothing arrives', async () => {
    const { receiver } = await start();
    const { client, clock } = startClient(createAddressRules([]));

    const { outcome } = await callOnce(client, clock, receiver.url);

    expect(outcome).toEqual(refused);
    expect(receiver.connectionCount).toBe(0);
  });

  it('is refused as one of the answers of the name server', async () => {
    const { receiver } = await start();
    const { client, clock } = startClient(createAddressRules([], { resolve: resolveTo('93.184.216.34', '127.0.0.1') }));

    const { outcome } = await callOnce(client, clock, `http://rebinding.example:${receiver.port}`);

    expect(outcome).toMatchObject({ kind: 'CONNECTION_FAILED', code: 'ENOTFOUND' });
    expect(receiver.connectionCount).toBe(0);
  });

  it.each<[string, () => ReceiverOptions]>([
    ['http', () => ({})],
    ['https', () => ({ tls: trustedCertificate() })],
  ])('is refused when the socket came out there although it was told otherwise (%s)', async (scheme, options) => {
    const { receiver } = await start(options());
    const blind = createAddressRules(['127.0.0.0/8'], { resolve: resolveTo('127.0.0.1') });
    const { client, clock } = startClient({ ...createAddressRules([]), lookup: blind.lookup });

    const { outcome } = await callOnce(client, clock, `${scheme}://hole.example:${receiver.port}`);

    expect(outcome).toEqual(refused);
    expect(receiver.received).toHaveLength(0);
  });

  it('is one of this machine, which its name server does not know for such', async () => {
    const { receiver } = await start();
    const isOwnAddress = createOwnAddresses(new ManualClock(), () => ['93.184.216.34']);
    const { client, clock } = startClient(createAddressRules([], { isOwnAddress, resolve: resolveTo('93.184.216.34') }));

    const { outcome: ofName } = await callOnce(client, clock, `http://www.example:${receiver.port}`);
    const { outcome: ofLiteral } = await callOnce(client, clock, `http://93.184.216.34:${receiver.port}`);

    expect(ofName).toMatchObject({ kind: 'CONNECTION_FAILED', code: 'ENOTFOUND' });
    expect(ofLiteral).toEqual(refused);
  });

  it.each(['http://127.0.0.1:6000', 'https://127.0.0.1:22', 'http://localhost:25'])(
    'is one with the port of another protocol, as %s, whose name server is not asked',
    async (origin) => {
      const { client, clock } = startClient(createAddressRules(['127.0.0.0/8', '::1/128'], { resolve: resolveTo() }));

      const { outcome } = await callOnce(client, clock, origin);

      expect(outcome).toEqual(refused);
    },
  );

  it('is any of http where https alone is allowed, and none of https', async () => {
    const { receiver } = await start();
    const { receiver: secure } = await start({ tls: trustedCertificate() });
    const { client, clock } = startClient(createAddressRules(['127.0.0.0/8'], { isHttpsOnly: true }));

    const { outcome } = await callOnce(client, clock, receiver.url);
    const { outcome: ofSecure } = await callOnce(client, clock, secure.url);

    expect(outcome).toEqual(refused);
    expect(receiver.connectionCount).toBe(0);
    expect(ofSecure).toMatchObject({ status: 200 });
  });
});
