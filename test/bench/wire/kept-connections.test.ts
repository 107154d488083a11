import { once } from 'node:events';
import { createServer, type RequestListener } from 'node:http';
import type { AddressInfo } from 'node:net';
import { describe, expect, it } from 'vitest';
import { KeptConnections } from '../../../bench/wire/kept-connections.js';
import { RequestServer } from '../../../bench/wire/request-server.js';

describe('kept connections', () => {
  it('carry one request after the other, as many at once as there may be', async () => {
    const ports = new Set<number>();
    await using world = await startWorld(2, (request, response) => {
      ports.add(request.socket.remotePort!);
      request.setEncoding('utf8').on('data', (body: string) => response.writeHead(201, { 'content-length': body.length }).end(body));
    });

    const answers = await Promise.all(['a', 'b', 'c', 'd', 'e'].map((body) => world.connections.post(body)));

    expect(answers).toEqual(['a', 'b', 'c', 'd', 'e'].map((body) => ({ status: 201, body })));
    expect(ports.size).toBe(2);
  });

  it('tell of a connection that breaks by its request alone, and go on with those that wait', async () => {
    await using world = await startWorld(1, (request, response) => {
      request.setEncoding('utf8').on('data', (body: string) => {
        if (body === 'break') request.socket.destroy();
        else response.writeHead(200, { 'content-length': 2 }).end('ok');
      });
    });

    const [broken, next] = await Promise.allSettled([world.connections.post('break'), world.connections.post('go on')]);

    expect(broken).toMatchObject({ status: 'rejected', reason: { message: 'The connection was closed before the answer.' } });
    expect(next).toMatchObject({ status: 'fulfilled', value: { status: 200, body: 'ok' } });
  });

  it('are answered by a server of requests, which has read all of each', async () => {
    const bodies: string[] = [];
    const requests = new RequestServer(
      ({ body }) => bodies.push(body.toString('utf8')) > 0,
      () => 0,
    );
    requests.server.listen(0, '127.0.0.1');
    await once(requests.server, 'listening');
    await using connections = connectionsTo((requests.server.address() as AddressInfo).port, 1);

    const answer = await connections.post('x'.repeat(200_000));

    requests.close();
    expect(answer).toEqual({ status: 200, body: 'ok' });
    expect(bodies.map(({ length }) => length)).toEqual([200_000]);
  });

  function connectionsTo(port: number, limit: number): KeptConnections {
    return new KeptConnections({ url: `http://127.0.0.1:${port}`, path: '/', headers: {}, limit });
  }

  async function startWorld(limit: number, listener: RequestListener) {
    const server = createServer(listener).listen(0, '127.0.0.1');
    await once(server, 'listening');
    const connections = connectionsTo((server.address() as AddressInfo).port, limit);
    return {
      connections,
      async [Symbol.asyncDispose]() {
        await connections[Symbol.asyncDispose]();
        server.close();
        await once(server, 'close');
      },
    };
  }
});
