import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { makeOrganization, makeWebhook } from '../support/platform.js';
import { type Receiver, startReceiver } from '../support/receiver.js';
import { ADMIN_KEY } from '../support/server.js';
import { type ServerProcess, startServerProcess } from '../support/server-process.js';
import { makeDataFolder } from './data-folder.js';
import { startRelay } from './relay.js';
import { isInstalled, javaClient, runClient } from './run-client.js';

/** What Java 17's `HttpClient` and curl 7.88 send by default and with `--http2`, as a socket has heard them; the key and the body are each test's own. */
const HEADS = {
  java: (host: string, length: number) =>
    `POST /graphql HTTP/1.1\r\nConnection: Upgrade, HTTP2-Settings\r\nContent-Length: ${length}\r\nHost: ${host}\r\n` +
    'HTTP2-Settings: AAEAAEAAAAIAAAAAAAMAAAAAAAQBAAAAAAUAAEAAAAYABgAA\r\nUpgrade: h2c\r\nUser-Agent: Java-http-client/17.0.15\r\n' +
    `Authorization: Bearer ${ADMIN_KEY}\r\nContent-Type: application/json\r\n\r\n`,
  curl: (host: string, length: number) =>
    `POST /graphql HTTP/1.1\r\nHost: ${host}\r\nUser-Agent: curl/7.88.1\r\nAccept: */*\r\nConnection: Upgrade, HTTP2-Settings\r\n` +
    `Upgrade: h2c\r\nHTTP2-Settings: AAMAAABkAAQCAAAAAAIAAAAA\r\nauthorization: Bearer ${ADMIN_KEY}\r\n` +
    `content-type: application/json\r\nContent-Length: ${length}\r\n\r\n`,
};

const QUERY = '{"query":"{ organizations(first: 1) { edges { node { name } } } }"}';
const FOUND = '{"data":{"organizations":{"edges":[{"node":{"name":"Acme Tickets"}}]}}}';
const PUBLISHED = '{"data":{"publishEvent":{"duplicate":false}}}';

const hasJava = await isInstalled('java');
const hasCurl = await isInstalled('curl', /\bHTTP2\b/);

let stack: AsyncDisposableStack;
let server: ServerProcess;
let receiver: Receiver;
let mutation: string;

beforeAll(async () => {
  stack = new AsyncDisposableStack();
  server = stack.use(await startServerProcess(stack.use(await makeDataFolder()).path));
  receiver = stack.use(await startReceiver());
  const organizationId = await makeOrganization(server);
  await makeWebhook(server, { organizationId, endpoint: receiver.url });
  const query =
    'mutation ($o: ID!, $p: JSON) { publishEvent(input: { organizationId: $o, type: "order_created", payload: $p }) { duplicate } }';
  const variables = `{"o":"${organizationId}","p":{"price":10.50,"big":12345678901234567890}}`;
  mutation = `{"query":${JSON.stringify(query)},"variables":${variables}}`;
});

afterAll(() => stack.disposeAsync());

async function expectDelivered(): Promise<void> {
  expect((await receiver.next()).body.toString()).toContain('"data":{"price":10.50,"big":12345678901234567890}}');
}

/** Reads up to the end of one answer, or of the connection. */
async function readAnswer(socket: Socket): Promise<string> {
  let answer = '';
  for await (const chunk of socket.iterator({ destroyOnReturn: false })) {
    answer += String(chunk);
    if (/\r\n\r\n\{.*\}\n?$/.test(answer)) break;
  }
  return answer;
}

describe('a client that offers to speak HTTP/2 without TLS is answered in HTTP/1.1, and keeps its connection:', () => {
  it.skipIf(!hasJava)("Java's HttpClient", async () => {
    await using relay = await startRelay(server);
    const [command, ...args] = javaClient('HttpClientCalls.java');

    const output = await runClient([command, ...args, mutation, QUERY, QUERY], { URL: `${relay.url}/graphql`, KEY: ADMIN_KEY });

    expect(output.trim().split(/\n+/)).toEqual([PUBLISHED, FOUND, FOUND].map((answer) => `HTTP_1_1 200 ${answer}`));
    expect(relay.connections).toEqual([{ sent: expect.stringContaining('Upgrade: h2c\r\n') }]);
    await expectDelivered();
  });

  it.skipIf(!hasCurl)('curl --http2', async () => {
    await using relay = await startRelay(server);
    const headers = [`authorization: Bearer ${ADMIN_KEY}`, 'content-type: application/json'].flatMap((header) => ['-H', header]);
    const asked = (body: string) => ['--silent', '--show-error', '--http2', ...headers, '-d', body, `${relay.url}/graphql`];
    const written = ['-w', 'HTTP/%{http_version} %{http_code}\n'];

    const output = await runClient(['curl', ...asked(mutation), ...written, '--next', ...asked(QUERY), ...written]);

    expect(output.trim().split(/\n+/)).toEqual([PUBLISHED, FOUND].flatMap((answer) => [answer, 'HTTP/1.1 200']));
    expect(relay.connections).toEqual([{ sent: expect.stringContaining('Upgrade: h2c\r\n') }]);
    await expectDelivered();
  });

  it.each(Object.entries(HEADS))('the same bytes as %s over a bare socket', async (_, head) => {
    const { host, port } = new URL(server.url);
    const socket = connect(Number(port), '127.0.0.1');
    await once(socket, 'connect');

    const answers = [];
    for (const body of [mutation, QUERY]) {
      // As Java does it, the body comes in a packet after its head.
      socket.write(head(host, body.length));
      socket.write(body);
      answers.push(await readAnswer(socket));
    }
    socket.destroy();

    expect(answers.map((answer) => answer.split('\r\n')[0])).toEqual(['HTTP/1.1 200 OK', 'HTTP/1.1 200 OK']);
    expect(answers.map((answer) => answer.split('\r\n\r\n')[1]!.trim())).toEqual([PUBLISHED, FOUND]);
    await expectDelivered();
  });
});

describe('a WebSocket', () => {
  it('is opened all the same, and one of another path is not', async () => {
    const open = async (path: string) => {
      const socket = new WebSocket(`${server.url.replace('http', 'ws')}${path}`, 'graphql-transport-ws');
      const type = await new Promise<string>((resolve) => {
        for (const name of ['open', 'error']) socket.addEventListener(name, () => resolve(name), { once: true });
      });
      socket.close();
      return type;
    };

    expect([await open('/graphql'), await open('/elsewhere')]).toEqual(['open', 'error']);
  });
});
