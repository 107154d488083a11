import { deflateRawSync, gzipSync } from 'node:zlib';
import { OAuth2Server } from 'oauth2-mock-server';
import { Webhook } from 'standardwebhooks';
import { afterEach, beforeEach, describe, expect, it, onTestFinished } from 'vitest';
import { systemClock } from '../../src/clock.js';
import { createAddressRules } from '../../src/send/address-rules.js';
import { requestBody } from '../../src/send/request-body.js';
import { type Exchange, startReceiver, type Receiver, type Script } from '../support/receiver.js';
import { hang } from '../support/receiver-scripts.js';
import { ATTEMPT_TIMEOUT_MS, makeCredentials, makeEvent, makeOutgoing, makeTarget, SIGNING_SECRET, startSender } from './makers.js';

let receiver: Receiver;
let tokenServer: Receiver;
let sender: ReturnType<typeof startSender>;

beforeEach(async () => {
  [receiver, tokenServer] = await Promise.all([startReceiver(), startReceiver()]);
  tokenServer.answerWith(numberedTokens());
  sender = startSender();
});

afterEach(() => Promise.all([sender.close(), receiver.close(), tokenServer.close()]));

describe('a delivery', () => {
  it.each(['POST', 'PUT', 'PATCH'] as const)('is sent by %s, with the event as its body', async (method) => {
    const outgoing = makeOutgoing({ event: makeEvent({ payload: '{"n": 1.10, "é": "\\u00e9"}' }) });

    const attempt = await sender.send(outgoing, makeTarget(`${receiver.url}/hook?key=a%20b#fragment`, { method }));

    const request = await receiver.next();
    expect(request).toMatchObject({ method, path: '/hook?key=a%20b' });
    expect(request.body.toString('utf8')).toBe(requestBody(outgoing.event));
    expect(attempt).toEqual({
      startedAt: sender.clock.now(),
      durationMs: expect.any(Number) as number,
      timing: { dnsMs: null, connectMs: expect.any(Number) as number, tlsMs: null, firstByteMs: expect.any(Number) as number },
      request: { method, url: `${receiver.url}/hook?key=a%20b#fragment`, headers: expect.any(Array) as unknown[] },
      tokenRenewed: false,
      outcome: expect.objectContaining({ kind: 'RESPONSE_RECEIVED', status: 200, body: 'ok', bodyTruncated: false }) as unknown,
    });
  });

  it('carries the headers that its record shows, and those of HTTP', async () => {
    const attempt = await sender.send(makeOutgoing(), makeTarget(receiver.url));

    const { headers } = await receiver.next();
    const shown = Object.fromEntries(attempt.request.headers.map(({ name, value }) => [name, value]));
    expect(shown).toEqual({
      'content-type': 'application/json',
      'user-agent': 'Hookgraph/0.0.0',
      'accept-encoding': 'identity',
      'webhook-id': 'dlv_1',
      'webhook-timestamp': String(sender.clock.now() / 1000),
      'webhook-signature': expect.stringMatching(/^v1,/) as string,
    });
    expect(headers).toEqual({
      ...shown,
      host: `127.0.0.1:${receiver.port}`,
      connection: 'keep-alive',
      'content-length': expect.any(String) as string,
    });
  });

  it('is accepted by the published verifier', async () => {
    sender.clock.set(systemClock.now());
    const outgoing = makeOutgoing();

    await sender.send(outgoing, makeTarget(receiver.url));

    const { body, headers } = await receiver.next();
    expect(new Webhook(SIGNING_SECRET).verify(body, headers)).toEqual(JSON.parse(requestBody(outgoing.event)));
  });

  it('has the same id and body on a retry, but its own timestamp and signature', async () => {
    await sender.send(makeOutgoing(), makeTarget(receiver.url));
    sender.clock.advance(5999);
    await sender.send(makeOutgoing(), makeTarget(receiver.url));

    const [first, second] = await receiver.requests(2);
    expect(second?.body).toEqual(first?.body);
    expect(second?.headers['webhook-id']).toBe(first?.headers['webhook-id']);
    expect(Number(second?.headers['webhook-timestamp'])).toBe(Number(first?.headers['webhook-timestamp']) + 5);
    expect(second?.headers['webhook-signature']).not.toBe(first?.headers['webhook-signature']);
  });

  it('to a receiver that hangs is timed out', async () => {
    receiver.answerWith(hang);

    const sent = sender.send(makeOutgoing(), makeTarget(receiver.url));
    await receiver.next();
    sender.clock.advance(ATTEMPT_TIMEOUT_MS);

    expect((await sent).outcome).toMatchObject({ kind: 'TIMED_OUT' });
  });

  it('to a forbidden address is refused, before any token is asked for', async () => {
    await using strict = startSender(createAddressRules([]));

    const attempt = await strict.send(makeOutgoing(), authenticatedTarget());

    expect(attempt.outcome).toEqual({ kind: 'ADDRESS_REFUSED', message: 'The address of this endpoint is not allowed.' });
    expect(attempt.request.headers).toEqual([]);
    expect([receiver.connectionCount, tokenServer.connectionCount]).toEqual([0, 0]);
  });

  it.each(['', 'nonsense', 'ftp://127.0.0.1', 'http://', 'http://[::1'])(
    'to %j, which is no URL for it, is a failed connection',
    async (endpoint) => {
      const attempt = await sender.send(makeOutgoing(), makeTarget(endpoint));

      expect(attempt.outcome).toMatchObject({ kind: 'CONNECTION_FAILED', code: 'ERR_INVALID_URL' });
    },
  );
});

describe('a delivery with an authentication', () => {
  it('carries a token from a real OAuth2 server', async () => {
    const server = new OAuth2Server();
    await server.issuer.keys.generate('RS256');
    await server.start(0, '127.0.0.1');
    onTestFinished(() => server.stop());
    const authentication = makeCredentials(`http://127.0.0.1:${server.address().port}/token`);

    const { outcome } = await sender.send(makeOutgoing(), makeTarget(receiver.url, { authentication }));

    expect(outcome).toMatchObject({ status: 200 });
    expect((await receiver.next()).headers['authorization']).toMatch(/^Bearer ey/);
  });

  it('puts the token into the header that the user has named, and masks it in the record', async () => {
    const target = authenticatedTarget({ headerFormat: 'X-Api-Key', headerValueFormat: 'key=%ACCESS_TOKEN%;' });

    const attempt = await sender.send(makeOutgoing(), target);

    expect((await receiver.next()).headers['x-api-key']).toBe('key=token-1;');
    expect(attempt.request.headers).toContainEqual({ name: 'X-Api-Key', value: '***' });
    expect(JSON.stringify(attempt)).not.toContain('token-1');
  });

  it('shares one token request among all that start at once', async () => {
    const target = authenticatedTarget();

    const attempts = await Promise.all(Array.from({ length: 500 }, () => sender.send(makeOutgoing(), target)));

    expect(tokenServer.received).toHaveLength(1);
    expect(attempts.every(({ outcome }) => outcome.kind === 'RESPONSE_RECEIVED')).toBe(true);
    expect(new Set(receiver.received.map(({ headers }) => headers['authorization']))).toEqual(new Set(['Bearer token-1']));
  });

  it('uses a new token after the authentication was changed', async () => {
    await sender.send(makeOutgoing(), authenticatedTarget());
    await sender.send(makeOutgoing(), authenticatedTarget({ version: 2 }));

    const sent = (await receiver.requests(2)).map(({ headers }) => headers['authorization']);
    expect(sent).toEqual(['Bearer token-1', 'Bearer token-2']);
  });

  it.each<[string, Script]>([
    ['in the body', ({ request, response }) => void response.end(`you sent ${request.headers['authorization']}`)],
    [
      'in a compressed body',
      ({ request, response }) =>
        void response.setHeader('content-encoding', 'gzip').end(gzipSync(`you sent ${request.headers['authorization']}`)),
    ],
    [
      'in UTF-16',
      ({ request, response }) =>
        void response
          .setHeader('content-type', 'text/plain; charset=utf-16le')
          .end(Buffer.from(`you sent ${request.headers['authorization']}`, 'utf16le')),
    ],
    [
      'at the end of a compressed body that breaks off',
      ({ request, response }) => {
        const compressed = deflateRawSync(`you sent ${request.headers['authorization']}`, { level: 0 });
        response.setHeader('content-encoding', 'deflate').end(compressed.subarray(0, -3));
      },
    ],
    ['in a header', ({ request, response }) => void response.setHeader('x-echo', request.headers['authorization'] ?? '').end()],
    ['at the cut of the body', ({ request, response }) => void response.end('x'.repeat(16_373) + request.headers['authorization'] + 'y')],
  ])('shows no token that comes back %s', async (_title, script) => {
    receiver.answerWith(script);

    const attempt = await sender.send(makeOutgoing(), authenticatedTarget());

    expect(JSON.stringify(attempt.outcome)).toContain('Bearer ***');
    expect(JSON.stringify(attempt.outcome)).not.toContain('tok');
  });

  it('shows nothing of a header value that comes back, as there may be a key beside the token', async () => {
    receiver.answerWith(({ request, response }) => void response.end(`you sent ${request.headers['authorization']}`));
    const target = authenticatedTarget({ headerValueFormat: 'key=canary; token=%ACCESS_TOKEN%' });

    const attempt = await sender.send(makeOutgoing(), target);

    expect(attempt.outcome).toMatchObject({ body: 'you sent ***' });
    expect(JSON.stringify(attempt)).not.toContain('canary');
  });

  it('shows no key that comes back by itself, without the token beside which it stood', async () => {
    receiver.answerWith(({ response }) => void response.setHeader('x-echo', 'canary-1').end('{"key":"canary-2","realm":"canary-1"}'));
    const format = 'Token token="%ACCESS_TOKEN%", key="canary-1";other=canary-2';

    const attempt = await sender.send(makeOutgoing(), authenticatedTarget({ headerValueFormat: format }));

    expect(attempt.outcome).toMatchObject({ body: '{"key":"***","realm":"***"}' });
    expect(attempt.request.headers).toContainEqual({ name: 'Authorization', value: 'Token ***' });
    expect(JSON.stringify(attempt)).not.toContain('canary');
  });

  it.each<[string, Script]>([
    ['down', { status: 500 }],
    ['giving no token', { body: '{}' }],
    ['giving a token with a line break', { body: JSON.stringify({ access_token: 'a\r\nx: y' }) }],
  ])('is not sent when the token server is %s', async (_title, script) => {
    tokenServer.answerWith(script);

    const attempt = await sender.send(makeOutgoing(), authenticatedTarget());

    expect(attempt.outcome).toMatchObject({ kind: 'AUTHENTICATION_FAILED', notBefore: sender.clock.now() + 1000 });
    expect(attempt.request.headers).toEqual([]);
    expect(receiver.connectionCount).toBe(0);
  });

  it('is not sent when its header would be none', async () => {
    const attempt = await sender.send(makeOutgoing(), authenticatedTarget({ headerFormat: 'webhook-id' }));

    expect(attempt.outcome).toMatchObject({ kind: 'AUTHENTICATION_FAILED' });
    expect(receiver.connectionCount).toBe(0);
  });

  it('is not sent when the address of the token endpoint is forbidden', async () => {
    const attempt = await sender.send(makeOutgoing(), authenticatedTarget({ endpoint: 'http://169.254.169.254/token' }));

    expect(attempt.outcome).toMatchObject({
      kind: 'AUTHENTICATION_FAILED',
      message: 'The address of the token endpoint is not allowed.',
    });
    expect(receiver.connectionCount).toBe(0);
  });

  it('is a failed authentication when its time is up before there is a token', async () => {
    tokenServer.answerWith(hang);
    await using hasty = startSender(undefined, 5000);

    const sent = hasty.send(makeOutgoing(), authenticatedTarget());
    await tokenServer.next();
    hasty.clock.advance(5000);

    expect((await sent).outcome).toEqual({
      kind: 'AUTHENTICATION_FAILED',
      message: 'The time of the attempt was up before the token server answered.',
      notBefore: null,
    });
    expect(receiver.connectionCount).toBe(0);
  });
});

describe('a 401', () => {
  it('has the delivery sent once more, with a new token', async () => {
    receiver.answerWith([{ status: 401 }, { status: 200 }]);

    const attempt = await sender.send(makeOutgoing(), authenticatedTarget());

    const sent = (await receiver.requests(2)).map(({ headers }) => headers['authorization']);
    expect(sent).toEqual(['Bearer token-1', 'Bearer token-2']);
    expect(attempt).toMatchObject({ tokenRenewed: true, outcome: { status: 200 } });
    expect(attempt.timing.connectMs).toEqual(expect.any(Number));
  });

  it('is the outcome when it comes twice', async () => {
    receiver.answerWith({ status: 401 });

    const attempt = await sender.send(makeOutgoing(), authenticatedTarget());

    expect(attempt).toMatchObject({ tokenRenewed: true, outcome: { kind: 'RESPONSE_RECEIVED', status: 401 } });
    expect([receiver.received.length, tokenServer.received.length]).toEqual([2, 2]);
  });

  it('that comes with each delivery renews no token for each', async () => {
    receiver.answerWith({ status: 401 });

    for (let delivery = 0; delivery < 100; delivery += 1) {
      const { outcome } = await sender.send(makeOutgoing(), authenticatedTarget());
      expect(outcome).toMatchObject({ kind: 'RESPONSE_RECEIVED', status: 401 });
      sender.clock.advance(100);
    }

    expect([receiver.received.length, tokenServer.received.length]).toEqual([101, 2]);
  });

  it('is a failed authentication when there is no new token', async () => {
    receiver.answerWith({ status: 401 });
    tokenServer.answerWith([{ body: JSON.stringify({ access_token: 'token-1', expires_in: 3600 }) }, { status: 503 }]);

    const attempt = await sender.send(makeOutgoing(), authenticatedTarget());

    expect(attempt).toMatchObject({
      tokenRenewed: false,
      outcome: {
        kind: 'AUTHENTICATION_FAILED',
        message: 'The receiver answered 401, and there was no new token: The token server answered 503.',
      },
    });
    expect(receiver.received).toHaveLength(1);
  });

  it('renews nothing without an authentication', async () => {
    receiver.answerWith({ status: 401 });

    const attempt = await sender.send(makeOutgoing(), makeTarget(receiver.url));

    expect(attempt).toMatchObject({ tokenRenewed: false, outcome: { status: 401 } });
    expect(receiver.received).toHaveLength(1);
  });

  it.each<[string, Script]>([
    ['403 without a challenge', { status: 403 }],
    ['400 without a challenge', { status: 400 }],
    ['403 for want of a scope', { status: 403, headers: { 'www-authenticate': 'Bearer error="insufficient_scope"' } }],
    ['403 of another scheme', { status: 403, headers: { 'www-authenticate': 'DPoP error="invalid_token"' } }],
    [
      '403 that only mentions it',
      { status: 403, headers: { 'www-authenticate': 'Bearer error="x", error_description="no \\", error=\\"invalid_token\\""' } },
    ],
    ['404 with a challenge', { status: 404, headers: { 'www-authenticate': 'Bearer error="invalid_token"' } }],
  ])('is what counts: a %s renews nothing', async (_title, script) => {
    receiver.answerWith(script);

    const attempt = await sender.send(makeOutgoing(), authenticatedTarget());

    expect(attempt).toMatchObject({ tokenRenewed: false, outcome: { kind: 'RESPONSE_RECEIVED' } });
    expect([receiver.received.length, tokenServer.received.length]).toEqual([1, 1]);
  });

  it('leaves both requests within the time of one attempt', async () => {
    receiver.answerWith([{ status: 401 }, hang]);

    const sent = sender.send(makeOutgoing(), authenticatedTarget());
    await receiver.requests(2);
    sender.clock.advance(ATTEMPT_TIMEOUT_MS);

    expect(await sent).toMatchObject({ tokenRenewed: true, outcome: { kind: 'TIMED_OUT' } });
    expect(sender.clock.timerCount).toBe(0);
  });
});

describe('a token that the receiver calls invalid', () => {
  it.each<[number, string | string[]]>([
    [403, 'Bearer error="invalid_token"'],
    [400, 'Bearer error="invalid_token"'],
    [403, 'bearer realm="a, b", error = invalid_token'],
    [403, 'Basic realm="x", Bearer realm="example", error="invalid_token", error_description="It \\"ended\\"."'],
    [403, 'Bearer realm=plain, error="invalid_token"'],
    [403, ['Basic realm="x"', 'Bearer error="invalid_token"']],
  ])('is renewed once: %i with %j', async (status, challenge) => {
    receiver.answerWith([{ status, headers: { 'WWW-Authenticate': challenge } }, { status: 200 }]);

    const attempt = await sender.send(makeOutgoing(), authenticatedTarget());

    const sent = (await receiver.requests(2)).map(({ headers }) => headers['authorization']);
    expect(sent).toEqual(['Bearer token-1', 'Bearer token-2']);
    expect(attempt).toMatchObject({ tokenRenewed: true, outcome: { status: 200 } });
  });

  it('is a failed attempt when the new one is called so too', async () => {
    receiver.answerWith({ status: 403, headers: { 'www-authenticate': 'Bearer error="invalid_token"' } });

    const attempt = await sender.send(makeOutgoing(), authenticatedTarget());

    expect(attempt).toMatchObject({ tokenRenewed: true, outcome: { status: 403 } });
    expect([receiver.received.length, tokenServer.received.length]).toEqual([2, 2]);
  });
});

describe('a scope of which less was granted', () => {
  const target = () => authenticatedTarget({ scope: 'hooks:read hooks:write' });
  const grant = (scope: unknown): Script => ({ body: JSON.stringify({ access_token: 'token-1', expires_in: 3600, scope }) });

  it.each<[unknown, string | undefined]>([
    ['hooks:read', 'hooks:read'],
    ['', ''],
    ['hooks:write hooks:read', undefined],
    [undefined, undefined],
  ])('is told with each attempt: of %j %j', async (granted, shown) => {
    tokenServer.answerWith(grant(granted));

    const attempts = [await sender.send(makeOutgoing(), target()), await sender.send(makeOutgoing(), target())];

    expect(attempts.map(({ request }) => request.grantedScope)).toEqual([shown, shown]);
    expect(tokenServer.received).toHaveLength(1);
  });
});

describe('a delivery that is not wanted any more', () => {
  it('is not sent, however late that turns out', async () => {
    let isWanted = true;
    tokenServer.answerWith((exchange) => {
      isWanted = false;
      numberedTokens()(exchange);
    });

    const attempt = await sender.sendIf(makeOutgoing(), authenticatedTarget(), () => isWanted);

    expect(attempt).toBeNull();
    expect([receiver.received.length, tokenServer.received.length]).toEqual([0, 1]);
    expect(sender.clock.timerCount).toBe(0);
  });

  it('is not sent a second time with a new token, and what came of the first stands', async () => {
    let isWanted = true;
    receiver.answerWith(({ response }) => {
      isWanted = false;
      response.writeHead(401).end();
    });

    const attempt = await sender.sendIf(makeOutgoing(), authenticatedTarget(), () => isWanted);

    expect(attempt).toMatchObject({ tokenRenewed: false, outcome: { status: 401 } });
    expect(receiver.received).toHaveLength(1);
  });
});

function authenticatedTarget(change: Parameters<typeof makeCredentials>[1] = {}): ReturnType<typeof makeTarget> {
  return makeTarget(receiver.url, { authentication: makeCredentials(tokenServer.url, change) });
}

/** `token-1`, `token-2`, …, each valid for an hour. */
function numberedTokens(): (exchange: Exchange) => void {
  return ({ request, response }) =>
    void response.end(JSON.stringify({ access_token: `token-${request.order}`, token_type: 'bearer', expires_in: 3600 }));
}
