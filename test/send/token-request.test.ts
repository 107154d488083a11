import { mkdtemp, rm } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { brotliCompressSync, deflateRawSync, deflateSync, gzipSync, zstdCompressSync } from 'node:zlib';
import { OAuth2Server } from 'oauth2-mock-server';
import { describe, expect, it, onTestFinished } from 'vitest';
import { createAddressRules } from '../../src/send/address-rules.js';
import { createTokenRequester, TOKEN_TIMEOUT_MS, type TokenRequester } from '../../src/send/token-request.js';
import { ManualClock } from '../support/manual-clock.js';
import { startReceiver, type Receiver, type ReceiverTls, type Script } from '../support/receiver.js';
import { endlessBody, hang, hangInBody, pour, raw, reset } from '../support/receiver-scripts.js';
import { trustedCertificate } from '../support/trusted-certificate.js';
import { loopbackAllowed, makeCredentials } from './makers.js';

const tokenBody = '{"access_token":"t","token_type":"Bearer","expires_in":3600}';

/** Small bodies that grow beyond any limit. */
const zeros = Buffer.alloc(16 * 1024 * 1024);
const bombs = { gzip: gzipSync(zeros), deflate: deflateRawSync(zeros), br: brotliCompressSync(zeros), zstd: zstdCompressSync(zeros) };

describe('a token request', () => {
  it('gets a token from a real OAuth2 server', async () => {
    const server = new OAuth2Server();
    await server.issuer.keys.generate('RS256');
    await server.start(0, '127.0.0.1');
    onTestFinished(() => server.stop());
    const { requester } = startRequester();

    const answer = await requester.request(makeCredentials(`http://127.0.0.1:${server.address().port}/token`, { scope: 'hooks' }));

    expect(answer).toEqual({ token: expect.stringMatching(/^ey/) as string, expiresInSeconds: 3600 });
  });

  it('shows id and secret by HTTP Basic, each encoded as in a form', async () => {
    const { server, requester } = await start({ body: '{"access_token":"t"}' });

    await requester.request(makeCredentials(`${server.url}/token?a=b`, { clientId: 'my id', clientSecret: 'a:b&ü%-._~!*' }));

    const request = await server.next();
    expect(request).toMatchObject({ method: 'POST', path: '/token?a=b' });
    expect(request.headers).toMatchObject({
      authorization: `Basic ${Buffer.from('my+id:a%3Ab%26%C3%BC%25-._~%21%2A').toString('base64')}`,
      'accept-encoding': 'identity',
      'user-agent': 'Hookgraph/0.0.0',
      'content-type': 'application/x-www-form-urlencoded;charset=UTF-8',
    });
    expect(request.body.toString()).toBe('grant_type=client_credentials');
  });

  it('leaves a secret with dashes and dots as it is, as many servers compare it', async () => {
    const { server, requester } = await start({ body: '{"access_token":"t"}' });

    await requester.request(makeCredentials(server.url, { clientId: 'my-client.example', clientSecret: 'super-strong' }));

    const { authorization = '' } = (await server.next()).headers;
    expect(Buffer.from(authorization.replace('Basic ', ''), 'base64').toString()).toBe('my-client.example:super-strong');
  });

  it('shows them in the body where that is wished, and there alone', async () => {
    const { server, requester } = await start({ body: '{"access_token":"t"}' });

    await requester.request(
      makeCredentials(server.url, {
        clientSecret: 'a&b',
        clientAuthentication: 'BODY',
        scope: 'one two',
        audience: 'https://api.example',
        resource: ['https://one.example', 'urn:two'],
        extraParameters: [{ name: 'tenant_id', value: 'x=1&grant_type=password' }],
      }),
    );

    const request = await server.next();
    expect(request.headers).not.toHaveProperty('authorization');
    expect([...new URLSearchParams(request.body.toString())].toSorted()).toEqual([
      ['audience', 'https://api.example'],
      ['client_id', 'client'],
      ['client_secret', 'a&b'],
      ['grant_type', 'client_credentials'],
      ['resource', 'https://one.example'],
      ['resource', 'urn:two'],
      ['scope', 'one two'],
      ['tenant_id', 'x=1&grant_type=password'],
    ]);
  });

  it.each<[string, Script, string]>([
    ['500', { status: 500, body: 'client-secret' }, 'The token server answered 500.'],
    ['HTML with 200', { body: '<html>client-secret</html>' }, 'The token server answered 200, but not with a JSON object.'],
    ['a body without end', endlessBody, 'The answer of the token server is longer than 64 KiB.'],
    [
      'a body over the limit',
      { body: JSON.stringify({ access_token: 'x'.repeat(65_536) }) },
      'The answer of the token server is longer than 64 KiB.',
    ],
    [
      '103s without end',
      pour('', 'HTTP/1.1 103 Early Hints\r\n\r\n'.repeat(500)),
      'The answer of the token server had no end within 256 KiB.',
    ],
    ['a redirect', { status: 307, headers: { location: '/other' } }, 'The token server answered 307.'],
    ['a challenge', { status: 401, headers: { 'www-authenticate': 'Basic realm="client-secret"' } }, 'The token server answered 401.'],
    ['no token', { body: '{"token_type":"bearer"}' }, 'The token server answered 200 without an access token.'],
    [
      'bytes that are compressed in name only',
      { headers: { 'content-encoding': 'gzip' }, body: 'zip' },
      'The token server answered 200, but not with a JSON object.',
    ],
    [
      'a compression that nobody knows',
      { headers: { 'content-encoding': 'constructor' }, body: '{"access_token":"t"}' },
      'The token server answered 200, but not with a JSON object.',
    ],
    [
      'three compressions',
      { headers: { 'content-encoding': 'gzip, gzip, gzip' }, body: gzipSync(gzipSync(gzipSync('{"access_token":"t"}'))) },
      'The token server answered 200, but not with a JSON object.',
    ],
    [
      'a compressed error',
      { status: 400, headers: { 'content-encoding': 'gzip' }, body: gzipSync('{"error":"invalid_scope"}') },
      'The token server answered 400 (invalid_scope).',
    ],
    ...(['gzip', 'deflate', 'br', 'zstd'] as const).map((coding): [string, Script, string] => [
      `a bomb (${coding})`,
      { headers: { 'content-encoding': coding }, body: bombs[coding] },
      'The answer of the token server is longer than 64 KiB.',
    ]),
    ['a reset', reset, 'The token server could not be asked (ECONNRESET).'],
    ['no HTTP', raw('hello\r\n\r\n'), 'The token server could not be asked (HPE_INVALID_CONSTANT).'],
  ])('that is answered by %s fails, and repeats no secret', async (_title, script, failure) => {
    const { server, requester } = await start(script);

    const answer = await requester.request(makeCredentials(server.url));

    expect(answer).toMatchObject({ failure });
    expect(server.received).toHaveLength(1);
  });

  it.each<[string, Script]>([
    ['201', { status: 201, body: tokenBody }],
    ['a byte order mark', { body: `\ufeff${tokenBody}` }],
    ['a content type of its own', { headers: { 'content-type': 'text/html' }, body: tokenBody }],
    ['gzip, which nobody asked for', { headers: { 'content-encoding': 'gzip' }, body: gzipSync(tokenBody) }],
    ['gzip by its old name', { headers: { 'content-encoding': 'X-GZIP' }, body: gzipSync(tokenBody) }],
    ['gzip and a byte order mark', { headers: { 'content-encoding': 'gzip' }, body: gzipSync(`\ufeff${tokenBody}`) }],
    ['deflate', { headers: { 'content-encoding': 'deflate' }, body: deflateSync(tokenBody) }],
    ['deflate without its head', { headers: { 'content-encoding': 'deflate' }, body: deflateRawSync(tokenBody) }],
    ['brotli', { headers: { 'content-encoding': 'br' }, body: brotliCompressSync(tokenBody) }],
    ['zstd', { headers: { 'content-encoding': 'zstd' }, body: zstdCompressSync(tokenBody) }],
    ['two codings', { headers: { 'content-encoding': 'deflate, identity, gzip' }, body: gzipSync(deflateSync(tokenBody)) }],
    ['no coding, by name', { headers: { 'content-encoding': 'identity' }, body: tokenBody }],
  ])('that is answered with %s gives the token', async (_title, script) => {
    const { server, requester } = await start(script);

    expect(await requester.request(makeCredentials(server.url))).toEqual({ token: 't', expiresInSeconds: 3600 });
  });

  it.each<[string, Script, number | null]>([
    ['seconds', { status: 429, headers: { 'retry-after': '120' } }, 120_000],
    ['an instant in seconds since 1970', { status: 429, headers: { 'retry-after': '1767268860' } }, 60_000],
    ['a date', { status: 503, headers: { 'retry-after': 'Thu, 01 Jan 2026 12:00:30 GMT' } }, 30_000],
    ['nonsense', { status: 503, headers: { 'retry-after': 'soon' } }, null],
    ['nothing', { status: 503 }, null],
  ])('that fails tells of the wait that is asked for by %s', async (_title, script, retryAfterMs) => {
    const { server, requester } = await start(script);

    expect(await requester.request(makeCredentials(server.url))).toMatchObject({ retryAfterMs });
  });

  it.each<[string, Script]>([
    ['before it answers', hang],
    ['in the answer', hangInBody],
  ])('gives up after 10 s on a server that hangs %s', async (_title, script) => {
    const { server, requester, clock } = await start(script);

    const asked = requester.request(makeCredentials(server.url));
    await server.requests(1);
    clock.advance(TOKEN_TIMEOUT_MS);

    expect(await asked).toEqual({ failure: 'The token server did not answer within 10000 ms.' });
    expect(clock.timerCount).toBe(0);
  });

  it('does not wait for more after a 101', async () => {
    const { server, requester, clock } = await start(raw('HTTP/1.1 101 Switching\r\nconnection: upgrade\r\nupgrade: x\r\n\r\n'));

    const asked = requester.request(makeCredentials(server.url));
    await server.requests(1);
    clock.advance(TOKEN_TIMEOUT_MS);

    expect(await asked).toHaveProperty('failure');
  });

  it('says that a client certificate is wanted', async () => {
    const { requester, server } = await start({}, { ...trustedCertificate(), requestCert: true });

    expect(await requester.request(makeCredentials(server.url))).toEqual({
      failure: 'The token server wants a client certificate, which this server does not have.',
    });
  });

  it('says that nobody listens without saying where', async () => {
    const { server, requester } = await start({});
    await server.close();

    const answer = await requester.request(makeCredentials(server.url));

    expect(answer).toEqual({ failure: 'The token server could not be asked (ECONNREFUSED).' });
  });

  it('uses a connection again', async () => {
    const { server, requester } = await start({ body: '{"access_token":"t"}' });

    await requester.request(makeCredentials(server.url));
    await new Promise((resolve) => setImmediate(resolve));
    await requester.request(makeCredentials(server.url));

    expect(server.received).toHaveLength(2);
    expect(server.connectionCount).toBe(1);
  });

  it.each([
    ['', ''],
    ['client', ''],
    ['', 'secret'],
  ])('fails with the id %j and the secret %j', async (clientId, clientSecret) => {
    const { server, requester } = await start({ body: '{"access_token":"t"}' });

    const answer = await requester.request(makeCredentials(server.url, { clientId, clientSecret }));

    expect(answer).toHaveProperty('failure');
    expect(server.received).toHaveLength(0);
  });
});

describe('a token endpoint at a forbidden address', () => {
  const refused = { failure: 'The address of the token endpoint is not allowed.' };

  it.each(['http://127.0.0.1', 'https://127.0.0.1', 'http://[::ffff:127.0.0.1]', 'http://2130706433'])(
    'is refused as the literal %s, and nothing arrives',
    async (origin) => {
      const { server } = await start({});
      const { requester } = startRequester(createAddressRules([]));

      const answer = await requester.request(makeCredentials(`${origin}:${server.port}`));

      expect(answer).toEqual(refused);
      expect(server.connectionCount).toBe(0);
    },
  );

  it('is never a socket of the file system', async () => {
    const path = join(await mkdtemp(join(tmpdir(), 'hookgraph-')), 'socket');
    let connectionCount = 0;
    const server = createServer(() => (connectionCount += 1)).listen(path);
    onTestFinished(async () => {
      server.close();
      await rm(dirname(path), { recursive: true });
    });
    const { requester } = startRequester();

    for (const url of [`http://unix:${path}:/token`, `unix:${path}:/token`, `https://unix:${path}:/token`]) {
      expect(await requester.request(makeCredentials(url))).toHaveProperty('failure');
    }

    expect(connectionCount).toBe(0);
  });
});

async function start(script: Script, tls?: ReceiverTls): Promise<{ server: Receiver; requester: TokenRequester; clock: ManualClock }> {
  const server = await startReceiver(tls === undefined ? {} : { tls });
  onTestFinished(() => server.close());
  server.answerWith(script);
  return { server, ...startRequester() };
}

function startRequester(rules = loopbackAllowed): { requester: TokenRequester; clock: ManualClock } {
  const clock = new ManualClock();
  const requester = createTokenRequester({ rules, clock, userAgent: 'Hookgraph/0.0.0' });
  onTestFinished(() => requester.close());
  return { requester, clock };
}
