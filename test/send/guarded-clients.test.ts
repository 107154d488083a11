import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { createServer, type AddressInfo, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { AddressRefusedError, createAddressRules, type AddressRules, type Resolve } from '../../src/send/address-rules.js';
import { startDeadline } from '../../src/send/deadline.js';
import { errorCode } from '../../src/send/failure-outcome.js';
import { createFormClient } from '../../src/send/form-client.js';
import { createGuardedAgents } from '../../src/send/guarded-agents.js';
import { createHttpClient } from '../../src/send/http-client.js';
import { createConnectionOpener } from '../../src/send/open-connection.js';
import { ManualClock } from '../support/manual-clock.js';
import { startReceiver, type Exchange, type Receiver, type ReceiverOptions, type Script } from '../support/receiver.js';
import { hang, pour, raw, reset, resetInBody } from '../support/receiver-scripts.js';
import { trustedCertificate } from '../support/trusted-certificate.js';
import { loopbackAllowed } from './makers.js';

const TIMEOUT_MS = 10_000;

/** What came of a request: an answer, a refusal by the address rules, or the code of what broke it off. */
type Result = { status: number } | { code: string };

const refused: Result = { code: 'ERR_ADDRESS_REFUSED' };
/** A name that leads inside fails as one that does not exist: the outcome tells nothing of what is there. */
const notFound: Result = { code: 'ENOTFOUND' };

interface Client {
  /** One POST. */
  post(url: string, signal: AbortSignal): Promise<Result>;
  close(): void | Promise<void>;
}

interface ClientOptions {
  rules: AddressRules;
  clock: ManualClock;
  idleMs?: number;
}

/** The one for deliveries. */
function startDeliveryClient(options: ClientOptions): Client {
  const client = createHttpClient({ ...options, timeoutMs: TIMEOUT_MS });
  return {
    async post(url, signal) {
      const { origin, pathname } = new URL(url);
      const { outcome } = await client.call({ origin, path: pathname, method: 'POST', headers: [], body: Buffer.from('{}') }, signal);
      if (outcome.kind === 'RESPONSE_RECEIVED') return { status: outcome.status };
      if (outcome.kind === 'ADDRESS_REFUSED') return refused;
      return { code: outcome.kind === 'CONNECTION_FAILED' ? outcome.code : outcome.kind };
    },
    close: () => client.close(),
  };
}

/** The one for token requests. */
function startFormClient(options: ClientOptions): Client {
  const client = createFormClient({ ...options, timeoutMs: TIMEOUT_MS, limitBytes: 64 * 1024 });
  return {
    async post(url, signal) {
      try {
        const { status } = await client.post({ url, headers: {}, body: 'a=b' }, signal);
        return { status };
      } catch (error) {
        return isRefusal(error) ? refused : { code: signal.aborted ? 'TIMED_OUT' : errorCode(error) };
      }
    },
    close: () => client.close(),
  };
}

function isRefusal(error: unknown): boolean {
  return error instanceof AddressRefusedError || (error instanceof Error && isRefusal(error.cause));
}

describe.each<[string, (options: ClientOptions) => Client]>([
  ['deliveries', startDeliveryClient],
  ['token requests', startFormClient],
])('the HTTP client of %s', (purpose, startClient) => {
  async function start(options: ReceiverOptions & { rules?: AddressRules; idleMs?: number } = {}) {
    const receiver = await startReceiver(options);
    onTestFinished(() => receiver.close());
    const { rules = loopbackAllowed, idleMs } = options;
    const clock = new ManualClock();
    const client = startClient({ rules, clock, ...(idleMs === undefined ? {} : { idleMs }) });
    onTestFinished(() => client.close());
    const post = async (origin = receiver.url) => {
      const deadline = startDeadline(clock, TIMEOUT_MS);
      try {
        return await client.post(`${origin}/path`, deadline.signal);
      } finally {
        deadline.cancel();
      }
    };
    return { receiver, client, clock, post };
  }

  /** As many requests at once as there are to be connections, all of them kept afterwards. */
  async function keepConnections(receiver: Receiver, post: () => Promise<Result>, count: number): Promise<void> {
    const held: Array<() => void> = [];
    receiver.answerWith(({ response }) => {
      held.push(() => response.end('ok'));
      if (held.length === count) for (const answer of held) answer();
    });
    await Promise.all(Array.from({ length: count }, () => post()));
    await connectionsAreFree();
  }

  describe('goes nowhere that the rules forbid', () => {
    it.each(['http://127.0.0.1', 'https://127.0.0.1', 'http://[::ffff:127.0.0.1]', 'http://2130706433', 'http://localhost'])(
      'as the literal %s',
      async (origin) => {
        const { receiver, post } = await start({ rules: createAddressRules([]) });

        expect(await post(`${origin}:${receiver.port}`)).toEqual(refused);
        expect(receiver.connectionCount).toBe(0);
      },
    );

    it.each(['http', 'https'])('as one of the answers of the name server (%s)', async (scheme) => {
      const rules = createAddressRules([], { resolve: resolveTo('93.184.216.34', '127.0.0.1') });
      const { receiver, post } = await start({ rules });

      expect(await post(`${scheme}://rebinding.example:${receiver.port}`)).toEqual(notFound);
      expect(receiver.connectionCount).toBe(0);
    });

    it('as an answer of the name server for the next connection', async () => {
      const answers = ['127.0.0.1', '10.0.0.1'];
      const rules = createAddressRules(['127.0.0.0/8'], {
        resolve: (_hostname, _options, callback) => callback(null, [{ address: answers.shift()!, family: 4 }]),
      });
      const { receiver, post } = await start({ rules });
      receiver.answerWith({ headers: { connection: 'close' } });

      const first = await post(`http://rebinding.example:${receiver.port}`);
      await receiver.connectionsClosed();

      expect([first, await post(`http://rebinding.example:${receiver.port}`)]).toEqual([{ status: 200 }, notFound]);
      expect(receiver.received).toHaveLength(1);
    });

    it.each<[string, () => ReceiverOptions]>([
      ['http', () => ({})],
      ['https', () => ({ tls: trustedCertificate() })],
    ])('when the socket came out there although it was told otherwise (%s)', async (scheme, options) => {
      const blind = createAddressRules(['127.0.0.0/8'], { resolve: resolveTo('127.0.0.1') });
      const { receiver, post } = await start({ ...options(), rules: { ...createAddressRules([]), lookup: blind.lookup } });

      expect(await post(`${scheme}://hole.example:${receiver.port}`)).toEqual(refused);
      expect(receiver.received).toHaveLength(0);
    });

    it.each(['http://127.0.0.1:6000', 'https://127.0.0.1:22', 'http://localhost:25'])('with the port of %s', async (origin) => {
      const { post } = await start({ rules: createAddressRules(['127.0.0.0/8', '::1/128']) });

      expect(await post(origin)).toEqual(refused);
    });

    it('by http where https alone is allowed', async () => {
      const { receiver, post } = await start({ rules: createAddressRules(['127.0.0.0/8'], { isHttpsOnly: true }) });

      expect(await post()).toEqual(refused);
      expect(receiver.connectionCount).toBe(0);
    });

    it('by a redirect', async () => {
      const { receiver, post } = await start();
      receiver.answerWith({ status: 307, headers: { location: 'http://169.254.169.254/' } });

      expect(await post()).toEqual({ status: 307 });
    });
  });

  describe('over TLS', () => {
    it('checks the names of certificates', async () => {
      const rules = createAddressRules(['127.0.0.0/8'], { resolve: resolveTo('127.0.0.1') });
      const { receiver, post } = await start({ tls: trustedCertificate(), rules });

      expect(await post()).toEqual({ status: 200 });
      expect(await post(`https://wrong.example:${receiver.port}`)).toEqual({ code: 'ERR_TLS_CERT_ALTNAME_INVALID' });
      expect(receiver.received).toHaveLength(1);
    });

    // With TLS 1.3 the refusal comes after the handshake, when the request may be under way.
    it.each<['TLSv1.2' | 'TLSv1.3', RegExp]>([
      ['TLSv1.2', /ALERT_HANDSHAKE_FAILURE$/],
      ['TLSv1.3', /ALERT_CERTIFICATE_REQUIRED$/],
    ])('knows when a client certificate is wanted (%s)', async (maxVersion, code) => {
      const { receiver, post } = await start({ tls: { ...trustedCertificate(), requestCert: true, maxVersion } });

      expect(await post()).toEqual({ code: expect.stringMatching(code) as string });
      expect(receiver.received).toHaveLength(0);
    });
  });

  describe('uses a connection again', () => {
    it.each(['http', 'https'])('for any number of requests (%s)', async (scheme) => {
      const { receiver, post } = await start(scheme === 'https' ? { tls: trustedCertificate() } : {});
      receiver.answerWith({ body: 'x'.repeat(16_000) });

      for (let count = 0; count < 20; count += 1) {
        expect(await post()).toEqual({ status: 200 });
        await connectionsAreFree();
      }

      expect(receiver.connectionCount).toBe(1);
    });

    it.each<[string, Script]>([
      ['resets it', reset],
      ['closes it', ({ socket }) => void socket.destroy()],
    ])('and sends once more over a new one when the other side %s just then', async (_title, script) => {
      const { receiver, post } = await start();
      receiver.answerWith([{}, script, {}]);
      await post();
      await connectionsAreFree();

      expect(await post()).toEqual({ status: 200 });
      expect([receiver.received.length, receiver.connectionCount]).toEqual([3, 2]);
    });

    it.each([1, 3, 5])('and sends once more over a new one even if all kept ones are dead: %i at once', async (count) => {
      const { receiver, post } = await start();
      await keepConnections(receiver, post, 5);
      const kept = new Set(receiver.received.map(({ remotePort }) => remotePort));
      receiver.answerWith((exchange) => {
        if (kept.has(exchange.request.remotePort)) exchange.socket.resetAndDestroy();
        else exchange.response.end('ok');
      });

      const results = await Promise.all(Array.from({ length: count }, () => post()));

      expect(kept.size).toBe(5);
      expect(results).toEqual(Array.from({ length: count }, () => ({ status: 200 })));
      expect(receiver.received).toHaveLength(5 + 2 * count);
    });

    it('and gives up when the new one is reset too', async () => {
      const { receiver, post } = await start();
      receiver.answerWith([{}, reset]);
      await post();
      await connectionsAreFree();

      expect(await post()).toEqual({ code: 'ECONNRESET' });
      expect(receiver.received).toHaveLength(3);
    });

    it.each<[string, Script]>([
      ['in the body', resetInBody],
      ['in the status', ({ socket }) => void socket.write('HTTP/1.1 2', () => socket.resetAndDestroy())],
    ])('and sends nothing once more when the answer had begun: a reset %s', async (_title, script) => {
      const { receiver, post } = await start();
      receiver.answerWith([{}, script, {}]);
      await post();
      await connectionsAreFree();

      expect(await post()).toEqual({ code: expect.any(String) as string });
      expect(receiver.received).toHaveLength(2);
    });

    it('and sends nothing once more when it was new', async () => {
      const { receiver, post } = await start();
      receiver.answerWith([reset, {}]);

      expect(await post()).toEqual({ code: 'ECONNRESET' });
      expect(receiver.received).toHaveLength(1);
    });

    it('but not when nothing has gone over it for a while, whatever the other side offers', async () => {
      const { receiver, post } = await start({ idleMs: 50 });
      // Not by the receiver's own means, which would end the connection after 5 s.
      receiver.answerWith(raw('HTTP/1.1 200 OK\r\nkeep-alive: timeout=600\r\ncontent-length: 0\r\n\r\n'));

      await post();
      await receiver.connectionsClosed();

      expect(await post()).toEqual({ status: 200 });
      expect(receiver.connectionCount).toBe(2);
    });
  });

  it('waits for an answer for longer than it keeps a connection', async () => {
    const { receiver, post } = await start({ idleMs: 50 });
    const slow = Promise.withResolvers<Exchange>();
    receiver.answerWith([(exchange) => slow.resolve(exchange), raw('HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n')]);
    const posted = post();
    const { request, response } = await slow.promise;

    await post();
    const [other] = receiver.received.filter(({ remotePort }) => remotePort !== request.remotePort);
    await receiver.connectionClosed(other!.remotePort);
    response.end('ok');

    expect(await posted).toEqual({ status: 200 });
  });

  describe('reads no more than there may be', () => {
    it.each<[string, string, string]>([
      ['100s', '', 'HTTP/1.1 100 Continue\r\n\r\n'.repeat(500)],
      ['103s', '', 'HTTP/1.1 103 Early Hints\r\n\r\n'.repeat(500)],
      ['headers', 'HTTP/1.1 200 OK\r\n', 'x: y\r\n'.repeat(2000)],
    ])('of %s without end', async (_title, beginning, piece) => {
      const { receiver, post } = await start();
      receiver.answerWith(pour(beginning, piece));

      expect(await post()).toEqual({ code: expect.any(String) as string });
      await receiver.connectionsClosed();
    });

    it("of a chunk's extension without end", async () => {
      const { receiver, post } = await start();
      receiver.answerWith(pour('HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n1;', 'x'.repeat(16_384)));

      const answer = await post();

      // A receiver's status counts once its headers are complete; a token has to come whole.
      if (purpose === 'deliveries') expect(answer).toEqual({ status: 200 });
      else expect(answer).toEqual({ code: expect.any(String) as string });
      await receiver.connectionsClosed();
    });

    it.each(['100 Continue', '102 Processing', '103 Early Hints'])('and takes the answer after any number of %s', async (early) => {
      const { receiver, post } = await start();
      receiver.answerWith(raw(`HTTP/1.1 ${early}\r\nlink: a\r\n\r\n`.repeat(3), 'HTTP/1.1 204 No Content\r\n\r\n'));

      expect(await post()).toEqual({ status: 204 });
    });
  });

  describe('ends in time', () => {
    it('where nobody answers', async () => {
      const { receiver, clock, post } = await start();
      receiver.answerWith(hang);

      const posted = post();
      await receiver.requests(1);
      clock.advance(TIMEOUT_MS);

      expect(await posted).toEqual({ code: 'TIMED_OUT' });
      expect(clock.timerCount).toBe(0);
    });

    it('where somebody accepts and never speaks TLS', async () => {
      const server = createServer().listen(0, '127.0.0.1');
      onTestFinished(() => void server.close());
      await once(server, 'listening');
      const accepted = once(server, 'connection') as Promise<[Socket]>;
      const { clock, post } = await start();

      const posted = post(`https://127.0.0.1:${(server.address() as AddressInfo).port}`);
      const [socket] = await accepted;
      clock.advance(TIMEOUT_MS);

      expect(await posted).toEqual({ code: 'TIMED_OUT' });
      expect(clock.timerCount).toBe(0);
      socket.destroy();
    });

    it('where the name server hangs', async () => {
      const { promise: asked, resolve } = Promise.withResolvers<void>();
      const { clock, post } = await start({ rules: createAddressRules([], { resolve: () => resolve() }) });

      const posted = post('http://example.com');
      await asked;
      clock.advance(TIMEOUT_MS);

      expect(await posted).toEqual({ code: 'TIMED_OUT' });
    });

    it('when it is closed while a connection is being opened', async () => {
      const { promise: asked, resolve } = Promise.withResolvers<void>();
      const { client, post } = await start({ rules: createAddressRules([], { resolve: () => resolve() }) });

      const posted = post('http://example.com');
      await asked;
      await client.close();

      expect(await posted).toEqual({ code: 'UND_ERR_DESTROYED' });
    });
  });
});

describe('the agents of token requests', () => {
  it('open no socket of the file system, whoever asks them', async () => {
    const path = join(await mkdtemp(join(tmpdir(), 'hookgraph-')), 'socket');
    let connectionCount = 0;
    const server = createServer(() => (connectionCount += 1)).listen(path);
    onTestFinished(async () => {
      server.close();
      await rm(dirname(path), { recursive: true });
    });
    const opener = createConnectionOpener({ rules: loopbackAllowed, clock: new ManualClock(), timeoutMs: TIMEOUT_MS });
    const agents = createGuardedAgents({ opener });
    onTestFinished(() => agents.close());

    for (const agent of [agents.http, agents.https]) {
      expect(() => agent.createConnection({ path: '/', host: '127.0.0.1', socketPath: path })).toThrow(AddressRefusedError);
    }

    expect(connectionCount).toBe(0);
  });
});

function resolveTo(...addresses: string[]): Resolve {
  const answers = addresses.map((address) => ({ address, family: 4 }));
  return (_hostname, _options, callback) => setImmediate(() => callback(null, answers));
}

/** Clients free a connection one turn of the event loop after the answer. */
async function connectionsAreFree(): Promise<void> {
  for (let turn = 0; turn < 3; turn += 1) await new Promise((resolve) => setImmediate(resolve));
}
