import { once } from 'node:events';
import { type IncomingMessage, request } from 'node:http';
import { json, text } from 'node:stream/consumers';
import { describe, expect, it } from 'vitest';
import { WebSocket } from 'ws';
import { blocks } from '../readme/readme.js';

import { ADMIN_KEY, type Answer, startTestServer } from '../support/server.js';
import { watchLog } from '../support/watched-log.js';
import { startProxy } from './start-proxy.js';

const configurations = {
  nginx: blocks.find(({ language, name }) => language === 'nginx' && name === 'proxy')!.text,
  caddy: blocks.find(({ language, name }) => language === 'caddy' && name === 'proxy')!.text,
};

/** Opens a socket as a page of this origin would, and gives the message that answers its key, or the status of the refusal. */
async function greetFrom(origin: string, url: string): Promise<string> {
  const socket = new WebSocket(`${url.replace('http', 'ws')}/graphql`, 'graphql-transport-ws', { origin });
  const refused = once(socket, 'unexpected-response').then(
    async ([, response]: IncomingMessage[]) => `${response!.statusCode} ${await text(response!)}`,
  );
  const opened = once(socket, 'open').then(async () => {
    socket.send(JSON.stringify({ type: 'connection_init', payload: { Authorization: `Bearer ${ADMIN_KEY}` } }));
    const [message] = (await once(socket, 'message')) as [Buffer];
    socket.close();
    return message.toString();
  });
  socket.on('error', () => {});
  return Promise.race([refused, opened]);
}

/** Makes an organization from another address of this machine than the proxy's, and gives the address that its record has. */
async function recordedAddress(url: string, headers: Record<string, string> = {}): Promise<string> {
  const query = 'mutation { createOrganization(input: { name: "A" }) { auditLog { edges { node { address } } } } }';
  const call = request(`${url}/graphql`, {
    method: 'POST',
    localAddress: '127.0.0.9',
    headers: { 'content-type': 'application/json', authorization: `Bearer ${ADMIN_KEY}`, ...headers },
  });
  call.end(JSON.stringify({ query, variables: {}, extensions: { filling: 'x'.repeat(2_000_000) } }));
  const [response] = (await once(call, 'response')) as [IncomingMessage];
  return ((await json(response)) as Answer).data.createOrganization.auditLog.edges[0].node.address;
}

describe.each(['nginx', 'caddy'] as const)('behind %s as the README sets it up', (name) => {
  it('a page of the server opens a socket, another page opens none, and callers have their own addresses', async () => {
    await using server = await startTestServer({ config: { trustedProxies: ['127.0.0.1/32'] } });
    await using proxy = await startProxy(name, configurations[name], server);

    const [own, foreign] = [await greetFrom(proxy.url, proxy.url), await greetFrom('https://evil.example.com', proxy.url)];

    expect(JSON.parse(own)).toMatchObject({ type: 'connection_ack' });
    expect(foreign).toMatch(/^403 \{"errors":\[\{"message":"The header Origin: /);
    expect(await recordedAddress(proxy.url)).toBe('127.0.0.9');
    expect(await recordedAddress(proxy.url, { 'x-forwarded-for': '203.0.113.7' })).toBe('127.0.0.9');
  });
});

describe('behind an nginx', () => {
  it.each([
    ['that passes no Host on', /^ *proxy_set_header Host.*\n/gm, 403, 'ORIGIN', 'let it pass the client'],
    [
      'that passes no Upgrade on',
      /^ *proxy_set_header (?:Upgrade|Connection).*\n/gm,
      426,
      'HEADERS_LOST',
      'has to pass these two headers on',
    ],
  ])('%s, queries work, and a socket is told what is missing', async (_, line, status, fault, message) => {
    const { log, logged } = watchLog();
    await using server = await startTestServer({ log });
    await using proxy = await startProxy('nginx', configurations.nginx.replaceAll(line, ''), server);

    const answer = await greetFrom(proxy.url, proxy.url);

    expect(answer.startsWith(`${status} `)).toBe(true);
    expect(answer).toContain(message);
    expect(await logged('upgrade.refused')).toMatchObject({ fault, status });
    expect(await recordedAddress(proxy.url)).toBe('127.0.0.1');
  });
});
