import { once } from 'node:events';
import { createServer, type ServerResponse } from 'node:http';
import { type AddressInfo, connect, type Socket } from 'node:net';
import { describe, expect, it, onTestFinished } from 'vitest';
import { cutOffStalledAnswers, STALL_LIMIT_MS } from '../../../src/api/limits/stalled-answers.js';
import { ManualClock } from '../../support/manual-clock.js';
import { makeOrganization } from '../../support/platform.js';
import { ADMIN_KEY, startTestServer } from '../../support/server.js';
import { keepLog } from '../../support/log.js';

/** More than the operating system holds for a connection by itself. */
const LARGE = Buffer.alloc(64 * 1024 * 1024, 'x');

/** More than twice as long as one look after the limit. */
const LONG_MS = 3 * STALL_LIMIT_MS;

/** A server that gives its one answer into the test's hands. */
async function startServer() {
  const clock = new ManualClock();
  const { log, lines } = keepLog();
  const server = createServer();
  const stop = cutOffStalledAnswers(server, { clock, log });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  onTestFinished(() => {
    stop();
    server.closeAllConnections();
    server.close();
  });
  const client = connect((server.address() as AddressInfo).port, '127.0.0.1');
  client.on('error', () => {});
  client.pause();
  client.write('GET / HTTP/1.1\r\nHost: x\r\n\r\n');
  const [, answer] = (await once(server, 'request')) as [unknown, ServerResponse];
  return { clock, lines, client, answer };
}

/** Moves the clock by as much as it takes to find a stall, one look after the other. */
function passTime(clock: ManualClock): void {
  clock.advance(LONG_MS);
}

function unsentBytesOf({ socket }: ServerResponse): number {
  return (socket as unknown as { _handle: { writeQueueSize: number } })._handle.writeQueueSize;
}

/** Reads from a connection until the server has got rid of more. */
async function readSome(client: Socket, answer: ServerResponse): Promise<void> {
  const before = unsentBytesOf(answer);
  client.resume();
  while (unsentBytesOf(answer) === before) await new Promise(setImmediate);
  client.pause();
}

async function untilStill(answer: ServerResponse): Promise<void> {
  for (let stillFor = 0, last = -1; stillFor < 20; stillFor += 1) {
    await new Promise(setImmediate);
    if (unsentBytesOf(answer) !== last) stillFor = 0;
    last = unsentBytesOf(answer);
  }
}

describe('an answer', () => {
  it('that nobody reads is cut off, and the log says so', async () => {
    const { clock, lines, answer } = await startServer();
    answer.end(LARGE);
    await untilStill(answer);
    const closed = once(answer, 'close');

    passTime(clock);

    await closed;
    expect(answer.writableFinished).toBe(false);
    expect(lines()).toMatchObject([
      { msg: 'answers.cut_off', count: 1, addresses: ['127.0.0.1'], unsentBytes: expect.any(Number) as number },
    ]);
  });

  it('that is read slowly arrives, however long it takes', async () => {
    const { clock, lines, client, answer } = await startServer();
    answer.end(LARGE);

    for (let round = 0; round < 5; round += 1) {
      await untilStill(answer);
      clock.advance(STALL_LIMIT_MS - 1);
      await readSome(client, answer);
    }
    client.resume();
    await once(answer, 'finish');

    expect(lines()).toEqual([]);
  });

  it('that the server is still at work on waits for it', async () => {
    const { clock, client, answer } = await startServer();

    passTime(clock);
    answer.end('late');

    client.resume();
    const [text] = (await once(client, 'data')) as [Buffer];
    expect(String(text)).toContain('late');
  });
});

it('a client that asks for much and does not read is cut off by the server', async () => {
  const clock = new ManualClock();
  const { log, lines } = keepLog();
  await using server = await startTestServer({ clock, log });
  const organizationId = await makeOrganization(server);
  const event = { type: 'order_created', payload: 'x'.repeat(250_000) };
  await server.gql('mutation ($input: PublishEventsInput!) { publishEvents(input: $input) { duplicate } }', {
    input: { organizationId, events: Array.from({ length: 60 }, () => event) },
  });
  const body = JSON.stringify({ query: `{ organization(id: "${organizationId}") { events(first: 60) { edges { node { payload } } } } }` });
  const client = connect(Number(new URL(server.url).port), '127.0.0.1');
  client.on('error', () => {});
  const closed = new Promise((resolve) => void client.once('close', resolve));

  client.write(
    `POST /graphql HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer ${ADMIN_KEY}\r\nContent-Type: application/json\r\nContent-Length: ${body.length}\r\n\r\n${body}`,
  );
  await once(client, 'readable');
  while (!lines().some(({ msg }) => msg === 'answers.cut_off')) {
    clock.advance(STALL_LIMIT_MS / 6);
    await new Promise(setImmediate);
  }

  client.resume();
  await closed;
  expect(client.bytesRead).toBeGreaterThan(0);
  expect(client.bytesRead).toBeLessThan(15_000_000);
});
