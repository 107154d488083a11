import { once } from 'node:events';
import { type AddressInfo, createServer, type Socket } from 'node:net';
import { describe, expect, it, onTestFinished } from 'vitest';
import { Connection } from '../../../bench/attacks/connection.js';
import { outcomeOf } from '../../../bench/attacks/outcome.js';

const BODY = '{"errors":[{"extensions":{"code":"UNAUTHENTICATED"}}]}';
const REFUSED = `HTTP/1.1 401 Unauthorized\r\nContent-Length: ${BODY.length}\r\n\r\n${BODY}`;

/** A connection to a server that does with it as it is told. */
async function connectTo(serve: (socket: Socket) => void): Promise<Connection> {
  const server = createServer((socket) => {
    socket.on('error', () => {});
    serve(socket);
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const stopping = new AbortController();
  onTestFinished(() => {
    stopping.abort();
    server.close();
  });
  return Connection.open(`http://127.0.0.1:${(server.address() as AddressInfo).port}`, stopping.signal);
}

describe("an attacker's connection", () => {
  it('reads one answer after the other, however they come in pieces', async () => {
    using connection = await connectTo((socket) => {
      socket.write(REFUSED.slice(0, 30));
      socket.once('data', () => socket.write(`${REFUSED.slice(30)}HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\n{}`));
    });

    await connection.send('x');

    expect([await connection.answer(), await connection.answer()]).toEqual([REFUSED, 'HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\n{}']);
  });

  it('sends a text as often as it is told, and exactly so often', async () => {
    const times = 100_001;
    using connection = await connectTo((socket) => {
      let text = '';
      socket.setEncoding('latin1').on('data', (chunk: string) => {
        text += chunk;
        if (text.length === times * 3 && text === '{},'.repeat(times)) socket.end(REFUSED);
      });
    });

    await connection.send('{},', times);

    expect(await connection.answer()).toBe(REFUSED);
  });

  it('stops sending where it is answered before', async () => {
    using connection = await connectTo((socket) => socket.once('data', () => socket.write(REFUSED)));

    // Nobody reads it to its end.
    await connection.send('x'.repeat(1024), 1024 * 1024);

    expect(outcomeOf(await connection.answer())).toBe('401 UNAUTHENTICATED');
  });

  it('says that there was no answer where it is closed without one', async () => {
    using connection = await connectTo((socket) => socket.destroy());

    await connection.send('x');

    expect(outcomeOf(await connection.answer())).toBe('no answer');
  });
});

describe('an outcome', () => {
  it.each([
    ['HTTP/1.1 408 Request Timeout\r\nConnection: close\r\n\r\n', '408'],
    ['HTTP/1.1 200 OK\r\n\r\n{"errors":[{"extensions":{"code":"BAD_USER_INPUT"}}]}', '200 BAD_USER_INPUT'],
    ['', 'no answer'],
  ])('of %j is %s', (answer, outcome) => {
    expect(outcomeOf(answer)).toBe(outcome);
  });

  it('has its length where it is too long for a refusal', () => {
    expect(outcomeOf(`HTTP/1.1 400 Bad Request\r\n\r\n{"code":"BAD_USER_INPUT"}${'x'.repeat(1947)}`)).toBe('400 BAD_USER_INPUT');
    expect(outcomeOf(`HTTP/1.1 400 Bad Request\r\n\r\n{"code":"BAD_USER_INPUT"}${'x'.repeat(2000)}`)).toMatch(
      /^400 BAD_USER_INPUT, in \d+ characters$/,
    );
  });
});
