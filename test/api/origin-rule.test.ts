import { once } from 'node:events';
import { describe, expect, it } from 'vitest';
import { WebSocket } from 'ws';
import { mayOpenSocket } from '../../src/api/origin-rule.js';
import { startTestServer } from '../support/server.js';

const LISTED = ['https://dashboard.example.com'];

describe('a socket', () => {
  it.each([
    ['a program, which has no origin', undefined, LISTED, true],
    ['a page whose origin is listed', 'https://dashboard.example.com', LISTED, true],
    ['a page of the server itself', 'http://hooks.example.com:4000', LISTED, true],
    ['any page where all may', 'https://evil.example.com', '*', true],
    ['another page', 'https://evil.example.com', LISTED, false],
    ['a page of another port', 'http://hooks.example.com:4001', LISTED, false],
    ['a page of another scheme than is listed', 'http://dashboard.example.com', LISTED, false],
    ['a page whose origin begins like one that is listed', 'https://dashboard.example.com.evil.example', LISTED, false],
    ['a page without an origin of its own', 'null', LISTED, false],
    ['what is no origin', '', LISTED, false],
  ] as const)('of %s is judged by its origin', (_, origin, corsOrigins, expected) => {
    expect(mayOpenSocket(origin, ['hooks.example.com:4000'], corsOrigins)).toBe(expected);
  });

  it('of a page that may not is refused with 403 before it is opened', async () => {
    await using server = await startTestServer();
    const socket = new WebSocket(`${server.url.replace('http', 'ws')}/graphql`, 'graphql-transport-ws', {
      origin: 'https://evil.example.com',
    });
    socket.on('error', () => {});

    const [, response] = await once(socket, 'unexpected-response');

    expect(response.statusCode).toBe(403);
    response.resume();
    await once(response, 'end');
  });

  it('of a page of the server itself is opened', async () => {
    await using server = await startTestServer();
    const socket = new WebSocket(`${server.url.replace('http', 'ws')}/graphql`, 'graphql-transport-ws', { origin: server.url });

    await once(socket, 'open');

    socket.terminate();
    await once(socket, 'close');
  });
});
