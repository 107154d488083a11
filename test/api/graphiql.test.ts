import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { type IncomingMessage, request } from 'node:http';
import { connect, type Socket } from 'node:net';
import { join } from 'node:path';
import { brotliDecompressSync, gunzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { STALL_LIMIT_MS } from '../../src/api/limits/stalled-answers.js';
import { PAGE_DIR } from '../support/build.js';
import { readHeldBytes } from '../support/held-bytes.js';
import { keepLog } from '../support/log.js';
import { ManualClock } from '../support/manual-clock.js';
import { startTestServer, type TestServer } from '../support/server.js';

const BROWSER = { accept: 'text/html,application/xhtml+xml,*/*;q=0.8' };

const paths = (JSON.parse(readFileSync(join(PAGE_DIR, 'files.json'), 'utf8')) as Array<{ path: string }>).map(({ path }) => `/${path}`);
const script = paths.find((path) => /^\/graphiql\/monaco-editor-.*\.js$/.test(path))!;

let server: TestServer;

beforeAll(async () => {
  server = await startTestServer();
});

afterAll(() => server[Symbol.asyncDispose]());

/** How often each client asks that does not read: the operating system takes some megabytes from the server by itself. */
const ASKED_EACH = 5;

interface Got {
  status: number;
  headers: Record<string, string | undefined>;
  body: Buffer;
}

/** As `fetch` would, but nothing is decoded, and there is no header that is not given. */
async function get(path: string, headers: Record<string, string> = {}, method = 'GET'): Promise<Got> {
  const sent = request(server.url + path, { method, headers }).end();
  const [response] = (await once(sent, 'response')) as [IncomingMessage];
  const chunks: Buffer[] = [];
  for await (const chunk of response) chunks.push(chunk as Buffer);
  return { status: response.statusCode!, headers: response.headers as Got['headers'], body: Buffer.concat(chunks) };
}

describe("GraphiQL's page", () => {
  it('may run nothing but its own scripts, and be framed by nobody', async () => {
    const { status, headers, body } = await get('/graphql', BROWSER);

    expect(status).toBe(200);
    expect(headers['content-type']).toBe('text/html; charset=utf-8');
    const policy = Object.fromEntries(
      headers['content-security-policy']!.split('; ').map((rule) => [rule.split(' ')[0], rule.split(' ').slice(1).join(' ')]),
    );
    expect(policy).toMatchObject({
      'default-src': "'none'",
      'script-src': "'self'",
      'connect-src': "'self'",
      'worker-src': "'self'",
      'font-src': "'self'",
      'base-uri': "'none'",
      'form-action': "'none'",
      'frame-ancestors': "'none'",
    });
    expect(headers['x-content-type-options']).toBe('nosniff');
    expect(headers['referrer-policy']).toBe('no-referrer');
    expect(body.toString()).not.toMatch(/<script(?![^>]* src=)|<style|style=|\bon\w+=/);
  });

  it('has nothing of the schema in it, which only a key is given', async () => {
    const { body } = await get('/graphql', BROWSER);

    expect(body.length).toBeLessThan(2000);
    expect((await get('/graphql?query=%7B__schema%7BqueryType%7Bname%7D%7D%7D', { 'apollo-require-preflight': 'yes' })).status).toBe(401);
  });

  it('shows something after few bytes: the fonts are no part of what a browser waits for', async () => {
    const html = await get('/graphql', { ...BROWSER, 'accept-encoding': 'br' });
    const styleSheets = [
      ...brotliDecompressSync(html.body)
        .toString()
        .matchAll(/<link rel="stylesheet"[^>]* href="\.([^"]+)"/g),
    ];
    const sizes = await Promise.all(styleSheets.map(async ([, path]) => (await get(path!, { 'accept-encoding': 'br' })).body.length));

    expect(sizes).toHaveLength(1);
    expect(html.body.length + sizes[0]!).toBeLessThan(30_000);
  });

  it('is asked for anew each time, and its files never again', async () => {
    expect((await get('/graphql', BROWSER)).headers['cache-control']).toBe('no-cache');
    expect((await get(script)).headers['cache-control']).toBe('public, max-age=31536000, immutable');
  });

  it.each([
    ['a query', '/graphql?query=%7B__typename%7D', { ...BROWSER, 'apollo-require-preflight': 'yes' }, 'GET'],
    ['an empty query', '/graphql?query=', BROWSER, 'GET'],
    ['the head of a query', '/graphql?query=%7B__typename%7D', BROWSER, 'HEAD'],
    ['a program', '/graphql', { accept: 'application/json' }, 'GET'],
    ['a program that does not say what it takes', '/graphql', {}, 'GET'],
    ['a POST, whatever it takes', '/graphql', { ...BROWSER, 'content-type': 'application/json' }, 'POST'],
  ])('is no answer to %s, which needs a key', async (_, path, headers, method) => {
    const answer = await get(path, headers, method);

    expect([answer.status, answer.headers['content-type']]).toEqual([401, expect.stringContaining('json')]);
    expect(answer.headers['www-authenticate']).toBe('Bearer');
  });

  it('says that the answer depends on what is accepted', async () => {
    expect((await get('/graphql', BROWSER)).headers.vary).toBe('Accept, Accept-Encoding');
  });

  it('has no other files', async () => {
    for (const path of ['/graphiql/', '/graphiql/nope.js', '/graphiql/../files.json', '/graphiql/%2e%2e/files.json', `${script}.br`]) {
      expect([path, (await get(path)).status]).toEqual([path, 404]);
    }
  });
});

describe('a file of the page', () => {
  it.each(paths.filter((path) => path !== '/index.html'))('is the same in each encoding: %s', async (path) => {
    const [plain, br, gzip] = await Promise.all([
      get(path),
      get(path, { 'accept-encoding': 'gzip, br' }),
      get(path, { 'accept-encoding': 'gzip' }),
    ]);

    expect(plain.headers['content-encoding']).toBeUndefined();
    expect(br.headers['content-encoding']).toBe('br');
    expect(gzip.headers['content-encoding']).toBe('gzip');
    expect(brotliDecompressSync(br.body).equals(plain.body)).toBe(true);
    expect(gunzipSync(gzip.body).equals(plain.body)).toBe(true);
    expect(plain.headers.vary).toBe('Accept-Encoding');
    expect(new Set([plain, br, gzip].map(({ headers }) => headers.etag)).size).toBe(3);
    expect(plain.headers['content-type']).toMatch(/^(text\/(javascript|css)|image\/svg\+xml|font\/(ttf|woff2?))/);
  });

  it.each(['/graphql', script])('that the client has costs a 304: %s', async (path) => {
    const first = await get(path, { ...BROWSER, 'accept-encoding': 'br' });
    const etag = first.headers.etag!;

    for (const known of [etag, `W/${etag}`, `"other", ${etag}`, '*']) {
      const again = await get(path, { ...BROWSER, 'accept-encoding': 'br', 'if-none-match': known });
      expect([known, again.status, again.body.length, again.headers.etag]).toEqual([known, 304, 0, etag]);
    }
    expect((await get(path, { ...BROWSER, 'accept-encoding': 'br', 'if-none-match': '"other"' })).status).toBe(200);
    expect((await get(path, { ...BROWSER, 'if-none-match': etag })).status).toBe(200);
  });

  it.each(['/graphql', script])('may be asked for by HEAD: %s', async (path) => {
    const whole = await get(path, BROWSER);

    const head = await get(path, BROWSER, 'HEAD');

    expect(head.status).toBe(200);
    expect(head.body.length).toBe(0);
    expect(head.headers).toMatchObject({ 'content-length': String(whole.body.length), etag: whole.headers.etag });
  });
});

describe('clients that ask for the largest file and do not read', () => {
  it('share its bytes and are cut off, 200 of them at once', async () => {
    const clock = new ManualClock();
    const { log, lines } = keepLog();
    await using asked = await startTestServer({ clock, log });
    const size = (await get(script)).body.length;
    const before = await readHeldBytes();

    const clients = await Promise.all(Array.from({ length: 200 }, () => askWithoutReading(asked, script)));
    const held = (await readHeldBytes()) - before;
    const closed = clients.map((client) => new Promise((resolve) => void client.once('close', resolve)));
    let cutOffCount = 0;
    while (cutOffCount < clients.length) {
      clock.advance(STALL_LIMIT_MS / 6);
      await new Promise(setImmediate);
      cutOffCount = lines().reduce((sum, { msg, count }) => (msg === 'answers.cut_off' ? sum + Number(count) : sum), 0);
    }
    for (const client of clients) client.resume();
    await Promise.all(closed);

    // Of each there are both sides here, with what the client's has read ahead.
    expect(held / clients.length).toBeLessThan(128 * 1024);
    expect(size).toBeGreaterThan(2_000_000);
    expect(cutOffCount).toBe(clients.length);
    for (const { bytesRead } of clients) expect(bytesRead).toBeLessThan(ASKED_EACH * size);
  });
});

async function askWithoutReading({ url }: TestServer, path: string): Promise<Socket> {
  const client = connect(Number(new URL(url).port), '127.0.0.1');
  client.on('error', () => {});
  client.pause();
  client.write(`GET ${path} HTTP/1.1\r\nHost: x\r\n\r\n`.repeat(ASKED_EACH));
  await once(client, 'readable');
  return client;
}

describe('the address of the server', () => {
  it('leads a browser to GraphiQL', async () => {
    const { status, headers } = await get('/', BROWSER);

    expect([status, new URL(headers.location!, `${server.url}/`).pathname]).toEqual([302, '/graphql']);
    expect(await (await fetch(server.url, { headers: BROWSER })).text()).toContain('GraphiQL');
  });

  it('tells a program what is where', async () => {
    const { status, body } = await get('/', { accept: 'application/json' });

    expect(status).toBe(200);
    expect(JSON.parse(body.toString())).toEqual({
      name: 'Hookgraph',
      addresses: { graphql: '/graphql', graphiql: '/graphql', health: '/health' },
    });
  });

  it('tells a browser the same where there is no GraphiQL', async () => {
    await using plain = await startTestServer({ config: { graphiql: false } });

    const answer = await fetch(plain.url, { headers: BROWSER });

    expect(await answer.json()).toEqual({ name: 'Hookgraph', addresses: { graphql: '/graphql', health: '/health' } });
    expect((await fetch(`${plain.url}${script}`)).status).toBe(404);
  });
});

describe('a path that takes another method', () => {
  it.each([
    ['/', 'POST', 405, 'GET, HEAD'],
    ['/health', 'POST', 405, 'GET, HEAD'],
    ['/health', 'OPTIONS', 204, 'GET, HEAD'],
    ['/graphql', 'OPTIONS', 204, 'GET, POST'],
    ['/graphql', 'PUT', 405, 'GET, POST'],
  ])('says which: %s by %s', async (path, method, status, allow) => {
    const answer = await get(path, {}, method);

    expect([answer.status, answer.headers.allow]).toEqual([status, allow]);
  });
});
